import { discordEpochMs } from './snowflake.ts'

const lowBits = 0x3f_ffffn

/**
 * The nonce of an interaction: a snowflake-like decimal string, unique as long as `sequence` differs within one millisecond
 * (protocol page §3.1). Only the low 22 bits of `sequence` count.
 */
export function nonceFor(unixMs: number, sequence: number): string {
  const time = BigInt(Math.max(0, Math.trunc(unixMs - discordEpochMs)))
  return String((time << 22n) | (BigInt(Math.trunc(sequence)) & lowBits))
}
