import type { Clock } from '../clock.ts'
import type { ErrorCode } from '../errors.ts'
import type { JobId } from '../ids.ts'
import { type HeldJob, isHeld, type JobResult, type Notice, type Question, type Track } from '../jobs/job.ts'
import { drawWithin, type Limits, refunds } from '../jobs/policy.ts'
import { nextState } from '../jobs/transitions.ts'
import type { InFlight } from './in-flight.ts'
import type { AccountStore, ChangeReply, JobChange, JobFields, Lease, ReturnEvent } from './ports.ts'

/** The lease went to another node: this one must stop at once and change nothing more. */
export class LeaseLostError extends Error {
  override name = 'LeaseLostError'
}

interface CustodyParts {
  lease: Lease
  store: AccountStore
  inFlight: InFlight
  limits: Limits
  clock: Clock
  /** Called after a job has ended or left, when its slot and what waited for it are free. */
  onReleased: (job: JobId) => void
  /** Called after a job is done; it may owe a follow-up. */
  onDone: (job: JobId, owes: { followUp: boolean }) => void
}

/**
 * Everything that this node writes about the jobs it holds. Each change goes to Redis first, which checks state and lease;
 * only what was written there is mirrored here. A change that comes out of order is no error: the mirror is read anew.
 */
export class Custody {
  readonly #parts: CustodyParts

  constructor(parts: CustodyParts) {
    this.#parts = parts
  }

