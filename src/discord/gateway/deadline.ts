import type { Clock } from '../../clock.ts'

/** Waits for one answer at a time: what does not come in time is told to `onMissed`, unless another wait or `met` came first. */
export class Deadline {
  readonly #clock: Clock
  readonly #withinMs: number
  readonly #onMissed: (answer: string) => void
  #waiting: AbortController | null = null

  constructor(clock: Clock, withinMs: number, onMissed: (answer: string) => void) {
    this.#clock = clock
    this.#withinMs = withinMs
    this.#onMissed = onMissed
  }

  expect(answer: string): void {
    this.met()
    const waiting = new AbortController()
    this.#waiting = waiting
    this.#clock.sleep(this.#withinMs, waiting.signal).then(
      () => {
        if (!waiting.signal.aborted) this.#onMissed(answer)
      },
      () => {},
    )
  }

  met(): void {
    this.#waiting?.abort(new Error('answered'))
    this.#waiting = null
  }
}
