const discordEpoch = 1_420_070_400_000n

/** Ids as Discord makes them: milliseconds since 2015 above 22 bits of counting; each higher than the last (protocol page §3.1). */
export function createSnowflakes(now: () => number): () => string {
  let lastMs = 0
  let count = 0
  return () => {
    const ms = Math.max(now(), lastMs)
    count = ms === lastMs ? count + 1 : 0
    lastMs = ms
    return (((BigInt(ms) - discordEpoch) << 22n) | BigInt(count)).toString()
  }
}

/** Whether `a` was made before `b`. Ids are decimal strings of growing length. */
export function isOlder(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length
}
