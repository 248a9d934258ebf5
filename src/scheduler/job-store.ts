import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { JobId, TokenId } from '../ids.ts'
import { type Job, lanes } from '../jobs/job.ts'
import type { Limits } from '../jobs/policy.ts'
import type { HistoryEntry, JobStore, Submission, SubmitReply } from '../jobs/ports.ts'
import { jobFromHash } from './job-record.ts'
import type { PoolKeys } from './keys.ts'
import type { RedisClient } from './redis.ts'
import { type RunScript, submitRefusals } from './scripts.ts'

/** The callers' side of the pool: submit jobs and read them. */
export class RedisJobStore implements JobStore {
  readonly #redis: RedisClient
  readonly #keys: PoolKeys
  readonly #run: RunScript
  readonly #clock: Clock
  readonly #limits: Limits

  constructor(parts: { redis: RedisClient; keys: PoolKeys; run: RunScript; clock: Clock; limits: Limits }) {
    this.#redis = parts.redis
    this.#keys = parts.keys
    this.#run = parts.run
    this.#clock = parts.clock
    this.#limits = parts.limits
  }

  async submit(submission: Submission): Promise<SubmitReply> {
    const { id, token, charge, request, root, lanes: wanted, account, idempotencyKey } = submission
    const requestJson = JSON.stringify(request)
    const now = this.#clock.now()
    const reply = await this.#run(
      'submit',
      now,
      id,
      token ?? '',
      charge,
      wanted === 'policy' ? 'policy' : wanted.join(','),
      account ?? '',
      requestJson,
      root,
      idempotencyKey ?? '',
      idempotencyKey === undefined ? '' : fingerprint(requestJson),
      now + this.#limits.queueWithinMs,
      this.#limits.sendWithinMs,
      this.#limits.idempotencyKeptMs,
      request.kind === 'describe' ? this.#limits.mostWaitingFree : this.#limits.mostWaiting,
    )
    if (!Array.isArray(reply)) {
      return { accepted: false, code: submitRefusals[Number(reply)] ?? 'invalid-request' }
    }
    const [, acceptedId, lane, takenBy, repeated] = reply
    return {
      accepted: true,
      id: acceptedId,
      lane,
      account: takenBy === '' ? null : takenBy,
      repeated: repeated === 1,
    }
  }

  async find(id: JobId): Promise<Job | null> {
    return jobFromHash(id, await this.#redis.hgetall(this.#keys.job(id)))
  }

  async line(root: JobId): Promise<Job[]> {
    const followUps = (await this.#redis.lrange(this.#keys.line(root), 0, -1)) as JobId[]
    return this.#findAll([root, ...followUps])
  }

  async ofMessage(messageId: string): Promise<JobId | null> {
    return (await this.#redis.get(this.#keys.message(messageId))) as JobId | null
  }

  async history(token: TokenId): Promise<HistoryEntry[]> {
    const ids = (await this.#redis.lrange(this.#keys.history(token), 0, -1)) as JobId[]
    const jobs = await this.#findAll(ids)
    return jobs.flatMap((job) =>
      job.state === 'done' && job.result.url ? [{ root: job.root, url: job.result.url }] : [],
    )
  }

  async waiting(): Promise<number> {
    const accounts = await this.#redis.smembers(this.#keys.accounts)
    const queues = [
      ...lanes.map((lane) => this.#keys.lane(lane)),
      ...accounts.map((account) => `${this.#keys.prefix}pinned:${account}`),
    ]
    const counts = await Promise.all(queues.map((queue) => this.#redis.zcard(queue)))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  async putBlob(id: JobId, bytes: Uint8Array): Promise<void> {
    await this.#redis.set(this.#keys.blob(id), Buffer.from(bytes), 'PX', this.#limits.queueWithinMs * 2)
  }

  async dropBlob(id: JobId): Promise<void> {
    await this.#redis.del(this.#keys.blob(id))
  }

  async #findAll(ids: JobId[]): Promise<Job[]> {
    const hashes = await Promise.all(ids.map((id) => this.#redis.hgetall(this.#keys.job(id))))
    return hashes.flatMap((hash, index) => jobFromHash(ids[index] as JobId, hash) ?? [])
  }
}

const fingerprint = (text: string): string => createHash('sha256').update(text).digest('base64url')
