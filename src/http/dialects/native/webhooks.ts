import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Webhooks } from '../../../webhooks/webhooks.ts'
import { type Family, jobFor } from './family.ts'
import { jobParams } from './schema.ts'

const delivery = Type.Object({
  id: Type.String(),
  event: Type.String(),
  url: Type.String(),
  attempt: Type.Integer(),
  at: Type.String({ format: 'date-time' }),
  tookMs: Type.Integer(),
  status: Type.Union([Type.Integer(), Type.Null()]),
  outcome: Type.String(),
  error: Type.Optional(Type.String()),
})
const described = { params: jobParams, tags: ['Events'], security: [{ bearer: [] }] }

/** What became of a job's callbacks, and the same once more. */
export function webhookRoutes(app: FastifyInstance, family: Family, webhooks: Webhooks): void {
  app.get<{ Params: Static<typeof jobParams> }>(
    '/jobs/:id/deliveries',
    {
      schema: {
        summary: 'The attempts of a job’s callbacks, oldest first',
        response: { 200: Type.Object({ data: Type.Array(delivery) }) },
        ...described,
      },
    },
    async (request) => {
      const { id } = await jobFor(family, request, request.params.id)
      const data = (await webhooks.log(id)).map(
        ({ message, url, attempt, at, tookMs, status, outcome, error }) => ({
          id: message.id,
          event: message.event.type,
          url,
          attempt,
          at: new Date(at).toISOString(),
          tookMs,
          status,
          outcome,
          ...(error === undefined ? {} : { error }),
        }),
      )
      return { data }
    },
  )

  app.post<{ Params: Static<typeof jobParams> }>(
    '/jobs/:id/deliveries/replay',
    {
      schema: {
        summary: 'Tell everything that has happened to a job once more',
        response: { 202: Type.Object({ queued: Type.Integer() }) },
        ...described,
      },
    },
    async (request, reply) => {
      const { id } = await jobFor(family, request, request.params.id)
      return reply.code(202).send({ queued: await webhooks.replay(id) })
    },
  )
}