  /** Writes down the nonce before the interaction is posted; false when the job may no longer be sent. */
  async startSending(job: HeldJob, nonce: string, sentAfter: string | null): Promise<boolean> {
    const { clock, limits } = this.#parts
    const now = clock.now()
    // A new attempt has new messages; the old nonces stay, should an old attempt have got through after all.
    const track: Track = {
      nonces: [...job.track.nonces, nonce],
      ...(sentAfter ? { sentAfter } : {}),
      // What is shown keeps the id that it had when it was drawn.
      ...(job.request.kind === 'show' ? { uuid: job.request.uuid } : {}),
    }
    const fields = { track, attempts: job.attempts + 1, sendingAt: now }
    return this.#record(job, {
      event: 'send-started',
      fields,
      deadlineAt: now + limits.sendWithinMs,
      tell: nonce,
    })
  }

  /**
   * Writes down that an opened dialog is being answered; `nonce` is null where the answer does not go to Discord. Not an
   * attempt of its own. False when the job has moved on.
   */
  async startReply(job: HeldJob, nonce: string | null): Promise<boolean> {
    const { clock, limits } = this.#parts
    const now = clock.now()
    const { acknowledged: _, dialogAt: __, ...kept } = job.track
    const nonces = nonce === null ? kept.nonces : [...kept.nonces, nonce]
    const track: Track = { ...kept, nonces, answered: true }
    return this.#record(job, {
      event: 'reply-started',
      fields: { track, sendingAt: now },
      deadlineAt: now + limits.sendWithinMs,
      tell: nonce ?? '',
    })
  }

  /** The caller must answer first; the attempts begin anew then. */
  async ask(job: HeldJob, question: Question): Promise<void> {
    const { lease, store, inFlight } = this.#parts
    const reply = await store.ask(lease, job.id, question, { attempts: 0 })
    this.#check(reply)
    if (reply !== 'written') return this.#reread(job.id)
    inFlight.drop(job.id)
    this.#parts.onReleased(job.id)
  }

  async accepted(job: HeldJob): Promise<void> {
    await this.#record(job, { event: 'send-accepted', deadlineAt: this.#drawDeadline(job), tell: '' })
  }

  async unconfirmed(job: HeldJob, why: string): Promise<void> {
    await this.#record(job, { event: 'send-unconfirmed', tell: why })
  }

  /** Discord surely did not take the attempt: it is made again from the same slot, and does not count. */
  async notTaken(job: HeldJob, why: string): Promise<void> {
    await this.#record(job, { event: 'send-postponed', fields: { attempts: job.attempts - 1 }, tell: why })
  }

  /** The attempt came to nothing: another one is made from the same slot. */
  async sendAgain(job: HeldJob, why: string): Promise<void> {
    await this.#record(job, { event: 'send-postponed', tell: why })
  }

  /** The bot works on it. Percent never falls: what comes late or twice changes nothing. */
  async progressed(job: HeldJob, seen: Omit<Partial<Track>, 'nonces'>): Promise<void> {
    const track = { ...job.track, ...seen }
    if (seen.percent !== undefined) track.percent = Math.max(seen.percent, job.track.percent ?? 0)
    if (job.state === 'running' && sameTrack(track, job.track)) return
    const tell = JSON.stringify({ percent: track.percent ?? 0, previewUrl: track.previewUrl })
    const started = job.state === 'running' ? {} : { deadlineAt: this.#drawDeadline(job) }
    const startedAt = job.startedAt ?? this.#parts.clock.now()
    await this.#record(job, { event: 'progress-reported', fields: { track, startedAt }, tell, ...started })
  }

  /** Keeps an id or a notice that does not move the job. */
  async learnt(job: HeldJob, fields: { track?: Partial<Track>; notice?: Notice }): Promise<void> {
    const changes: JobFields = {
      ...(fields.track ? { track: { ...job.track, ...fields.track } } : {}),
      ...(fields.notice ? { notices: withNotice(job.notices, fields.notice) } : {}),
    }
    const postponesEnd = fields.track?.botQueuedAt !== undefined && job.track.botQueuedAt === undefined
    const deadline = postponesEnd ? { deadlineAt: this.#drawDeadline(job) } : {}
    const tell = fields.notice ? { tell: fields.notice.title } : {}
    await this.#record(job, { event: 'ids-learnt', fields: changes, ...deadline, ...tell })
  }

  async finish(job: HeldJob, result: JobResult): Promise<void> {
    const followUp = job.request.kind === 'imagine' && job.request.thenUpscale === true
    const { lease, store } = this.#parts
    const track = result.uuid ? { ...job.track, uuid: result.uuid } : job.track
    const ending = { job: job.id, event: 'job-finished', result, fields: { track }, followUp } as const
    const reply = await store.finish(lease, ending)
    // What is remembered of it has the id that its result brought: a later job of the same button is told apart by it.
    this.#released({ ...job, track }, reply, result.messageId, true)
    if (reply === 'written') this.#parts.onDone(job.id, { followUp })
  }

  async fail(job: HeldJob, code: ErrorCode, message: string, notice?: Notice): Promise<void> {
    const fields = notice ? { fields: { notices: withNotice(job.notices, notice) } } : {}
    const { lease, store } = this.#parts
    const reply = await store.finish(lease, { job: job.id, event: 'job-failed', code, message, ...fields })
    this.#released(job, reply, null, notice !== undefined || !silentEnds.has(code))
  }

  /** The bot has stopped it, as its caller asked; whether that was in time to cost nothing is the policy's. */
  async stopped(job: HeldJob): Promise<void> {
    const { lease, store, limits } = this.#parts
    const message = 'The job was stopped, as its caller asked.'
    const refund = refunds(limits.refundStopped, job.track)
    const ending = { job: job.id, event: 'job-stopped', code: 'cancelled', message, refund } as const
    this.#released(job, await store.finish(lease, ending), null, true)
  }

  /** Puts a job that was surely not drawn back in the queue. */
  async giveBack(job: HeldJob, why: string, event: ReturnEvent): Promise<void> {
    const { lease, store, inFlight } = this.#parts
    const reply = await store.giveBack(lease, job.id, why, event)
    this.#check(reply)
    if (reply !== 'written') return this.#reread(job.id)
    inFlight.drop(job.id)
    this.#parts.onReleased(job.id)
  }

  /** Reads from Redis which jobs the account holds: takes in the new ones, forgets those that ended elsewhere. */
  async refresh(): Promise<void> {
    const { store, lease, inFlight } = this.#parts
    const before = inFlight.all()
    const held = await store.held(lease.account)
    const ids = new Set(held.map(({ id }) => id))
    for (const job of held) if (!inFlight.has(job.id)) inFlight.put(job)
    // What came in while Redis was read is not in that reading, and stays.
    for (const { id } of before) {
      if (ids.has(id)) continue
      inFlight.end(id, null)
      this.#parts.onReleased(id)
    }
  }

  async #record(job: HeldJob, change: Omit<JobChange, 'job'>): Promise<boolean> {
    const { store, lease, inFlight } = this.#parts
    const reply = await store.record(lease, { job: job.id, ...change })
    this.#check(reply)
    if (reply !== 'written') {
      await this.#reread(job.id)
      return false
    }
    const current = inFlight.get(job.id) ?? job
    const state = nextState(current.state, change.event) ?? current.state
    inFlight.put({ ...current, ...change.fields, state: state as HeldJob['state'] })
    return true
  }

  async #reread(id: JobId): Promise<void> {
    const { store, lease, inFlight } = this.#parts
    const job = await store.find(id)
    if (job && isHeld(job) && job.account === lease.account) inFlight.put(job)
    else inFlight.end(id, null)
  }

  #released(job: HeldJob, reply: ChangeReply, messageId: string | null, told: boolean): void {
    this.#check(reply)
    if (this.#parts.inFlight.has(job.id)) this.#parts.inFlight.put(job)
    this.#parts.inFlight.end(job.id, messageId, told)
    this.#parts.onReleased(job.id)
  }

  #check(reply: ChangeReply): void {
    if (reply === 'lease-lost') throw new LeaseLostError(`another node holds ${this.#parts.lease.account}`)
  }

  /** The reaper comes after the worker, which first reads the channel once more. */
  #drawDeadline({ request, lane }: HeldJob): number {
    const { clock, limits } = this.#parts
    return clock.now() + drawWithin(limits, request, lane) + limits.graceMs
  }
}

/** These say that nothing was heard, unless a notice comes with them. */
const silentEnds: ReadonlySet<ErrorCode> = new Set(['job-timeout', 'upstream-failed', 'moderated'])

const withNotice = (notices: Notice[], notice: Notice): Notice[] => [
  ...notices.filter(({ id }) => id !== notice.id),
  notice,
]

const sameTrack = (a: Track, b: Track): boolean =>
  a.progressId === b.progressId &&
  a.uuid === b.uuid &&
  a.percent === b.percent &&
  a.previewUrl === b.previewUrl &&
  a.botQueuedAt === b.botQueuedAt &&
  a.interactionId === b.interactionId
