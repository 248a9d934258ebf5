/** When the account's last interaction went out and until when Discord or the bot asked it to keep quiet (ms). */
export interface PacingState {
  lastSentAt: number
  quietUntil: number
}

/** Share of the interval that is added at random, so that an account does not tick like a clock. */
const jitter = 0.25

/**
 * How long to wait before the next interaction of an account (protocol page §7: at least 1.2 s apart, one at a time, with
 * jitter). The first one after a pause goes out at once. `random` is in [0, 1).
 */
export function waitBeforeSending(
  { lastSentAt, quietUntil }: PacingState,
  { now, minIntervalMs, random }: { now: number; minIntervalMs: number; random: number },
): number {
  const spaced = lastSentAt + minIntervalMs * (1 + jitter * random)
  return Math.max(0, spaced - now, quietUntil - now)
}
