import type { AccountState, CommandReply, Orphan } from '../accounts/pool.ts'
import type {
  AccountFields,
  AccountStore,
  ChangeReply,
  InboxEntry,
  JobChange,
  JobEnding,
  JobFields,
  Lease,
  ListenerRecord,
  ReturnEvent,
  StoredAccount,
} from '../accounts/ports.ts'
import type { Clock } from '../clock.ts'
import { type ErrorCode, errorCatalogue } from '../errors.ts'
import type { AccountId, JobId, NodeId, TokenId } from '../ids.ts'
import { type HeldJob, isHeld, type Job, type JobResult, type Lane, type Question } from '../jobs/job.ts'
import type { Limits } from '../jobs/policy.ts'
import { transitions } from '../jobs/transitions.ts'
import { accountToHash, factsFromHash, lanesFrom } from './account-record.ts'
import { readInbox } from './inbox.ts'
import { jobFromHash } from './job-record.ts'
import type { PoolKeys } from './keys.ts'
import { OrphanStore } from './orphan-store.ts'
import type { RedisClient } from './redis.ts'
import { type RunScript, toChangeReply } from './scripts.ts'

/** How long the answer to an operator's command waits to be fetched. */
const replyKeptS = 60
/** Waiting jobs of the fast lane that are looked at in one go. */
const mostFallBack = 1000

/** The workers' side of the pool: everything that happens to a job once an account has it, and who has which account. */
export class RedisAccountStore implements AccountStore {
  readonly #redis: RedisClient
  readonly #connect: () => RedisClient
  readonly #keys: PoolKeys
  readonly #run: RunScript
  readonly #clock: Clock
  readonly #limits: Limits
  readonly #orphans: OrphanStore

  constructor(parts: {
    redis: RedisClient
    /** Opens a connection of its own for the blocking read of the inbox. */
    connect: () => RedisClient
    keys: PoolKeys
    run: RunScript
    clock: Clock
    limits: Limits
  }) {
    this.#redis = parts.redis
    this.#connect = parts.connect
    this.#keys = parts.keys
    this.#run = parts.run
    this.#clock = parts.clock
    this.#limits = parts.limits
    this.#orphans = new OrphanStore(parts)
  }

