import cors from '@fastify/cors'
import formbody from '@fastify/formbody'
import type { FastifyInstance } from 'fastify'
import { administrationRoutes } from './administration.ts'
import { answerFor, refusal, send } from './answers.ts'
import { describeRoutes } from './describe.ts'
import { createDirectory } from './directory.ts'
import { drawingRoutes } from './drawing.ts'
import type { MidjourneyOptions } from './family.ts'

/**
 * The `/midjourney` family: the answer is the object itself, refusals are `{code,result}`, and everything may be asked with
 * GET and query parameters, from any web page.
 */
export async function midjourneyRoutes(app: FastifyInstance, options: MidjourneyOptions): Promise<void> {
  const { jobs, tokens, pool, callers, clock, shown } = options
  const family = { jobs, tokens, pool, callers, clock, shown, directory: createDirectory(pool, clock) }

  await app.register(cors, { origin: '*', methods: 'GET,HEAD,PUT,PATCH,POST,DELETE', strictPreflight: false })
  await app.register(formbody)
  // A GET that draws must never be answered by a cache, nor a token be kept in one.
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store')
    done()
  })
  // What is sent is what was made, to the byte; the response schemas are there to be read.
  app.setSerializerCompiler(() => JSON.stringify)
  app.setErrorHandler((error, request, reply) => send(reply, answerFor(error, request.log)))
  app.setNotFoundHandler((_request, reply) => {
    const { status, body } = refusal(404, 'there is no such endpoint')
    return send(reply, { status, body, type: 'application/json; charset=utf-8' })
  })

  drawingRoutes(app, family)
  administrationRoutes(app, family)
  await app.register(describeRoutes, family)
}
