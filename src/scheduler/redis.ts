import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { Log } from '../log.ts'

/** How to reach Redis: one server, a cluster's seed nodes, or sentinels of the master `name`. */
export type RedisTarget =
  | { kind: 'single'; url: string }
  | { kind: 'cluster'; nodes: { host: string; port: number }[]; password?: string }
  | { kind: 'sentinel'; sentinels: { host: string; port: number }[]; name: string; password?: string }

export type RedisClient = Redis | Cluster

/**
 * A connection that outlives restarts of Redis: commands wait while it is away and are sent again afterwards, which the
 * scripts allow because none of them does its work twice. `patienceMs` bounds that wait where a caller stands behind it;
 * a blocking connection has none.
 */
export function connectRedis(
  target: RedisTarget,
  { patienceMs, log }: { patienceMs?: number; log?: Log } = {},
): RedisClient {
  const redis = open(target, patienceMs)
  // Without a listener each lost connection would end the process; it comes back by itself.
  redis.on('error', (error) => log?.warn({ err: error }, 'Redis connection'))
  return redis
}

function open(target: RedisTarget, patienceMs: number | undefined): RedisClient {
  const options = {
    maxRetriesPerRequest: null,
    retryStrategy: (attempt: number) => Math.min(50 * attempt, 1000),
    ...(patienceMs === undefined ? {} : { commandTimeout: patienceMs }),
  } satisfies RedisOptions
  switch (target.kind) {
    case 'single':
      return new Redis(target.url, options)
    case 'cluster':
      return new Cluster(target.nodes, {
        redisOptions: { ...options, ...(target.password ? { password: target.password } : {}) },
      })
    case 'sentinel':
      return new Redis({
        ...options,
        sentinels: target.sentinels,
        name: target.name,
        ...(target.password ? { password: target.password } : {}),
      })
  }
}
