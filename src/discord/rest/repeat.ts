import type { Clock } from '../../clock.ts'
import type { RestResult } from './outcomes.ts'

/** Tries of a call that may be repeated, and the longest wait (ms) that one of them is worth. */
const mostTries = 4
export const longestWaitMs = 30_000

/** What one try came to. `waitMs` is what Discord asked for; null leaves it to the back-off. */
export type Attempt<Value> =
  | { final: RestResult<Value> }
  | { again: RestResult<Value>; waitMs: number | null }

interface RepeatOptions {
  clock: Clock
  signal: AbortSignal | undefined
  /** Told before each wait (ms). */
  onWait: (waitMs: number) => void
}

/** Tries until something is final, four times at most; then, or before a wait that is too long, the last result stands. */
export async function repeat<Value>(
  attempt: () => Promise<Attempt<Value>>,
  { clock, signal, onWait }: RepeatOptions,
): Promise<RestResult<Value>> {
  for (let tries = 1; ; tries += 1) {
    const made = await attempt()
    if ('final' in made) return made.final
    const waitMs = made.waitMs ?? 500 * 2 ** (tries - 1)
    if (waitMs > longestWaitMs || tries === mostTries) return made.again
    onWait(waitMs)
    await clock.sleep(waitMs, signal)
  }
}
