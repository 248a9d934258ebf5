/** Discord's epoch, the first moment of 2015 (protocol page §3.1). */
export const discordEpochMs = 1_420_070_400_000

const decimal = /^\d{1,20}$/

/** The id as Discord writes it: a decimal string that fits 64 bits. */
export const isSnowflake = (value: unknown): value is string =>
  typeof value === 'string' && decimal.test(value)

/** When the id was made, in Unix milliseconds; NaN for what is no snowflake. */
export function snowflakeTime(id: string): number {
  return isSnowflake(id) ? Number(BigInt(id) >> 22n) + discordEpochMs : Number.NaN
}

/** The lowest id of a moment: what `after` needs to read a channel from there. */
export const snowflakeAt = (unixMs: number): string =>
  String(BigInt(Math.max(0, Math.trunc(unixMs - discordEpochMs))) << 22n)

/** Whether `a` was made after `b`. Snowflakes grow with time; as decimal strings the longer one is the newer. */
export const isNewer = (a: string, b: string): boolean =>
  a.length > b.length || (a.length === b.length && a > b)
