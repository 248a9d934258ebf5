import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { inject, type TestContext } from 'vitest'
import { type OwnRedis, type OwnRedisOptions, startRedisServer } from './redis-server.ts'

export type { OwnRedis }

/** The part of a test's context that the helpers use: where they leave what is to be done at its end. */
export type Finishing = Pick<TestContext, 'onTestFinished'>

/** Where the run's common Redis listens; without AOF, so not for tests that restart it. */
export const redisUrl = (): string => inject('redisUrl')

/**
 * A corner of the common Redis that no other test uses: a fresh `prefix` and `pool`, and a connection that is closed when
 * the test ends. `connect` gives further ones.
 */
export function testRedis(t: Finishing) {
  const url = redisUrl()
  const connect = (): Redis => {
    const redis = new Redis(url, { maxRetriesPerRequest: null })
    t.onTestFinished(() => redis.disconnect())
    return redis
  }
  const name = randomBytes(6).toString('hex')
  return {
    url,
    target: { kind: 'single' as const, url },
    prefix: `test-${name}`,
    pool: `pool-${name}`,
    redis: connect(),
    connect,
  }
}

/** A Redis of the test's own that it may restart, kill and dump; gone when the test ends, where `t` is given. */
export async function startOwnRedis({
  t,
  ...options
}: OwnRedisOptions & { t?: Finishing } = {}): Promise<OwnRedis> {
  const own = await startRedisServer(options)
  t?.onTestFinished(own.stop)
  return own
}
