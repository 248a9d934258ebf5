import type { FastifyInstance, FastifyRequest } from 'fastify'
import { NoSuchThing } from './errors.ts'
import * as schema from './schema.ts'

/** Names that clients send; all of them are drawn by Midjourney. */
const names = ['midjourney', 'gpt-image-1', 'dall-e-3', 'dall-e-2']
const models = names.map((id) => ({ id, object: 'model', created: 1_700_000_000, owned_by: 'midjourney' }))

/** Many clients ask what there is before they draw. */
export function modelRoutes(
  app: FastifyInstance,
  checkCaller: (request: FastifyRequest) => Promise<void>,
  common: { tags: string[]; security: { [name: string]: string[] }[] },
): void {
  app.get(
    '/',
    {
      schema: { summary: 'The models that clients may name', response: { 200: schema.modelList }, ...common },
    },
    async (request) => {
      await checkCaller(request)
      return { object: 'list', data: models }
    },
  )

  app.get<{ Params: { id: string } }>(
    '/:id',
    {
      schema: {
        summary: 'One model',
        params: schema.modelParams,
        response: { 200: schema.model, 404: schema.refused },
        ...common,
      },
    },
    async (request) => {
      await checkCaller(request)
      const found = models.find(({ id }) => id === request.params.id)
      if (found) return found
      throw new NoSuchThing('There is no such model.', 'model_not_found')
    },
  )
}
