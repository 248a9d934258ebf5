import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  LogController,
} from 'fastify'
import type { Pool } from '../accounts/pool.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { EventLog } from '../jobs/events.ts'
import { type Job, lanes } from '../jobs/job.ts'
import type { JobService } from '../jobs/service.ts'
import type { TokenService } from '../tokens/service.ts'
import type { Webhooks } from '../webhooks/webhooks.ts'
import type { BannedWords } from './core.ts'
import { midjourneyRoutes } from './dialects/midjourney/routes.ts'
import { mjProxyRoutes } from './dialects/mj-proxy/routes.ts'
import { nativeRoutes } from './dialects/native/routes.ts'
import type { Pictures } from './dialects/openai/grids.ts'
import { openaiRoutes } from './dialects/openai/routes.ts'
import { submitRoutes } from './dialects/submit/routes.ts'
import { triggerRoutes } from './dialects/trigger/routes.ts'
import { mayRemoveFiles, picturesOf } from './kept-pictures.ts'
import { createCallers } from './plugins/callers.ts'
import { documentRoutes } from './plugins/docs.ts'
import { answerErrors, faultFrom, sendProblem } from './plugins/errors.ts'
import { type HealthCheck, healthRoutes } from './plugins/health.ts'
import { type ImagesOptions, imageRoutes } from './plugins/images.ts'
import { limits } from './plugins/limits.ts'
import { redactingLogger } from './plugins/redaction.ts'
import { welcomeRoute } from './plugins/welcome.ts'
import { baseOf, type LinkWriter, plainLinks } from './result-links.ts'

export interface ServerOptions {
  jobs: JobService
  tokens: TokenService
  pool: Pool
  events: EventLog
  webhooks?: Webhooks | undefined
  bannedWords?: BannedWords | undefined
  adminKey: string
  logger: FastifyBaseLogger
  health: HealthCheck
  /** Where callers reach us; taken from each request when it is not given. */
  publicUrl?: string | null
  /** Whether `X-Forwarded-*` may be believed, or from which proxies. */
  trustProxy?: boolean | string | string[]
  /** Used by requests that bring no token. */
  anonymousToken?: string | null
  clock?: Clock
  /** Gets pictures for the families that hand out bytes; their accounts fetch them when it is not given. */
  pictures?: Pictures
  /** Where the files of results are kept and linked to; without it results link to Discord. */
  images?:
    | (Pick<ImagesOptions, 'library' | 'signer' | 'signedOnly' | 'cdnPrefix'> & { links: LinkWriter })
    | undefined
}

/** The front door with every family behind it. Builds only: it neither listens nor touches anything. */
export function buildServer(options: ServerOptions): FastifyInstance {
  const { jobs, tokens, pool, adminKey, anonymousToken = null, publicUrl = null, images } = options
  const links = images?.links ?? plainLinks
  const callers = createCallers({ adminKey, anonymousToken })
  const logger = redactingLogger(options.logger)
  const app = Fastify({
    ...limits,
    loggerInstance: logger,
    // Fastify's own lines are told at info, twice a request, and show the address.
    logController: new LogController({ disableRequestLogging: true }),
    // A child logger a request costs more than the line below it that hardly anybody reads.
    childLoggerFactory: (parent) => parent,
    trustProxy: options.trustProxy ?? false,
    exposeHeadRoutes: false,
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    rewriteUrl: callers.rewriteUrl,
    frameworkErrors: (error, request, reply) => sendProblem(reply, faultFrom(error, request.log)),
  })
  answerErrors(app)
  if (isDebugging(logger)) announceRequests(app)

  documentRoutes(app, publicUrl)
  app.after(() => {
    welcomeRoute(app, publicUrl)
    healthRoutes(app, options.health)
    const core = {
      jobs,
      tokens,
      pool,
      events: options.events,
      callers,
      clock: options.clock ?? systemClock,
      shown: (job: Job, request: FastifyRequest) => links.show(job, baseOf(request, publicUrl)),
      preview: links.preview,
      webhooks: options.webhooks,
      bannedWords: options.bannedWords,
    }
    if (images) {
      const mayRemove = mayRemoveFiles(core)
      app.register(imageRoutes, { prefix: '/images', ...images, clock: core.clock, mayRemove })
    }
    app.register(midjourneyRoutes, { prefix: '/midjourney', ...core })
    app.register(mjProxyRoutes, { prefix: '/mj', fixed: null, ...core })
    for (const fixed of lanes) app.register(mjProxyRoutes, { prefix: `/mj-${fixed}/mj`, fixed, ...core })
    app.register(triggerRoutes, { prefix: '/v1/api/trigger', ...core })
    app.register(submitRoutes, { prefix: '/api/v1', ...core })
    app.register(nativeRoutes, { prefix: '/v1', ...core })
    const pictures = options.pictures ?? picturesOf(jobs, images?.library)
    app.register(openaiRoutes, { prefix: '/v1', pictures, ...core })
  })
  return app
}

function announceRequests(app: FastifyInstance): void {
  app.addHook('onResponse', (request, reply, done) => {
    const ms = Math.round(reply.elapsedTime)
    request.log.debug({ reqId: request.id, req: request, res: reply, ms }, 'request answered')
    done()
  })
}

const isDebugging = (logger: FastifyBaseLogger): boolean =>
  logger.level === 'debug' || logger.level === 'trace'
