import type { QueueStatus } from './pool.ts'

/**
 * How many jobs of ours an account may have in flight: what the plan allows, less what others run on it, and no more than
 * what ran when the bot said that its queue is full.
 */
export class Capacity {
  #planned: number
  #foreign = 0
  #ceiling = Number.POSITIVE_INFINITY
  #queueStatus: QueueStatus = 'idle'

  constructor(planned: number) {
    this.#planned = planned
  }

  get slots(): number {
    return Math.max(0, Math.min(this.#planned - this.#foreign, this.#ceiling))
  }

  get foreign(): number {
    return this.#foreign
  }

  get queueStatus(): QueueStatus {
    return this.#queueStatus
  }

  planned(slots: number): void {
    this.#planned = slots
  }

  /** Jobs that somebody runs by hand on the same account. */
  foreignRunning(running: number): void {
    this.#foreign = running
  }

  botQueued(): void {
    // Fuller than full it cannot be: what ran then is still the most.
    if (this.#queueStatus === 'idle') this.#queueStatus = 'queued'
  }

  /** One is always tried: a queue that others have filled tells nobody when it has room again. */
  botFull(running: number): void {
    this.#queueStatus = 'full'
    this.#ceiling = Math.max(1, running)
  }

  botIdle(): void {
    this.#queueStatus = 'idle'
    this.#ceiling = Number.POSITIVE_INFINITY
  }
}
