import type { JobId } from '../ids.ts'
import type { Job } from '../jobs/job.ts'
import { jobFromHash } from './job-record.ts'
import type { PoolKeys } from './keys.ts'
import { packedField, packFields, unpackFields } from './packed-job.ts'
import type { RedisClient } from './redis.ts'
import type { RunScript } from './scripts.ts'

/** Scripts look at these of an ended job: submit.lua, webhook-read.lua; the seed may come after the end. */
const stay = ['state', 'lane', 'account', 'callback', 'seed']
/** A failed job may be given its picture after all: revive.lua. */
const stayWithFailed = ['token', 'charge', 'ledger', 'root']
/** Of no use once the job is in no queue. */
const queueing = ['tag', 'home', 'mayRelax']

/** Jobs as they are kept: while they live a field for each thing, once they have ended packed. */
export class JobRecords {
  readonly #redis: RedisClient
  readonly #keys: PoolKeys
  readonly #run: RunScript

  constructor({ redis, keys, run }: { redis: RedisClient; keys: PoolKeys; run: RunScript }) {
    this.#redis = redis
    this.#keys = keys
    this.#run = run
  }

  async find(id: JobId): Promise<Job | null> {
    return jobFromHash(id, await this.#fields(id))
  }

  /** Those of the jobs that there are, in the same order. */
  async findAll(ids: readonly JobId[]): Promise<Job[]> {
    const jobs = await Promise.all(ids.map((id) => this.find(id)))
    return jobs.filter((job) => job !== null)
  }

  /**
   * Packs a job that has just ended. Nothing depends on it, so it never fails: a node that stops before, or that Redis leaves,
   * leaves the job as it is, which can be read as well.
   */
  async pack(id: JobId): Promise<void> {
    await this.#pack(id).catch(() => {})
  }

  async #pack(id: JobId): Promise<void> {
    const fields = await this.#fields(id)
    const { state, finishedAt } = fields
    if (finishedAt === undefined) return
    const staying = state === 'failed' ? [...stay, ...stayWithFailed] : stay
    const packed = Object.entries(fields).filter(
      ([name]) => !staying.includes(name) && !queueing.includes(name),
    )
    await this.#run('pack', id, finishedAt, packedField, packFields(Object.fromEntries(packed)), ...staying)
  }

  async #fields(id: JobId): Promise<Record<string, string>> {
    return unpackFields(await this.#redis.hgetallBuffer(this.#keys.job(id)))
  }
}
