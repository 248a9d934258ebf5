import type { PoolKeys } from './keys.ts'
import type { RedisClient } from './redis.ts'

/** The operators' list of banned words, the same for all nodes. */
export class RedisWordStore {
  readonly #redis: RedisClient
  readonly #key: string

  constructor({ redis, keys }: { redis: RedisClient; keys: PoolKeys }) {
    this.#redis = redis
    this.#key = keys.bannedWords
  }

  async all(): Promise<string[]> {
    return (await this.#redis.smembers(this.#key)).sort()
  }

  /** Puts these in place of all that were there. */
  async replace(words: readonly string[]): Promise<void> {
    const write = this.#redis.multi().del(this.#key)
    if (words.length > 0) write.sadd(this.#key, ...words)
    await write.exec()
  }
}
