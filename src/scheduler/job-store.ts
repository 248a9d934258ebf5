import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { AccountId, JobId, TokenId } from '../ids.ts'
import { type Job, type JobRequest, type JobResult, lanes } from '../jobs/job.ts'
import type { Limits } from '../jobs/policy.ts'
import type {
  CallerChange,
  Errand,
  ErrandReply,
  HistoryEntry,
  JobStore,
  Submission,
  SubmitReply,
} from '../jobs/ports.ts'
import { transitions } from '../jobs/transitions.ts'
import { jobFromHash } from './job-record.ts'
import type { PoolKeys } from './keys.ts'
import type { Orders } from './orders.ts'
import type { RedisClient } from './redis.ts'
import { type RunScript, submitRefusals, toChangeReply } from './scripts.ts'

/** The callers' side of the pool: submit jobs and read them. */
export class RedisJobStore implements JobStore {
  readonly #redis: RedisClient
  readonly #keys: PoolKeys
  readonly #run: RunScript
  readonly #clock: Clock
  readonly #limits: Limits
  readonly #orders: Orders

  constructor(parts: {
    redis: RedisClient
    keys: PoolKeys
    run: RunScript
    clock: Clock
    limits: Limits
    orders: Orders
  }) {
    this.#redis = parts.redis
    this.#orders = parts.orders
    this.#keys = parts.keys
    this.#run = parts.run
    this.#clock = parts.clock
    this.#limits = parts.limits
  }

  async submit(submission: Submission): Promise<SubmitReply> {
    const { id, token, charge, request, root, lanes: wanted, account, idempotencyKey, question } = submission
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
      charge === 0 && root === id ? this.#limits.mostWaitingFree : this.#limits.mostWaiting,
      question ? JSON.stringify(question) : '',
      question?.until ?? '',
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

  async putBlobs(id: JobId, pictures: readonly Uint8Array[]): Promise<void> {
    const key = this.#keys.blobs(id)
    await this.#redis
      .multi()
      .del(key)
      .rpush(key, ...pictures.map((bytes) => Buffer.from(bytes)))
      .pexpire(key, this.#limits.queueWithinMs * 2)
      .exec()
  }

  blobs(id: JobId): Promise<Buffer[]> {
    return this.#redis.lrangeBuffer(this.#keys.blobs(id), 0, -1)
  }

  async dropBlobs(id: JobId): Promise<void> {
    await this.#redis.del(this.#keys.blobs(id))
  }

  cancel(id: JobId, message: string): Promise<CallerChange> {
    return this.#end(id, 'job-cancelled', { code: 'cancelled', message })
  }

  batchMade(id: JobId, result: JobResult): Promise<CallerChange> {
    return this.#end(id, 'batch-made', result)
  }

  async #end(id: JobId, event: 'job-cancelled' | 'batch-made', outcome: object): Promise<CallerChange> {
    const { from, to } = transitions[event]
    const { keptMs, sendWithinMs, mostHistory } = this.#limits
    const head = [this.#clock.now(), id, '', from.join(','), to, '', event, JSON.stringify(outcome), '']
    return toCallerChange(await this.#run('finish', ...head, keptMs, sendWithinMs, mostHistory, '', ''))
  }

  async answer(id: JobId, request: JobRequest): Promise<CallerChange> {
    const now = this.#clock.now()
    const { queueWithinMs, sendWithinMs } = this.#limits
    const states = transitions['input-given'].from.join(',')
    const head = [
      now,
      id,
      '',
      states,
      '',
      '',
      now + queueWithinMs,
      queueWithinMs,
      sendWithinMs,
      'input-given',
    ]
    return toCallerChange(await this.#run('give-back', ...head, 'request', JSON.stringify(request)))
  }

  async errand(account: AccountId, errand: Errand): Promise<ErrandReply> {
    const reply = await this.#orders.give(account, errand)
    return reply.answered
      ? { done: true, text: reply.text }
      : { done: false, code: reply.code, message: reply.message }
  }

  async #findAll(ids: JobId[]): Promise<Job[]> {
    const hashes = await Promise.all(ids.map((id) => this.#redis.hgetall(this.#keys.job(id))))
    return hashes.flatMap((hash, index) => jobFromHash(ids[index] as JobId, hash) ?? [])
  }
}

function toCallerChange(reply: unknown): CallerChange {
  const change = toChangeReply(reply)
  return change === 'written' || change === 'unknown' ? change : 'too-late'
}

const fingerprint = (text: string): string => createHash('sha256').update(text).digest('base64url')
