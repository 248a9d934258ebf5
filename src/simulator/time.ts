/**
 * The bot's time. What is written on the wire (ids, timestamps, expiries) is wall-clock time, so that a client with an ordinary
 * clock can read it; what lasts is divided by `speed`.
 */
export class SimulatedTime {
  readonly speed: number
  #timers = new Set<NodeJS.Timeout>()
  #closed = false

  constructor(speed: number) {
    if (!(speed > 0)) throw new RangeError(`speed must be above zero, not ${speed}`)
    this.speed = speed
  }

  now(): number {
    return Date.now()
  }

  /** Real milliseconds for so many simulated ones. */
  real(ms: number): number {
    return ms / this.speed
  }

  /** Runs `act` after `ms` simulated milliseconds, unless the simulator closes first. Returns what cancels it. */
  after(ms: number, act: () => void): () => void {
    if (this.#closed) return () => {}
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        act()
      },
      Math.max(0, this.real(ms)),
    )
    this.#timers.add(timer)
    return () => {
      clearTimeout(timer)
      this.#timers.delete(timer)
    }
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Forgets all that was to happen. */
  close(): void {
    this.#closed = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}
