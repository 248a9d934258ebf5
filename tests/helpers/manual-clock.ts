import type { Clock } from '../../src/clock.ts'

/** A clock that stands still until `advance` moves it; sleepers whose time has come wake in order. */
export class ManualClock implements Clock {
  #now: number
  #sleepers: { at: number; wake: () => void }[] = []

  constructor(startMs = 1_800_000_000_000) {
    this.#now = startMs
  }

  now(): number {
    return this.#now
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== entry)
        reject(signal?.reason)
      }
      const entry = {
        at: this.#now + ms,
        wake: () => {
          signal?.removeEventListener('abort', abort)
          resolve()
        },
      }
      signal?.addEventListener('abort', abort, { once: true })
      this.#sleepers.push(entry)
    })
  }

  /** How many sleepers wait: lets a test wait until the code under test has gone to sleep. */
  get sleeping(): number {
    return this.#sleepers.length
  }

  /** Moves time on by `ms` and wakes all whose time has come. */
  advance(ms: number): void {
    this.#now += ms
    const due = this.#sleepers.filter((sleeper) => sleeper.at <= this.#now).sort((a, b) => a.at - b.at)
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.at > this.#now)
    for (const sleeper of due) sleeper.wake()
  }
}
