import type { Clock } from '../clock.ts'
import type { DiscordRest, InteractionOutcome } from '../discord/rest/client.ts'
import type { JobId } from '../ids.ts'
import type { HeldJob } from '../jobs/job.ts'
import type { Log } from '../log.ts'
import { nonceFor } from '../midjourney/nonce.ts'
import { Bell } from './bell.ts'
import type { Custody } from './custody.ts'
import type { HealthKeeper } from './health-keeper.ts'
import type { InFlight } from './in-flight.ts'
import type { InteractionWriter } from './interaction-writer.ts'
import { type PacingState, waitBeforeSending } from './pacing.ts'
import { Serial } from './serial.ts'
import type { WatchBook } from './watch-book.ts'

/** After a failure before anything reached Discord, the job is tried again after this long (ms), doubling up to a minute. */
const firstRetryMs = 1_000
const longestRetryMs = 60_000
/** A rate limit longer than this (ms) cools the account, so that waiting jobs move elsewhere. */
const longRateLimitMs = 15_000
/** How long (ms) an account rests after Cloudflare has limited it. */
const cloudflareRestMs = 5 * 60_000

interface DispatcherParts {
  inFlight: InFlight
  custody: Custody
  health: HealthKeeper
  watchBook: WatchBook
  writer: InteractionWriter
  rest: Pick<DiscordRest, 'interact'>
  /** Whether the account listens and everything in flight has been reconciled: only then may anything be sent. */
  mayRun: () => boolean
  finalsReply: () => boolean
  newestMessageId: () => string | null
  minIntervalMs: number
  clock: Clock
  random: () => number
  log: Log
}

/** The answer to a dialog. Only a form that goes to Discord uses the nonce; the editor's back end knows none. */
export interface DialogReply {
  usesNonce: boolean
  post: (nonce: string, signal: AbortSignal) => Promise<InteractionOutcome>
}

/**
 * Sends the account's jobs, one at a time and paced. A job is sent when its messages can be told from those of the jobs
 * already sent; the nonce is written down first, so that whoever holds the account later knows that it may have been sent.
 */
export class Dispatcher {
  readonly #parts: DispatcherParts
  readonly #bell = new Bell()
  readonly #oneAtATime = new Serial()
  readonly #retries = new Map<JobId, { notBefore: number; waitMs: number }>()
  readonly #pacing: PacingState = { lastSentAt: Number.NEGATIVE_INFINITY, quietUntil: 0 }
  readonly #replies = new Map<JobId, DialogReply>()
  #sequence = 0

  constructor(parts: DispatcherParts) {
    this.#parts = parts
  }

  /** Something has changed that may let a job go out. */
  wake(): void {
    this.#bell.ring()
  }

  /** Answers the dialog that the job's click has opened, before any other job is sent. */
  reply(job: JobId, reply: DialogReply): void {
    this.#replies.set(job, reply)
    this.#bell.ring()
  }

  /** The job has left the account. */
  forget(job: JobId): void {
    this.#replies.delete(job)
    this.#retries.delete(job)
  }

  /** The job is not sent before a while, which grows each time. */
  retryLater(job: JobId): void {
    const { clock } = this.#parts
    const waitMs = Math.min((this.#retries.get(job)?.waitMs ?? firstRetryMs / 2) * 2, longestRetryMs)
    this.#retries.set(job, { waitMs, notBefore: clock.now() + waitMs })
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const reply = this.#nextReply()
      const job = reply ? undefined : this.#next()
      if (reply) await this.#oneAtATime.run(() => this.#replyPaced(...reply, signal))
      else if (job) await this.#oneAtATime.run(() => this.#sendPaced(job, signal))
      else await this.#bell.wait(signal)
    }
  }

  /** Sends what is no job, paced like one; `write` makes the body for a fresh nonce. */
  interact(write: (nonce: string) => object, signal: AbortSignal): Promise<InteractionOutcome> {
    return this.#oneAtATime.run(async () => {
      await this.#pace(signal)
      const body = write(this.#nonce())
      this.#pacing.lastSentAt = this.#parts.clock.now()
      return this.#parts.rest.interact(body, signal)
    })
  }

  #next(): HeldJob | undefined {
    const { inFlight, clock } = this.#parts
    const now = clock.now()
    return inFlight
      .waiting()
      .filter(({ id }) => (this.#retries.get(id)?.notBefore ?? 0) <= now)
      .sort((a, b) => a.assignedAt - b.assignedAt)
      .find((job) => this.#mayGo(job))
  }

  #mayGo({ id, request }: HeldJob): boolean {
    const { inFlight, health, mayRun, finalsReply } = this.#parts
    const unsent = inFlight.get(id)?.state === 'assigned'
    return unsent && mayRun() && health.sends && !inFlight.mustWait(request, finalsReply())
  }

  #nextReply(): [JobId, DialogReply] | undefined {
    const { mayRun, health } = this.#parts
    return mayRun() && health.sends ? this.#replies.entries().next().value : undefined
  }

