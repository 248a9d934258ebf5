import type { AccountId, JobId } from '../ids.ts'
import type { PoolKeys } from './keys.ts'
import type { RedisClient } from './redis.ts'

/** A finished job whose files are not kept yet, and the account whose way they are fetched. */
export interface OwedCopy {
  job: JobId
  account: AccountId
}

/** Which jobs' files are still to be copied. That they are is written with the end of the job. */
export class RedisCopyStore {
  readonly #redis: RedisClient
  readonly #key: string

  constructor({ redis, keys }: { redis: RedisClient; keys: PoolKeys }) {
    this.#redis = redis
    this.#key = keys.copies
  }

  async all(): Promise<OwedCopy[]> {
    const accounts = await this.#redis.hgetall(this.#key)
    return Object.entries(accounts).map(([job, account]) => ({
      job: job as JobId,
      account: account as AccountId,
    }))
  }

  async add({ job, account }: OwedCopy): Promise<void> {
    await this.#redis.hset(this.#key, job, account)
  }

  async remove(job: JobId): Promise<void> {
    await this.#redis.hdel(this.#key, job)
  }
}
