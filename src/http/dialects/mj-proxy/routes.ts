import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import type { Lane } from '../../../jobs/job.ts'
import type { Core } from '../../core.ts'
import { Refused, refuse } from './answers.ts'
import { bodyOf } from './body.ts'
import { needToken } from './key.ts'
import * as schema from './schema.ts'
import { notOffered, submits } from './submits.ts'
import { taskRoutes } from './tasks.ts'

interface FamilyOptions extends Core {
  /** The mode that the address fixes: `/mj-fast/mj`. */
  fixed: Lane | null
}

/** The `/mj` family: every submit makes a task, every task can be fetched at once; refusals are codes with status 200. */
export async function mjProxyRoutes(app: FastifyInstance, { fixed, ...core }: FamilyOptions): Promise<void> {
  const tags = ['mj-proxy']
  const hide = fixed !== null
  await app.register(cors, { origin: true, credentials: true, strictPreflight: false })
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store')
    done()
  })
  app.setSerializerCompiler(() => JSON.stringify)
  // Bodies are read by what they hold; the schemas are there to be read by people.
  app.setValidatorCompiler(() => (value: unknown) => ({ value }))
  app.setErrorHandler((error, request, reply) => refuse(reply, error, request))
  app.setNotFoundHandler((request, reply) =>
    refuse(reply, new Refused(4, 'There is nothing at this address.', { status: 404 }), request),
  )
  // A body without a type, or none at all, is an empty one.
  app.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume()
    payload.on('end', () => done(null, {}))
  })

  for (const [name, handle] of Object.entries(submits)) {
    app.post(
      `/submit/${name}`,
      {
        schema: {
          summary: `Submit: ${name}`,
          body: schema.submitBodies[name] ?? schema.anyBody,
          response: { 200: schema.submitView },
          security: schema.security,
          tags,
          hide,
        },
      },
      (request) => handle({ core, token: needToken(core, request), body: bodyOf(request.body), fixed }),
    )
  }
  for (const name of ['swap', 'video-swap']) {
    app.post(
      `/insight-face/${name}`,
      { schema: { summary: 'Not offered', response: { 200: schema.submitView }, tags, hide } },
      notOffered,
    )
  }
  taskRoutes(app, core, { tags, hide })
}
