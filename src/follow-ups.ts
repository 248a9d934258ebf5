import type { Clock } from './clock.ts'
import { DrawbridgeError } from './errors.ts'
import type { JobId } from './ids.ts'
import type { JobService } from './jobs/service.ts'
import type { Log } from './log.ts'

/** How often (ms) a follow-up that a stopped node left behind is looked for. */
const sweepMs = 10_000

interface FollowUpParts {
  jobs: Pick<JobService, 'find' | 'upscaleFirst'>
  store: { followUps(): Promise<JobId[]>; followUpDone(job: JobId): Promise<void> }
  clock: Clock
  log: Log
}

/**
 * Draws the U1 that an imagine asked for. That it is owed is written with the end of the grid; submitting it may be
 * repeated, so a node that stops in between leaves it to the next.
 */
export class FollowUps {
  readonly #parts: FollowUpParts
  readonly #closing = new AbortController()
  #loop: Promise<void> = Promise.resolve()

  constructor(parts: FollowUpParts) {
    this.#parts = parts
  }

  start(): void {
    this.#loop = this.#sweep(this.#closing.signal)
  }

  async stop(): Promise<void> {
    this.#closing.abort(new Error('closing'))
    await this.#loop
  }

  /** The job has just ended. A failure is left to the next sweep. */
  submit(job: JobId): void {
    this.#submit(job).catch((error) => {
      this.#parts.log.warn({ err: error, jobId: job }, 'follow-up not submitted yet')
    })
  }

  async #submit(id: JobId): Promise<void> {
    const { jobs, store, log } = this.#parts
    const job = await jobs.find(id)
    try {
      if (job?.state === 'done') await jobs.upscaleFirst(job)
    } catch (error) {
      // A full queue clears; a token that has expired or an account that is lost does not come back.
      if (!(error instanceof DrawbridgeError) || error.code === 'queue-full') throw error
      log.warn({ jobId: id, code: error.code }, 'follow-up refused')
    }
    await store.followUpDone(id)
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const { store, clock, log } = this.#parts
    while (!signal.aborted) {
      try {
        await clock.sleep(sweepMs, signal)
        for (const job of await store.followUps()) this.submit(job)
      } catch (error) {
        if (!signal.aborted) log.error({ err: error }, 'follow-ups could not be submitted')
      }
    }
  }
}
