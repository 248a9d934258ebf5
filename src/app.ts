import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { AccountConfig } from './accounts/pool-file.ts'
import { Supervisor } from './accounts/supervisor.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { FollowUps } from './follow-ups.ts'
import { callbackBodies } from './http/callback-bodies.ts'
import { buildServer } from './http/server.ts'
import { type NodeId, newNodeId } from './ids.ts'
import { JobService } from './jobs/service.ts'
import { promptRules } from './midjourney/prompt/rules.ts'
import { createPictures } from './pictures.ts'
import { createPromptServices } from './prompt-services/services.ts'
import { createTranslator } from './prompt-services/translators.ts'
import { Reaper } from './scheduler/reaper.ts'
import type { RedisTarget } from './scheduler/redis.ts'
import { createScheduler } from './scheduler/scheduler.ts'
import { TokenService } from './tokens/service.ts'
import { Webhooks } from './webhooks/webhooks.ts'
import { workerFactory } from './worker-factory.ts'

/** How long (ms) requests that are under way may go on when the node closes. */
const openRequestsMs = 2_000

export interface AppOptions {
  config: Config
  redis: RedisTarget
  accounts: AccountConfig[]
  log: FastifyBaseLogger
  clock?: Clock
  random?: () => number
}

export interface App {
  node: NodeId
  /** Listens for callers; resolves to the address. Only for nodes that serve HTTP. */
  server: FastifyInstance | null
  start(): Promise<void>
  /** From the outside in: stop accepting, stop sending, keep sessions resumable, give leases back, close Redis. */
  close(): Promise<void>
}

/** Makes every part and hands each its collaborators. Starts nothing. */
export function createApp({
  config,
  redis,
  accounts,
  log,
  clock = systemClock,
  random = Math.random,
}: AppOptions): App {
  const { settings, role } = config
  const scheduler = createScheduler({
    target: redis,
    prefix: config.redisPrefix,
    pool: settings.pool,
    clock,
    limits: settings.limits,
    patienceMs: settings.redisPatienceMs,
    log,
  })
  const tokens = new TokenService({ store: scheduler.tokens, clock })
  const { translateWithinMs, ...defaults } = settings.promptServices
  const services = createPromptServices({
    translator: config.translator && createTranslator(config.translator),
    translateWithinMs,
    defaults,
    tokens,
    words: scheduler.words,
    clock,
    log,
  })
  const jobs = new JobService({
    store: scheduler.jobs,
    prompts: promptRules,
    services,
    now: () => clock.now(),
    answerWithinMs: settings.limits.answerWithinMs,
  })
  const node = newNodeId()
  const reaper = new Reaper({ store: scheduler.accounts, everyMs: settings.leases.reapMs, clock, log })
  const followUps = new FollowUps({ jobs, store: scheduler.accounts, clock, log })
  const pictures = createPictures({
    config,
    accounts,
    jobs,
    store: scheduler.copies,
    holds: (account) => supervisor?.workers.has(account) ?? false,
    clock,
    log,
  })

  const webhooks =
    role === 'worker'
      ? null
      : new Webhooks({
          store: scheduler.webhooks,
          jobs: scheduler.jobs,
          globalUrl: config.webhooks.url,
          secret: config.webhooks.secret,
          allowPrivate: config.webhooks.allowPrivate,
          renderers: callbackBodies((job) => pictures.shown(job, config.publicUrl)),
          node,
          clock,
          random,
          log,
        })

  const supervisor =
    role === 'api'
      ? null
      : new Supervisor({
          node,
          accounts,
          store: scheduler.accounts,
          startWorker: workerFactory({
            store: scheduler.accounts,
            config,
            onDone(job, { followUp }) {
              if (followUp) followUps.submit(job)
              pictures.keep(job)
            },
            clock,
            random,
            log,
          }),
          defaultSlots: settings.accounts.slots,
          leaseMs: settings.leases.leaseMs,
          renewMs: settings.leases.renewMs,
          clock,
          log,
        })
  const server =
    role === 'worker'
      ? null
      : buildServer({
          jobs,
          tokens,
          pool: scheduler.pool,
          events: scheduler.events,
          webhooks: webhooks ?? undefined,
          bannedWords: {
            all: () => scheduler.words.all(),
            async replace(words) {
              await scheduler.words.replace(words)
              services.forgetWords()
            },
          },
          adminKey: config.adminKey,
          anonymousToken: config.anonymousToken,
          publicUrl: config.publicUrl,
          images: pictures.served,
          logger: log,
          clock,
          health: async () => {
            const redisUp = await scheduler.ping()
            const listening = supervisor?.settled ?? true
            return { ready: redisUp && listening, detail: { redis: redisUp, listening } }
          },
        })

  return {
    node,
    server,
    async start() {
      await scheduler.tokens.setPolicy(settings.modePolicy)
      reaper.start()
      followUps.start()
      await webhooks?.start()
      await supervisor?.start()
      pictures.start()
      await server?.listen({ host: config.host, port: config.port })
    },
    async close() {
      // A connection that never sent a request is not idle to Fastify, and would hold the end up for ever.
      const impatience = setTimeout(() => server?.server.closeAllConnections(), openRequestsMs).unref()
      await server?.close()
      clearTimeout(impatience)
      await supervisor?.stop()
      await followUps.stop()
      await pictures.stop()
      await webhooks?.stop()
      await reaper.stop()
      scheduler.close()
    },
  }
}
