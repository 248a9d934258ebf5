import type { Clock } from '../clock.ts'
import { asErrorCode } from '../errors.ts'
import type { JobId } from '../ids.ts'
import type { HeldJob, JobResult, Notice } from '../jobs/job.ts'
import type { Log } from '../log.ts'
import { describeAction } from '../midjourney/actions.ts'
import type { BotMessage } from '../midjourney/parse/message.ts'
import type { AccountNews } from './account-news.ts'
import { uuidOf } from './correlation.ts'
import type { Custody } from './custody.ts'
import type { ForeignJobs } from './foreign-jobs.ts'
import type { HealthKeeper } from './health-keeper.ts'
import type { InFlight } from './in-flight.ts'
import { orphanOf } from './orphans.ts'
import type { AccountStore, Lease } from './ports.ts'
import { describeResult, drawnResult, wordsResult } from './results.ts'

/** A job whose failure may pass is sent this often. */
const mostAttempts = 2

interface ReactionParts {
  lease: Lease
  store: AccountStore
  inFlight: InFlight
  custody: Custody
  health: HealthKeeper
  news: AccountNews
  foreign: ForeignJobs
  /** What /info says was seen, whoever has asked. */
  onInfo: (message: BotMessage & { type: 'info' }) => Promise<void>
  /** The job is about to be sent again, which should wait a little. */
  onRetry: (job: JobId) => void
  /** Whether the account draws relaxed because its fast hours are gone. */
  fellBack: () => boolean
  clock: Clock
  log: Log
}

/** What a message of the bot does to the job that it belongs to, and to the account. */
export class Reactions {
  readonly #parts: ReactionParts

  constructor(parts: ReactionParts) {
    this.#parts = parts
  }

  async toJob(job: HeldJob, message: BotMessage): Promise<void> {
    const { custody } = this.#parts
    const uuid = uuidOf(message)
    const seen = { progressId: message.id, ...(uuid === null ? {} : { uuid }) }
    switch (message.type) {
      case 'thinking':
      case 'animating':
      case 'waiting':
        if (job.track.botQueuedAt !== undefined) await this.#queueMoved(job)
        return custody.progressed(job, seen)
      case 'progress': {
        if (job.track.botQueuedAt !== undefined) await this.#queueMoved(job)
        const preview = message.preview ? { previewUrl: message.preview.url } : {}
        return custody.progressed(job, { ...seen, percent: message.percent, ...preview })
      }
      case 'result':
        return this.#finished(job, drawnResult(message))
      case 'described':
        return this.#finished(job, describeResult(message))
      case 'shortened':
        return this.#finished(job, wordsResult(message, message.text))
      case 'reply':
        return this.#said(job, message)
      case 'stopped':
        if (job.track.stopAskedAt !== undefined) return custody.stopped(job)
        return custody.fail(job, 'stopped', 'The job was stopped.')
      case 'notice':
        return this.#notice(job, message)
    }
  }

  /** The message whose button the job pressed was edited, which is all that such a button does. */
  async edited(job: HeldJob, message: BotMessage): Promise<void> {
    if (message.type === 'described') return this.#finished(job, describeResult(message))
    const text = 'text' in message ? message.text : message.content
    await this.#finished(job, wordsResult(message, text))
  }

  /** A message that fits no job. News about the account count all the same when they were meant for it. */
  async unclaimed(message: BotMessage, userId: string | null): Promise<void> {
    const meantForUs = message.ephemeral || (userId !== null && message.requesterId === userId)
    if (!meantForUs) return
    await this.#byHand(message)
    if (message.type === 'notice') await this.#parts.news.apply(message)
    if (message.type === 'info') await this.#parts.onInfo(message)
    if (message.type === 'result') await this.#orphan(message)
  }

  /** A picture that comes after its job has failed for want of it: an operator may still give it to the job. */
  async late(message: BotMessage, id: JobId): Promise<void> {
    if (message.type !== 'result') return
    const job = await this.#parts.store.find(id)
    if (job?.state === 'failed') await this.#orphan(message)
  }

