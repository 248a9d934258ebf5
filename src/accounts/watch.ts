import type { HeldJob } from '../jobs/job.ts'
import { describeAction } from '../midjourney/actions.ts'

/** What is remembered of a sent job beside what Redis keeps; all times in ms. */
export interface WatchFacts {
  /** When the channel was last read for it. */
  lookedAt: number | null
  /** When its progress message was removed. */
  removedAt: number | null
  /** When Discord said that the bot did not answer the interaction (INTERACTION_FAILURE). */
  unansweredAt: number | null
}

export interface WatchLimits {
  lookForMs: number
  removedGraceMs: number
  drawWithinMs: number
}

export type WatchDecision =
  | { do: 'nothing' }
  /** Read the channel: what is missing may stand there. */
  | { do: 'look' }
  /** The channel shows nothing of it: send it again. */
  | { do: 'send-again' }
  | { do: 'fail'; code: 'moderated' | 'job-timeout' | 'upstream-failed' }

export const noFacts: WatchFacts = {
  lookedAt: null,
  removedAt: null,
  unansweredAt: null,
}

/** Discord reports an unanswered interaction after about 3 s; silence for this long means that the report was missed. */
const acknowledgeWithinMs = 15_000
/** Between two readings of the channel for one job. */
const lookEveryMs = 5_000
/** A job that the bot never answered is sent at most this often. */
const mostAttempts = 3

/**
 * What to do about a sent job that nothing is heard of. Before anything is given up or sent again, the channel is read once
 * after the time in which an answer may still come has passed (protocol page §2.7, §3.5, §5).
 */
export function watch(job: HeldJob, facts: WatchFacts, limits: WatchLimits, now: number): WatchDecision {
  if (job.state === 'assigned' || job.sendingAt === null) return { do: 'nothing' }
  const { progressId, interactionId, botQueuedAt } = job.track
  const acknowledged = job.track.acknowledged && !waitsForDialog(job)

  if (facts.removedAt !== null) {
    const moderated = { do: 'fail', code: 'moderated' } as const
    return lookThen(moderated, facts.removedAt + limits.removedGraceMs, facts, now)
  }
  const unseen = progressId === undefined && botQueuedAt === undefined
  if (unseen && job.state === 'unconfirmed' && interactionId === undefined) {
    const again = lookThen(nextAttempt(job), job.sendingAt + limits.lookForMs, facts, now)
    if (again.do === 'nothing' && lookIsDue(facts, job.sendingAt, now)) return { do: 'look' }
    return again
  }
  if (unseen && !acknowledged) {
    const silentSince = facts.unansweredAt ?? job.sendingAt + acknowledgeWithinMs
    const decision = lookThen(nextAttempt(job), silentSince + limits.lookForMs, facts, now)
    if (decision.do !== 'nothing') return decision
  }
  const startedAt = Math.max(job.sendingAt, botQueuedAt ?? 0)
  return lookThen({ do: 'fail', code: 'job-timeout' }, startedAt + limits.drawWithinMs, facts, now)
}

/** Its dialog was never seen: without an answer to it the bot draws nothing, however well it took the click. */
const waitsForDialog = ({ request, track }: HeldJob): boolean =>
  request.kind === 'action' &&
  !track.answered &&
  track.dialogAt === undefined &&
  describeAction(request.customId).opensModal?.when === 'always'

const nextAttempt = ({ attempts }: HeldJob): WatchDecision =>
  attempts < mostAttempts ? { do: 'send-again' } : { do: 'fail', code: 'upstream-failed' }

/** `decision` once `dueAt` has passed and the channel was read after it. */
function lookThen(decision: WatchDecision, dueAt: number, facts: WatchFacts, now: number): WatchDecision {
  if (now < dueAt) return { do: 'nothing' }
  return facts.lookedAt !== null && facts.lookedAt >= dueAt ? decision : { do: 'look' }
}

const lookIsDue = ({ lookedAt }: WatchFacts, sendingAt: number, now: number): boolean =>
  now >= Math.max(lookedAt ?? 0, sendingAt) + lookEveryMs
