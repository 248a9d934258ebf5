const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** Waits (ms) between the attempts of one message, before jitter: twelve attempts over a day and a little more. */
export const retryWaits: readonly number[] = [
  5 * second,
  30 * second,
  2 * minute,
  5 * minute,
  15 * minute,
  30 * minute,
  hour,
  2 * hour,
  4 * hour,
  6 * hour,
  11 * hour,
]

/** Answers that speak of the message rather than of the receiver's health: it is not tried for a day. */
const refusals = new Set([400, 405, 413, 415, 422, 501])
const attemptsAtRefusal = 5

/**
 * How long (ms) to wait after attempt number `attempt`, the first being 1, failed with `status` (null: there was no
 * answer); null to give up. `random` gives 0 to 1: up to a fifth is added or taken, so that what failed together
 * does not come back together. A receiver's own Retry-After (`askedMs`) lengthens the wait, up to an hour.
 */
export function retryWait(
  attempt: number,
  { status, askedMs = 0, random }: { status: number | null; askedMs?: number; random: () => number },
): number | null {
  if (status !== null && refusals.has(status) && attempt >= attemptsAtRefusal) return null
  const wait = retryWaits[attempt - 1]
  if (wait === undefined) return null
  return Math.max(Math.round(wait * (0.8 + 0.4 * random())), Math.min(askedMs, hour))
}