  async find(job: JobId): Promise<Job | null> {
    return jobFromHash(job, await this.#redis.hgetall(this.#keys.job(job)))
  }

  async held(account: AccountId): Promise<HeldJob[]> {
    const ids = (await this.#redis.smembers(this.#keys.held(account))) as JobId[]
    const jobs = await Promise.all(ids.map((id) => this.find(id)))
    return jobs.flatMap((job) => (job && isHeld(job) ? job : []))
  }

  blobs(job: JobId): Promise<Buffer[]> {
    return this.#redis.lrangeBuffer(this.#keys.blobs(job), 0, -1)
  }

  async ofMessage(messageId: string): Promise<JobId | null> {
    return (await this.#redis.get(this.#keys.message(messageId))) as JobId | null
  }

  async record(lease: Lease, { job, event, fields, deadlineAt, tell }: JobChange): Promise<ChangeReply> {
    const { from, to } = transitions[event]
    return toChangeReply(
      await this.#run(
        'record',
        this.#clock.now(),
        job,
        holderOf(lease),
        from.join(','),
        to,
        deadlineAt ?? '',
        tell === undefined ? '' : event,
        tell ?? '',
        ...jobFieldsToHash(fields),
      ),
    )
  }

  async finish(lease: Lease, ending: JobEnding): Promise<ChangeReply> {
    return this.#end(ending, { holder: holderOf(lease), dueBy: '' })
  }

  async ask(lease: Lease, job: JobId, question: Question, fields?: JobFields): Promise<ChangeReply> {
    return toChangeReply(
      await this.#run(
        'ask',
        this.#clock.now(),
        job,
        holderOf(lease),
        transitions['input-needed'].from.join(','),
        JSON.stringify(question),
        question.until,
        this.#limits.sendWithinMs,
        ...jobFieldsToHash(fields),
      ),
    )
  }

  async keepSeed(job: JobId, seed: string): Promise<void> {
    await this.#redis.hset(this.#keys.job(job), 'seed', seed)
  }

  async #end(
    ending: JobEnding,
    { holder, dueBy }: { holder: string; dueBy: number | '' },
  ): Promise<ChangeReply> {
    const done = ending.event === 'job-finished'
    const outcome = done ? ending.result : { code: ending.code, message: ending.message }
    const { from, to } = transitions[ending.event]
    return toChangeReply(
      await this.#run(
        'finish',
        this.#clock.now(),
        ending.job,
        holder,
        from.join(','),
        to,
        dueBy,
        ending.event,
        JSON.stringify(outcome),
        done ? ending.result.messageId : '',
        this.#limits.keptMs,
        this.#limits.sendWithinMs,
        this.#limits.mostHistory,
        done ? `${ending.followUp ? 'f' : ''}${copiesOf(ending.result)}` : '',
        done || (ending.event === 'job-stopped' && !ending.refund) ? '1' : '',
        ...jobFieldsToHash(ending.fields),
      ),
    )
  }

  async giveBack(lease: Lease, job: JobId, why: string, event: ReturnEvent): Promise<ChangeReply> {
    return this.#return(job, why, { from: transitions[event].from, holder: holderOf(lease), dueBy: '' })
  }

  async #return(
    job: JobId,
    why: string,
    { from, holder, dueBy }: { from: readonly string[]; holder: string; dueBy: number | '' },
  ): Promise<ChangeReply> {
    const { queueWithinMs, sendWithinMs } = this.#limits
    const now = this.#clock.now()
    return toChangeReply(
      await this.#run(
        'give-back',
        now,
        job,
        holder,
        from.join(','),
        dueBy,
        why,
        '',
        queueWithinMs,
        sendWithinMs,
        'job-returned',
      ),
    )
  }

  /**
   * Ends what has outlived its deadline: a job that waited too long fails, one that its account never sent goes back to the
   * queue, one that the bot never ended fails. Returns how many were touched.
   */
  async reap(most = 100): Promise<number> {
    const dueBy = this.#clock.now()
    const ids = (await this.#redis.zrangebyscore(
      this.#keys.deadlines,
      '-inf',
      dueBy,
      'LIMIT',
      0,
      most,
    )) as JobId[]
    for (const id of ids) {
      const job = await this.find(id)
      if (job?.state === 'assigned') {
        await this.#return(id, 'not sent in time', { from: ['assigned'], holder: '', dueBy })
      } else {
        const code = overdue[job?.state ?? ''] ?? 'job-timeout'
        const message = errorCatalogue[code].sentence
        const reply = await this.#end({ job: id, event: 'job-failed', code, message }, { holder: '', dueBy })
        if (reply === 'unknown') await this.#redis.zrem(this.#keys.deadlines, id)
      }
    }
    return ids.length
  }

  addOrphan(orphan: Orphan): Promise<void> {
    return this.#orphans.add(orphan)
  }

  dropOrphan(id: string): Promise<void> {
    return this.#orphans.drop(id)
  }

  async countRefusal(account: AccountId, token: TokenId | null): Promise<void> {
    const write = this.#redis.multi().hincrby(this.#keys.account(account), 'refused', 1)
    if (token) write.hincrby(this.#keys.token(token), 'refused', 1)
    await write.exec()
  }

  async revive(lease: Lease, job: JobId, result: JobResult): Promise<ChangeReply | 'spent'> {
    const { keptMs, mostHistory } = this.#limits
    const outcome = JSON.stringify(result)
    const fields = [job, holderOf(lease), outcome, result.messageId, keptMs, mostHistory, copiesOf(result)]
    const reply = await this.#run('revive', this.#clock.now(), ...fields)
    return Number(reply) === -5 ? 'spent' : toChangeReply(reply)
  }

  async describeAccount(account: AccountId, fields: AccountFields, lease?: Lease): Promise<ChangeReply> {
    const { sendWithinMs } = this.#limits
    const hash = accountToHash(fields)
    return toChangeReply(
      await this.#run('steer', this.#clock.now(), account, lease?.epoch ?? '', sendWithinMs, ...hash),
    )
  }

  async fallBack(): Promise<number> {
    return Number(await this.#run('fall-back', this.#clock.now(), mostFallBack, this.#limits.sendWithinMs))
  }

  async storedAccount(account: AccountId): Promise<StoredAccount | null> {
    const hash = await this.#redis.hgetall(this.#keys.account(account))
    const { mode, fileMode, state, reason = '' } = hash
    if (!mode || !fileMode || !state) return null
    return {
      mode: mode as Lane,
      fileMode: fileMode as Lane,
      state: state as AccountState,
      reason,
      until: Number(hash.until ?? 0),
      ...(hash.cause ? { cause: hash.cause as 'token' | 'subscription' } : {}),
      facts: factsFromHash(hash),
      resting: lanesFrom(hash.resting),
      leased: Number(hash.leaseUntil ?? 0) > this.#clock.now(),
    }
  }

  async knownAccounts(): Promise<AccountId[]> {
    return (await this.#redis.smembers(this.#keys.accounts)) as AccountId[]
  }

  async failPinned(account: AccountId, message: string): Promise<number> {
    const ids = (await this.#redis.zrangebyscore(this.#keys.pinned(account), '-inf', '+inf')) as JobId[]
    for (const job of ids) {
      await this.#end({ job, event: 'job-failed', code: 'account-lost', message }, { holder: '', dueBy: '' })
    }
    return ids.length
  }

  async takeLease(account: AccountId, node: NodeId, leaseMs: number): Promise<Lease | null> {
    const epoch = Number(await this.#run('lease', this.#clock.now(), account, node, leaseMs, ''))
    return epoch === 0 ? null : { account, node, epoch }
  }

  async releaseLease({ account, node, epoch }: Lease): Promise<void> {
    await this.#run('lease', this.#clock.now(), account, node, 0, epoch)
  }

  async announce(node: NodeId, aliveMs: number): Promise<number> {
    const now = this.#clock.now()
    const replies = await this.#redis
      .multi()
      .zadd(this.#keys.nodes, now, node)
      .zremrangebyscore(this.#keys.nodes, '-inf', now - aliveMs)
      .zcard(this.#keys.nodes)
      .exec()
    return Number(replies?.[2]?.[1] ?? 1)
  }

  async withdraw(node: NodeId): Promise<void> {
    await this.#redis.multi().zrem(this.#keys.nodes, node).del(this.#keys.inbox(node)).exec()
  }

  inbox(node: NodeId, signal: AbortSignal): AsyncIterable<InboxEntry> {
    return readInbox(this.#connect, this.#keys.inbox(node), signal)
  }

  async replyTo(command: string, reply: CommandReply): Promise<void> {
    const key = this.#keys.reply(command)
    await this.#redis.multi().lpush(key, JSON.stringify(reply)).expire(key, replyKeptS).exec()
  }

  async loadListener(account: AccountId): Promise<ListenerRecord | null> {
    const hash = await this.#redis.hgetall(this.#keys.session(account))
    const { sessionId, seq, resumeUrl, lastMessageId } = hash
    return sessionId && seq && resumeUrl
      ? { sessionId, seq: Number(seq), resumeUrl, lastMessageId: lastMessageId || null }
      : null
  }

  async saveListener(
    lease: Lease,
    { sessionId, seq, resumeUrl, lastMessageId }: ListenerRecord,
  ): Promise<ChangeReply> {
    const fields = [
      'sessionId',
      sessionId,
      'seq',
      seq,
      'resumeUrl',
      resumeUrl,
      'lastMessageId',
      lastMessageId ?? '',
    ]
    return toChangeReply(await this.#run('remember', lease.account, lease.epoch, ...fields))
  }

  /** Jobs that ended owing a follow-up which has not been submitted yet. */
  async followUps(): Promise<JobId[]> {
    return (await this.#redis.smembers(this.#keys.followUps)) as JobId[]
  }

  async followUpDone(job: JobId): Promise<void> {
    await this.#redis.srem(this.#keys.followUps, job)
  }
}

/** Files are copied after the end, by the node that listens for the account. */
const copiesOf = ({ url }: JobResult): string => (url === null ? '' : 'c')

/** What a job failed of whose time in this state is over. */
const overdue: Record<string, ErrorCode> = { queued: 'queue-timeout', 'needs-input': 'answer-timeout' }

/** The lease as the scripts check it. */
const holderOf = ({ account, epoch }: Lease): string => `${account} ${epoch}`

function jobFieldsToHash({
  track,
  notices,
  attempts,
  sendingAt,
  startedAt,
}: JobFields = {}): (string | number)[] {
  return [
    ...(track ? ['track', JSON.stringify(track)] : []),
    ...(notices ? ['notices', JSON.stringify(notices)] : []),
    ...(attempts === undefined ? [] : ['attempts', attempts]),
    ...(sendingAt === undefined ? [] : ['sendingAt', sendingAt]),
    ...(startedAt === undefined ? [] : ['startedAt', startedAt]),
  ]
}
