import type { JobKind, Lane } from './job.ts'

/** How long things may take and how much may pile up. Every state of a job has its deadline here. */
export interface Limits {
  /** In a queue, before the job fails. */
  queueWithinMs: number
  /** From being given to an account until Discord has taken it. */
  sendWithinMs: number
  /** From Discord's answer until the final message; then the channel is read once more, then the job fails. */
  drawWithinMs: Record<Lane, number>
  describeWithinMs: number
  /** Added to a deadline that the account's own worker watches, so that the reaper comes second. */
  graceMs: number
  /** How long a finished job can be read. */
  keptMs: number
  idempotencyKeptMs: number
  mostWaiting: number
  /** Work that costs nothing is refused when so many jobs wait: its pictures lie in Redis meanwhile. */
  mostWaitingFree: number
  mostHistory: number
}

/** Time-outs as peers use them (protocol page §7). */
export const defaultLimits: Limits = {
  queueWithinMs: 24 * 3_600_000,
  sendWithinMs: 15 * 60_000,
  drawWithinMs: { fast: 5 * 60_000, turbo: 3 * 60_000, relax: 60 * 60_000 },
  describeWithinMs: 2 * 60_000,
  graceMs: 60_000,
  keptMs: 30 * 24 * 3_600_000,
  idempotencyKeptMs: 24 * 3_600_000,
  mostWaiting: 100_000,
  mostWaitingFree: 50,
  mostHistory: 10_000,
}

/** How long a job of this kind may take from Discord's answer to the bot's last word. */
export const drawWithin = (limits: Limits, kind: JobKind, lane: Lane): number =>
  kind === 'describe' ? limits.describeWithinMs : limits.drawWithinMs[lane]
