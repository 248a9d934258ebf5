import type { Clock } from '../clock.ts'
import type { HeldJob } from '../jobs/job.ts'
import { drawWithin, type Limits } from '../jobs/policy.ts'
import type { Custody } from './custody.ts'
import type { HealthKeeper } from './health-keeper.ts'
import type { InFlight } from './in-flight.ts'
import { type WatchDecision, watch } from './watch.ts'
import type { WatchBook } from './watch-book.ts'

interface WatchmanParts {
  inFlight: InFlight
  custody: Custody
  health: HealthKeeper
  watchBook: WatchBook
  /** Reads the channel back for everything in flight. */
  look: () => Promise<unknown>
  limits: Limits
  tuning: { lookForMs: number; removedGraceMs: number }
  clock: Clock
}

const failureWords = {
  moderated: 'Midjourney removed the picture.',
  'job-timeout': 'The bot did not finish in time.',
  'upstream-failed': 'The bot did not answer.',
} as const

/** Sees to sent jobs that nothing is heard of: looks in the channel, sends again, or gives up. */
export class Watchman {
  readonly #parts: WatchmanParts

  constructor(parts: WatchmanParts) {
    this.#parts = parts
  }

  /** One round over the jobs that were sent. One reading of the channel serves them all. */
  async round(): Promise<void> {
    const { inFlight, look } = this.#parts
    const due = inFlight.started().filter((job) => this.#decide(job).do !== 'nothing')
    if (due.some((job) => this.#decide(job).do === 'look')) await look()
    for (const { id } of due) {
      const job = inFlight.get(id)
      if (job) await this.#act(job, this.#decide(job))
    }
  }

  #decide(job: HeldJob): WatchDecision {
    const { limits, tuning, watchBook, clock } = this.#parts
    const drawWithinMs = drawWithin(limits, job.request, job.lane)
    return watch(job, watchBook.of(job.id), { ...tuning, drawWithinMs }, clock.now())
  }

  async #act(job: HeldJob, decision: WatchDecision): Promise<void> {
    const { custody, health, watchBook } = this.#parts
    if (decision.do === 'send-again') {
      watchBook.forget(job.id)
      this.#parts.inFlight.gaveUp(job.id)
      await custody.sendAgain(job, 'the channel shows nothing of it')
    }
    if (decision.do === 'fail') {
      await custody.fail(job, decision.code, failureWords[decision.code])
      if (decision.code === 'job-timeout') await health.trouble('a job did not finish in time')
    }
  }
}
