import type { Clock } from '../clock.ts'
import type { JobId } from '../ids.ts'
import { noFacts, type WatchFacts } from './watch.ts'

/** What is remembered of each sent job while this node holds it; a node that takes over starts with none of it. */
export class WatchBook {
  readonly #clock: Clock
  readonly #facts = new Map<JobId, WatchFacts>()

  constructor({ clock }: { clock: Clock }) {
    this.#clock = clock
  }

  of(job: JobId): WatchFacts {
    return this.#facts.get(job) ?? noFacts
  }

  /** The channel was read for these jobs, beginning at `readAt` (ms). */
  looked(jobs: JobId[], readAt: number): void {
    for (const job of jobs) this.#note(job, { lookedAt: readAt })
  }

  removed(job: JobId): void {
    if (this.of(job).removedAt === null) this.#note(job, { removedAt: this.#clock.now() })
  }

  unanswered(job: JobId): void {
    this.#note(job, { unansweredAt: this.#clock.now() })
  }

  /** A new attempt begins, or the job has left. */
  forget(job: JobId): void {
    this.#facts.delete(job)
  }

  #note(job: JobId, fact: Partial<WatchFacts>): void {
    this.#facts.set(job, { ...this.of(job), ...fact })
  }
}
