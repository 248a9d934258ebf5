import type { JobRequest, Lane } from './job.ts'

/** How long things may take and how much may pile up. Every state of a job has its deadline here. */
export interface Limits {
  /** In a queue, before the job fails. */
  queueWithinMs: number
  /** From being given to an account until Discord has taken it. */
  sendWithinMs: number
  /** From Discord's answer until the final message; then the channel is read once more, then the job fails. */
  drawWithinMs: Record<Lane, number>
  /** The same for what is answered in words. */
  describeWithinMs: number
  /** For a video: it takes longer than a picture. */
  videoWithinMs: number
  /** Until a dialog must be answered. */
  answerWithinMs: number
  /** Added to a deadline that the account's own worker watches, so that the reaper comes second. */
  graceMs: number
  /** How long a finished job can be read. */
  keptMs: number
  idempotencyKeptMs: number
  mostWaiting: number
  /** Work that costs nothing is refused when so many jobs wait: its pictures lie in Redis meanwhile. */
  mostWaitingFree: number
  mostHistory: number
  /** Whether a job that was stopped on request gives its uses back. */
  refundStopped: RefundPolicy
}

/** Time-outs as peers use them (protocol page §7). */
export const defaultLimits: Limits = {
  queueWithinMs: 24 * 3_600_000,
  sendWithinMs: 15 * 60_000,
  drawWithinMs: { fast: 5 * 60_000, turbo: 3 * 60_000, relax: 60 * 60_000 },
  describeWithinMs: 2 * 60_000,
  videoWithinMs: 10 * 60_000,
  answerWithinMs: 15 * 60_000,
  graceMs: 60_000,
  keptMs: 30 * 24 * 3_600_000,
  idempotencyKeptMs: 24 * 3_600_000,
  mostWaiting: 100_000,
  mostWaitingFree: 50,
  mostHistory: 10_000,
  refundStopped: 'unless-begun',
}

/** How long a job may take from Discord's answer to the bot's last word. */
export function drawWithin(limits: Limits, request: JobRequest, lane: Lane): number {
  if (request.kind === 'describe' || request.kind === 'shorten' || request.kind === 'show') {
    return limits.describeWithinMs
  }
  return makesVideo(request)
    ? Math.max(limits.videoWithinMs, limits.drawWithinMs[lane])
    : limits.drawWithinMs[lane]
}

const makesVideo = (request: JobRequest): boolean =>
  request.kind === 'action'
    ? /animate|video/i.test(request.customId)
    : request.kind === 'imagine' && /\s--video\b/.test(request.prompt)

/** When a job that was stopped on request gives its uses back. */
export const refundPolicies = ['always', 'unless-begun', 'never'] as const
export type RefundPolicy = (typeof refundPolicies)[number]

/** What becomes of the use of a job that the bot has stopped for its caller; a percentage says that it was drawing. */
export function refunds(policy: RefundPolicy, { percent = 0 }: { percent?: number }): boolean {
  return policy === 'always' || (policy === 'unless-begun' && percent === 0)
}
