import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import { endStreamsOnClose } from '../../plugins/sse.ts'
import { accountRoutes } from './accounts.ts'
import { bannedWordRoutes } from './banned-words.ts'
import { eventRoutes } from './events.ts'
import type { Family } from './family.ts'
import { jobRoutes } from './jobs.ts'
import { promptRoutes } from './prompts.ts'
import { tokenRoutes } from './tokens.ts'
import { validatorCompiler } from './validate.ts'
import { webhookRoutes } from './webhooks.ts'

/** Our own API: one object a resource, one shape of error (RFC 9457), every word of it our own. */
export async function nativeRoutes(app: FastifyInstance, { ...family }: Family): Promise<void> {
  await app.register(cors, {
    origin: '*',
    methods: 'GET,HEAD,POST,PUT,PATCH,DELETE',
    exposedHeaders: ['location'],
  })
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store')
    done()
  })
  endStreamsOnClose(app)
  app.setValidatorCompiler(validatorCompiler)
  jobRoutes(app, family)
  promptRoutes(app)
  eventRoutes(app, family)
  if (family.webhooks) webhookRoutes(app, family, family.webhooks)
  tokenRoutes(app, family)
  if (family.bannedWords) bannedWordRoutes(app, family, family.bannedWords)
  accountRoutes(app, family)
}
