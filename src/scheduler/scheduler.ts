import type { Clock } from '../clock.ts'
import { defaultLimits, type Limits } from '../jobs/policy.ts'
import type { Log } from '../log.ts'
import { RedisAccountStore } from './account-store.ts'
import { RedisCopyStore } from './copy-store.ts'
import { RedisEventLog } from './event-log.ts'
import { RedisJobStore } from './job-store.ts'
import { poolKeys } from './keys.ts'
import { Orders } from './orders.ts'
import { RedisPool } from './pool-view.ts'
import { connectRedis, type RedisTarget } from './redis.ts'
import { loadScripts } from './scripts.ts'
import { RedisTokenStore } from './token-store.ts'
import { RedisWebhookStore } from './webhook-store.ts'
import { RedisWordStore } from './word-store.ts'

export interface SchedulerOptions {
  target: RedisTarget
  prefix: string
  pool?: string
  clock: Clock
  limits?: Partial<Limits>
  /** How long a caller's command may wait for Redis to come back. */
  patienceMs?: number
  log?: Log
}

export type Scheduler = ReturnType<typeof createScheduler>

/** Everything of ours that knows Redis: fills the ports of jobs, tokens and accounts over one pool. */
export function createScheduler({
  target,
  prefix,
  pool = 'main',
  clock,
  patienceMs,
  log,
  ...rest
}: SchedulerOptions) {
  const keys = poolKeys(prefix, pool)
  const limits = { ...defaultLimits, ...rest.limits }
  const logged = log ? { log } : {}
  const connect = () => connectRedis(target, logged)
  // Callers give up after a while; workers never do, they go on where they were when Redis is back.
  const forCallers = connectRedis(target, { patienceMs: patienceMs ?? 15_000, ...logged })
  const forWorkers = connect()
  const callers = {
    redis: forCallers,
    connect,
    keys,
    clock,
    limits,
    run: loadScripts(forCallers, keys.prefix),
    orders: new Orders({ redis: forCallers, connect, keys }),
  }
  const workers = {
    redis: forWorkers,
    connect,
    keys,
    clock,
    limits,
    run: loadScripts(forWorkers, keys.prefix),
  }
  const events = new RedisEventLog({ redis: forCallers, connect, keys, log })
  return {
    limits,
    events,
    jobs: new RedisJobStore(callers),
    tokens: new RedisTokenStore(callers),
    words: new RedisWordStore(callers),
    pool: new RedisPool(callers),
    accounts: new RedisAccountStore(workers),
    copies: new RedisCopyStore(workers),
    webhooks: new RedisWebhookStore(workers),
    /** Whether Redis answers. */
    ping: async (): Promise<boolean> => (await forCallers.ping()) === 'PONG',
    close(): void {
      events.close()
      forCallers.disconnect()
      forWorkers.disconnect()
    },
  }
}
