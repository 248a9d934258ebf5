import { Cluster, Redis, type RedisOptions } from 'ioredis'

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
export function connectRedis(target: RedisTarget, { patienceMs }: { patienceMs?: number } = {}): RedisClient {
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
