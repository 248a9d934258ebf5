import { STATUS_CODES } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, type TObject, type TSchema, Type } from 'typebox'
import { answers, Refused } from './answers.ts'

interface Endpoint<Params extends TObject> {
  summary: string
  tag?: 'Midjourney' | 'Administration'
  params: Params
  success: TSchema
  /** Refusals worth a word, by status. */
  refusals?: Record<number, string>
  security?: Record<string, string[]>[]
  handle(params: Static<Params>, request: FastifyRequest): Promise<unknown>
}

/**
 * Serves one endpoint as its clients have always called it, GET with a query, and as POST with the same names in JSON, a
 * form or the query.
 */
export function endpoint<Params extends TObject>(
  app: FastifyInstance,
  url: string,
  { summary, tag = 'Midjourney', params, success, refusals = {}, security = [], handle }: Endpoint<Params>,
): void {
  const schema = { summary, tags: [tag], security, response: { 200: success, ...documented(refusals) } }

  app.get(url, { schema: { ...schema, querystring: params } }, (request) =>
    handle(request.query as Static<Params>, request),
  )
  app.post(
    url,
    {
      schema: {
        ...schema,
        consumes: ['application/json', 'application/x-www-form-urlencoded'],
        querystring: params,
        body: params,
      },
      // No body at all is fine when the query says everything. A number beyond all bounds would become a word.
      preValidation: (request, _reply, done) => {
        request.body ??= {}
        const values: unknown[] = Object.values(request.body as object)
        const endless = values.includes(Infinity) || values.includes(-Infinity)
        done(endless ? new Refused(answers.badRequest) : undefined)
      },
    },
    (request) => {
      const both = { ...(request.query as object), ...(request.body as object) }
      return handle(both as Static<Params>, request)
    },
  )
}

const documented = (refusals: Record<number, string>) =>
  Object.fromEntries(
    Object.entries(refusals).map(([status, example]) => [
      status,
      {
        description: STATUS_CODES[status] ?? 'Refused',
        content: {
          [example === STATUS_CODES[status] ? 'text/plain' : 'text/html']: {
            schema: Type.String({ examples: [example] }),
          },
        },
      },
    ]),
  )
