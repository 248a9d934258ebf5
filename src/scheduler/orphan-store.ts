import type { Orphan } from '../accounts/pool.ts'
import type { PoolKeys } from './keys.ts'
import type { RedisClient } from './redis.ts'

/** The oldest go when there are more. */
const mostOrphans = 1000

/** The pictures that fitted no job, until an operator has given each to one; a picture stands here once. */
export class OrphanStore {
  readonly #redis: RedisClient
  readonly #keys: PoolKeys

  constructor({ redis, keys }: { redis: RedisClient; keys: PoolKeys }) {
    this.#redis = redis
    this.#keys = keys
  }

  async add(orphan: Orphan): Promise<void> {
    const { orphans, orphanTimes } = this.#keys
    const write = this.#redis.multi().hset(orphans, orphan.id, JSON.stringify(orphan))
    const replies = await write.zadd(orphanTimes, orphan.at, orphan.id).zcard(orphanTimes).exec()
    const excess = Number(replies?.[2]?.[1] ?? 0) - mostOrphans
    if (excess <= 0) return
    const oldest = await this.#redis.zrange(orphanTimes, 0, String(excess - 1))
    await this.#redis
      .multi()
      .hdel(orphans, ...oldest)
      .zrem(orphanTimes, ...oldest)
      .exec()
  }

  async drop(id: string): Promise<void> {
    await this.#redis.multi().hdel(this.#keys.orphans, id).zrem(this.#keys.orphanTimes, id).exec()
  }

  /** Newest first. */
  async all(): Promise<Orphan[]> {
    const texts = await this.#redis.hvals(this.#keys.orphans)
    return texts.map((text) => JSON.parse(text) as Orphan).sort((a, b) => b.at - a.at)
  }

  async find(id: string): Promise<Orphan | null> {
    const text = await this.#redis.hget(this.#keys.orphans, id)
    return text ? (JSON.parse(text) as Orphan) : null
  }
}