  async #orphan(message: BotMessage & { type: 'result' }): Promise<void> {
    const { store, lease, inFlight, clock } = this.#parts
    await store.addOrphan(orphanOf(message, lease.account, inFlight.candidates(), clock.now()))
  }

  /** Messages that are gone: that of a job run by hand goes about when the job ends. */
  async removed(ids: readonly string[]): Promise<void> {
    const { foreign, health } = this.#parts
    for (const id of ids) foreign.removed(id)
    await health.foreign(foreign.count)
  }

  /** What the owner runs by hand takes up slots, and shows that the bot works. */
  async #byHand(message: BotMessage): Promise<void> {
    const { foreign, health } = this.#parts
    const begun = foreign.heard(message)
    await health.foreign(foreign.count)
    if (begun) await health.apply({ event: 'work-seen', id: message.interactionId ?? message.id })
  }

  /** Discord itself asks for a person before the account may go on (protocol page §2.4). */
  async personNeeded(reason: string): Promise<void> {
    await this.#parts.health.apply({ event: 'person-needed', reason })
  }

  /** A message that fits several jobs equally well is nobody's until an operator says so. */
  async ambiguous(message: BotMessage, ids: JobId[]): Promise<void> {
    const { log } = this.#parts
    log.warn({ messageId: message.id, type: message.type, ids }, 'message fits several jobs')
    if (message.type === 'result') await this.#orphan(message)
  }

  async #finished(job: HeldJob, result: JobResult): Promise<void> {
    const { custody, health } = this.#parts
    await custody.finish(job, result)
    await health.answered()
    await this.#queueMoved(job)
  }

  /** Words end a job that was to bring nothing else. */
  async #said(job: HeldJob, message: BotMessage & { type: 'reply' }): Promise<void> {
    const { request } = job
    const onlyWords = request.kind === 'action' && describeAction(request.customId).answer === 'text'
    if (onlyWords) return this.#finished(job, wordsResult(message, message.text))
    await this.#parts.custody.learnt(job, { track: { progressId: message.id } })
  }

  /** The bot has taken up what it had queued, or something has ended: is its queue clear now? */
  async #queueMoved(moved: HeldJob): Promise<void> {
    const { inFlight, health } = this.#parts
    const stillQueued = inFlight
      .started()
      .some(
        ({ id, state, track }) => id !== moved.id && state !== 'running' && track.botQueuedAt !== undefined,
      )
    if (!stillQueued) await health.botIdle()
  }

  async #notice(job: HeldJob, message: BotMessage & { type: 'notice' }): Promise<void> {
    const { custody, clock, health } = this.#parts
    const { news, title, description } = message
    const code = asErrorCode(news?.code ?? '', 'upstream-failed')
    const words = description || title
    const notice = (final: boolean): Notice => {
      return { id: message.id, title: title || words, text: words, at: clock.now(), final }
    }
    await this.#parts.news.apply(message)
    switch (news?.job ?? 'none') {
      case 'wait':
        // A reading of the channel may show it again: its first sight counts.
        return custody.learnt(job, {
          track: { botQueuedAt: job.track.botQueuedAt ?? clock.now() },
          notice: notice(false),
        })
      case 'requeue':
        // Where relaxed work goes on, this job insists on hours that are not there.
        if (news?.account.effect === 'exhausted' && this.#parts.fellBack()) {
          return custody.fail(job, code, words, notice(true))
        }
        return custody.giveBack(job, words, 'job-returned')
      case 'retry-once':
        await health.trouble(words)
        if (job.attempts < mostAttempts) {
          this.#parts.onRetry(job.id)
          return custody.sendAgain(job, words)
        }
        return custody.fail(job, code, words, notice(true))
      case 'fail':
        if (code === 'banned-prompt' || code === 'moderated') {
          await this.#parts.store.countRefusal(job.account, job.token)
        }
        return custody.fail(job, code, words, notice(true))
      case 'none':
        return custody.learnt(job, { notice: notice(false) })
    }
  }
}
