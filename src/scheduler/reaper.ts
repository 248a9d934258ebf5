import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { RedisAccountStore } from './account-store.ts'

interface ReaperParts {
  store: Pick<RedisAccountStore, 'reap'>
  everyMs: number
  clock: Clock
  log: Log
}

/** Enforces the deadline of every state. Each node runs one; the scripts see to it that a job is ended once. */
export class Reaper {
  readonly #parts: ReaperParts
  readonly #closing = new AbortController()
  #loop: Promise<void> = Promise.resolve()

  constructor(parts: ReaperParts) {
    this.#parts = parts
  }

  start(): void {
    this.#loop = this.#run(this.#closing.signal)
  }

  async stop(): Promise<void> {
    this.#closing.abort(new Error('closing'))
    await this.#loop
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { store, everyMs, clock, log } = this.#parts
    while (!signal.aborted) {
      try {
        await clock.sleep(everyMs, signal)
        const reaped = await store.reap()
        if (reaped > 0) log.info({ reaped }, 'deadlines have passed')
      } catch (error) {
        if (!signal.aborted) log.error({ err: error }, 'deadlines could not be enforced')
      }
    }
  }
}
