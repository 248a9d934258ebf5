import multipart from '@fastify/multipart'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { count } from '../truth/counters.ts'
import { attachmentRoutes } from './attachment-routes.ts'
import { commandRoutes } from './command-routes.ts'
import { DiscordError, discordError, spoil } from './discord-error.ts'
import { interactionRoutes } from './interaction-routes.ts'
import { messageRoutes } from './message-routes.ts'
import { userRoutes } from './user-routes.ts'
import { type RestParts, type Visit, visits } from './visit.ts'

const routeOf = (request: FastifyRequest): string =>
  `${request.method} ${(request.routeOptions.url ?? request.url).replace(/^\/api\/v\d+/, '')}`

/** Discord's REST API (protocol page §3) as far as a Midjourney client needs it. */
export async function buildRest(parts: RestParts): Promise<FastifyInstance> {
  const { counters } = parts
  const app = fastify({ forceCloseConnections: true, bodyLimit: 10 * 1024 * 1024, exposeHeadRoutes: false })
  await app.register(multipart)
  app.setErrorHandler((error, _request, reply) => answerError(error, reply))
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ message: '404: Not Found', code: 0 }))
  app.addHook('onResponse', (request, reply, done) => {
    count(counters.of(visits.get(request)?.account.index).requests, `${routeOf(request)} ${reply.statusCode}`)
    done()
  })
  for (const version of ['v9', 'v10']) {
    app.register(
      async (api) => {
        // The gateway's address is told to everybody.
        api.get('/gateway', () => ({ url: parts.gatewayUrl }))
        api.register(async (inner) => behindToken(inner, parts))
      },
      { prefix: `/api/${version}` },
    )
  }
  return app
}

function behindToken(api: FastifyInstance, parts: RestParts): void {
  api.addHook('onRequest', async (request, reply) => {
    const visit = admit(request, parts)
    visits.set(request, visit)
    const { verdict } = visit
    // An interaction that takes effect all the same is spoilt by its own route.
    const later = verdict?.executed && routeOf(request) === 'POST /interactions'
    if (!verdict || later) return
    if (spoil(reply, verdict) === 0)
      count(parts.counters.of(visit.account.index).requests, `${routeOf(request)} none`)
    return reply
  })
  interactionRoutes(api, parts)
  commandRoutes(api, parts)
  messageRoutes(api, parts)
  attachmentRoutes(api, parts)
  userRoutes(api, parts)
}

function admit(request: FastifyRequest, { world, origins, faults }: RestParts): Visit {
  const account = world.withToken(request.headers.authorization ?? '')
  const way = origins.count(request.raw.socket, account?.index, 'api')
  if (!account || account.tokenDead) throw discordError('unauthorized')
  if (account.requireProxy && way !== 'proxied') throw discordError('cloudflare-block')
  return { account, proxied: way === 'proxied', verdict: faults.forRequest(account.index, routeOf(request)) }
}

function answerError(error: unknown, reply: FastifyReply): void {
  if (error instanceof DiscordError) {
    const { status, code, message, errors } = error
    reply.code(status).send({ message, code, ...(errors ? { errors } : {}) })
    return
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  // A body that is no JSON is Discord's 50109.
  if (status >= 400 && status < 500) {
    reply.code(400).send({ message: 'The request body contains invalid JSON.', code: 50_109 })
    return
  }
  console.error('simulator: a route failed', error)
  reply.code(500).send({ message: '500: Internal Server Error', code: 0 })
}