  async #replyPaced(id: JobId, reply: DialogReply, signal: AbortSignal): Promise<void> {
    await this.#pace(signal)
    this.#replies.delete(id)
    const { inFlight, custody, watchBook, clock } = this.#parts
    const job = inFlight.get(id)
    if (!job || job.state === 'assigned') return
    const nonce = this.#nonce()
    if (!(await custody.startReply(job, reply.usesNonce ? nonce : null))) return
    watchBook.forget(id)
    this.#pacing.lastSentAt = clock.now()
    const outcome = await reply.post(nonce, signal)
    const sent = inFlight.get(id)
    if (!sent) return
    await this.#settle(sent, outcome)
    // No INTERACTION_SUCCESS follows what does not go through Discord.
    if (!reply.usesNonce && outcome.outcome === 'accepted') {
      await custody.learnt(inFlight.get(id) ?? sent, { track: { acknowledged: true } })
    }
  }

  async #sendPaced(job: HeldJob, signal: AbortSignal): Promise<void> {
    await this.#pace(signal)
    const { inFlight, writer, custody, watchBook, rest, newestMessageId, clock } = this.#parts
    if (!this.#mayGo(job)) return
    const written = await writer.prepare(job)
    if (written.outcome !== 'ready') return this.#notReady(job, written)
    // An upload takes seconds, in which the account may have been told to stop.
    if (!this.#mayGo(job)) return
    const nonce = this.#nonce()
    if (!(await custody.startSending(job, nonce, newestMessageId()))) return
    watchBook.forget(job.id)
    this.#pacing.lastSentAt = clock.now()
    const outcome = await rest.interact(written.body(nonce), signal)
    const sent = inFlight.get(job.id)
    // The bot may have ended it before Discord's answer came.
    if (sent) await this.#settle(sent, outcome)
  }

  async #settle(job: HeldJob, outcome: InteractionOutcome): Promise<void> {
    const { custody, health, writer, log } = this.#parts
    log.debug({ jobId: job.id, outcome: outcome.outcome }, 'interaction answered')
    switch (outcome.outcome) {
      case 'accepted':
        this.#retries.delete(job.id)
        return custody.accepted(job)
      case 'unknown':
        await health.trouble(outcome.why)
        return custody.unconfirmed(job, outcome.why)
      case 'rate-limited':
        this.#pacing.quietUntil = this.#parts.clock.now() + outcome.retryAfterMs
        await custody.notTaken(job, 'rate limited')
        if (outcome.retryAfterMs > longRateLimitMs) {
          await health.apply({
            event: 'cool-down-asked',
            reason: 'rate limited',
            forMs: outcome.retryAfterMs,
          })
        }
        return
      case 'not-sent':
        await custody.notTaken(job, outcome.why)
        await health.trouble(outcome.why)
        return this.retryLater(job.id)
      case 'refused':
        return this.#refused(job, outcome, writer)
    }
  }

  async #refused(
    job: HeldJob,
    { verdict, message, status }: InteractionOutcome & { outcome: 'refused' },
    writer: InteractionWriter,
  ): Promise<void> {
    const { custody, health } = this.#parts
    const reason = `Discord: ${message} (${status})`
    switch (verdict) {
      case 'stale-command':
        // Once more with commands read anew; a body that Discord refuses twice is refused for good.
        if (job.attempts < 2 && (await writer.rediscover())) return custody.sendAgain(job, reason)
        return custody.fail(job, 'upstream-refused', reason)
      case 'interaction-expired':
        // The dialog was answered too late: the button is clicked once more (protocol page §3.6).
        if (job.attempts < 2) return custody.sendAgain(job, reason)
        return custody.fail(job, 'upstream-refused', reason)
      case 'token-dead':
        await custody.notTaken(job, reason)
        return health.apply({ event: 'token-refused', reason })
      case 'blocked':
        // Cloudflare's own limit lifts by itself; its refusal of the client does not (protocol page §3.5, §3.6).
        await custody.notTaken(job, reason)
        if (status === 429) return health.apply({ event: 'cool-down-asked', reason, forMs: cloudflareRestMs })
        return health.apply({ event: 'person-needed', reason })
      case 'attention':
      case 'channel-lost':
        await custody.notTaken(job, reason)
        return health.apply({ event: 'person-needed', reason })
      default:
        return custody.fail(job, 'upstream-refused', reason)
    }
  }

  async #notReady(
    job: HeldJob,
    { outcome, why }: { outcome: 'retry' | 'refused'; why: string },
  ): Promise<void> {
    const { custody, health } = this.#parts
    if (outcome === 'refused') return custody.fail(job, 'upstream-refused', why)
    await health.trouble(why)
    this.retryLater(job.id)
  }

  async #pace(signal: AbortSignal): Promise<void> {
    const { clock, minIntervalMs, random } = this.#parts
    const rhythm = { minIntervalMs, random: random() }
    for (;;) {
      const waitMs = waitBeforeSending(this.#pacing, { now: clock.now(), ...rhythm })
      if (waitMs <= 0) return
      await clock.sleep(waitMs, signal)
    }
  }

  #nonce(): string {
    this.#sequence += 1
    return nonceFor(this.#parts.clock.now(), this.#sequence)
  }
}
