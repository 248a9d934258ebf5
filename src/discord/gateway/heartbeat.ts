import type { Clock } from '../../clock.ts'

interface HeartbeatOptions {
  intervalMs: number
  /** In [0, 1): the first beat comes after this share of the interval. */
  random: number
  clock: Clock
  beat: () => void
  /** A beat was not acknowledged before the next one was due: the connection is a zombie. */
  onSilence: () => void
}

/** Beats for one connection until stopped (protocol page §2.2). */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  readonly #stopping = new AbortController()
  #acknowledged = true

  constructor(options: HeartbeatOptions) {
    this.#options = options
    void this.#run(this.#stopping.signal)
  }

  acknowledge(): void {
    this.#acknowledged = true
  }

  stop(): void {
    this.#stopping.abort(new Error('heartbeat stopped'))
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { intervalMs, random, clock, beat, onSilence } = this.#options
    let waitMs = intervalMs * random
    for (;;) {
      try {
        await clock.sleep(waitMs, signal)
      } catch (error) {
        if (signal.aborted) return
        throw error
      }
      if (!this.#acknowledged) return onSilence()
      this.#acknowledged = false
      beat()
      waitMs = intervalMs
    }
  }
}
