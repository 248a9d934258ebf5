import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { DrawbridgeError } from '../errors.ts'
import type { AccountId, JobId, TokenId } from '../ids.ts'
import { type Job, type JobRequest, type JobResult, lanes } from '../jobs/job.ts'
import type { Limits } from '../jobs/policy.ts'
import type {
  CallerChange,
  Errand,
  ErrandReply,
  JobStore,
  Page,
  PageQuery,
  QueuePlace,
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
    const {
      id,
      token,
      charge,
      request,
      root,
      lanes: wanted,
      account,
      idempotencyKey,
      asked,
      question,
      callback,
      about,
    } = submission
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
      idempotencyKey === undefined ? '' : fingerprint(asked ?? requestJson),
      now + this.#limits.queueWithinMs,
      this.#limits.sendWithinMs,
      this.#limits.idempotencyKeptMs,
      charge === 0 && root === id ? this.#limits.mostWaitingFree : this.#limits.mostWaiting,
      question ? JSON.stringify(question) : '',
      question?.until ?? '',
      callback ? JSON.stringify(callback) : '',
      about ? JSON.stringify(about) : '',
      about?.alias === undefined ? '' : `${about.family}:${about.alias}`,
      this.#limits.queueWithinMs + this.#limits.keptMs,
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

  async page({ token, limit, cursor }: PageQuery): Promise<Page> {
    const list = token === null ? this.#keys.jobs : this.#keys.jobsOf(token)
    const from = cursor === undefined ? null : readCursor(cursor)
    const max = from?.at ?? '+inf'
    // Several jobs of one millisecond may stand before the cursor's own.
    const found: { id: JobId; at: string }[] = []
    for (let offset = 0; found.length <= limit; offset += limit) {
      const rows = await this.#redis.zrevrangebyscore(list, max, '-inf', 'WITHSCORES', 'LIMIT', offset, limit)
      for (let i = 0; i < rows.length; i += 2) {
        const row = { id: rows[i] as JobId, at: rows[i + 1] ?? '' }
        if (!from || row.at !== from.at || row.id < from.id) found.push(row)
      }
      if (rows.length < 2 * limit) break
    }
    const shown = found.slice(0, limit)
    const last = found.length > limit ? shown.at(-1) : undefined
    return {
      jobs: await this.#findAll(shown.map(({ id }) => id)),
      next: last ? `${last.at}.${last.id}` : null,
    }
  }

  async repeats(token: TokenId | null, idempotencyKey: string): Promise<boolean> {
    return (await this.#redis.exists(this.#keys.repeat(token, idempotencyKey))) === 1
  }

  async ofAlias(family: string, alias: string): Promise<JobId | null> {
    return (await this.#redis.get(this.#keys.alias(family, alias))) as JobId | null
  }

  async ofMessage(messageId: string): Promise<JobId | null> {
    return (await this.#redis.get(this.#keys.message(messageId))) as JobId | null
  }

  async history(token: TokenId): Promise<Job[]> {
    const ids = (await this.#redis.lrange(this.#keys.history(token), 0, -1)) as JobId[]
    return this.#findAll(ids)
  }

  async place(job: Job): Promise<QueuePlace | null> {
    if (job.state !== 'queued') return null
    const queue = job.account === null ? this.#keys.lane(job.lane) : this.#keys.pinned(job.account)
    const [position, took, slots] = await Promise.all([
      this.#redis.zrank(queue, job.id),
      this.#redis.hget(`${this.#keys.prefix}pool`, `took:${job.lane}`),
      this.#slotsOf(job),
    ])
    if (position === null) return null
    return { position, etaMs: took && slots > 0 ? Math.ceil((position + 1) / slots) * Number(took) : null }
  }

  /** How many jobs of the queue are drawn at once. */
  async #slotsOf({ account, lane }: Job): Promise<number> {
    const accounts =
      account === null ? await this.#redis.smembers(`${this.#keys.prefix}members:${lane}`) : [account]
    const slots = await Promise.all(
      accounts.map((id) => this.#redis.hget(this.#keys.account(id as AccountId), 'slots')),
    )
    return slots.reduce((sum, one) => sum + Number(one ?? 0), 0)
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

  async putBlobs(
    id: JobId,
    pictures: readonly Uint8Array[],
    keptMs = this.#limits.queueWithinMs * 2,
  ): Promise<void> {
    const key = this.#keys.blobs(id)
    await this.#redis
      .multi()
      .del(key)
      .rpush(key, ...pictures.map((bytes) => Buffer.from(bytes)))
      .pexpire(key, keptMs)
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

  async anyAccount(): Promise<AccountId | null> {
    for (const lane of lanes) {
      const [best] = await this.#redis.zrange(`${this.#keys.prefix}available:${lane}`, '0', '0')
      if (best) return best as AccountId
    }
    const accounts = (await this.#redis.smembers(this.#keys.accounts)) as AccountId[]
    const states = await Promise.all(accounts.map((id) => this.#redis.hget(this.#keys.account(id), 'state')))
    return accounts.find((_, index) => states[index] === 'ready') ?? null
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

function readCursor(cursor: string): { at: string; id: string } {
  const [, at, id] = /^(\d{1,16})\.([0-9a-f]{20})$/.exec(cursor) ?? []
  if (at === undefined || id === undefined) {
    throw new DrawbridgeError('invalid-request', 'The cursor is none that was given out.')
  }
  return { at, id }
}

function toCallerChange(reply: unknown): CallerChange {
  const change = toChangeReply(reply)
  return change === 'written' || change === 'unknown' ? change : 'too-late'
}

const fingerprint = (text: string): string => createHash('sha256').update(text).digest('base64url')
