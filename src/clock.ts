import { setTimeout as delay } from 'node:timers/promises'

/** The only source of time: parts receive one as an argument, so that a test can move it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Resolves after `ms` milliseconds of this clock; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The machine's own clock. */
export const systemClock: Clock = createClock()

/**
 * A clock that starts at the present moment and runs `speed` times as fast as the machine's. Used where a test or
 * a benchmark wants minutes of waiting to pass in seconds against real sockets.
 */
export function createClock(speed = 1): Clock {
  const startedAt = Date.now()
  return {
    now: speed === 1 ? Date.now : () => startedAt + (Date.now() - startedAt) * speed,
    async sleep(ms, signal) {
      try {
        await delay(Math.max(0, ms / speed), undefined, signal ? { signal } : {})
      } catch (error) {
        throw signal?.aborted ? signal.reason : error
      }
    },
  }
}
