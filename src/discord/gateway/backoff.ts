const firstMs = 1_000
const longestMs = 60_000
/** A session that has stood this long (ms) starts the count anew. */
export const stableMs = 60_000

/** How long (ms) to wait before attempt `attempt` (0 is the first after a loss): doubling from 1 s to 60 s, half of it random. */
export function backoffMs(attempt: number, random: number): number {
  const ceiling = Math.min(firstMs * 2 ** attempt, longestMs)
  return ceiling / 2 + (ceiling / 2) * random
}
