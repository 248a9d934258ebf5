import type { Clock } from '../clock.ts'
import type { BotMessage } from '../midjourney/parse/message.ts'
import { uuidOf } from './correlation.ts'

/** A job that nothing was heard of for so long (ms) has surely ended. */
const forgottenAfterMs = { fast: 10 * 60_000, relax: 60 * 60_000 }

/** Its message goes shortly before or after its picture comes (ms); the slot is free with the picture. */
const pictureWithinMs = 15_000

interface ForeignJob {
  uuid: string | null
  /** When its message went. */
  removedAt: number | null
  heardAt: number
  relaxed: boolean
}

/**
 * The jobs that the account's owner runs by hand, or with another tool, in the account's own channel: they take up slots
 * that we must not count on. Known by the message that shows their progress.
 */
export class ForeignJobs {
  readonly #clock: Clock
  readonly #jobs = new Map<string, ForeignJob>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How many of them run or wait in the bot's queue. */
  get count(): number {
    const now = this.#clock.now()
    for (const [id, { heardAt, removedAt, relaxed }] of this.#jobs) {
      const forgotten = now - heardAt > forgottenAfterMs[relaxed ? 'relax' : 'fast']
      const over = removedAt !== null && now - removedAt > pictureWithinMs
      if (forgotten || over) this.#jobs.delete(id)
    }
    return this.#jobs.size
  }

  /** A message of the bot to the account's user that is about no job of ours. Whether it began a job. */
  heard(message: BotMessage): boolean {
    const uuid = uuidOf(message)
    switch (message.type) {
      case 'waiting':
      case 'animating':
      case 'progress': {
        const known = this.#jobs.has(message.id)
        const relaxed = message.type === 'progress' && message.mode === 'relax'
        this.#jobs.set(message.id, { uuid, heardAt: this.#clock.now(), removedAt: null, relaxed })
        return !known
      }
      case 'result':
      case 'stopped':
      case 'notice':
        this.#ended(message, uuid)
        return false
      default:
        return false
    }
  }

  /** The message is gone: the job ends about now. */
  removed(messageId: string): void {
    const job = this.#jobs.get(messageId)
    if (job) job.removedAt ??= this.#clock.now()
  }

  /** A final names its progress message, or the same uuid; the older form names neither, and then its removal tells. */
  #ended({ id, referenceId }: BotMessage, uuid: string | null): void {
    this.#jobs.delete(id)
    if (referenceId !== null) this.#jobs.delete(referenceId)
    for (const [progressId, job] of this.#jobs) {
      if (uuid !== null && job.uuid === uuid) this.#jobs.delete(progressId)
    }
  }
}
