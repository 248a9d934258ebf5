import type { Lane } from '../jobs/job.ts'
import type { AccountInfo } from '../midjourney/parse/info.ts'
import { planLimits } from '../midjourney/plans.ts'
import type { AccountFacts } from './pool.ts'

export function factsFrom(info: AccountInfo, now: number): AccountFacts {
  const { subscription, fastTimeRemaining, mode, visibility, running, queued } = info
  return {
    at: now,
    plan: subscription?.plan ?? null,
    subscription: subscription?.text ?? null,
    subscriptionState: subscription?.state ?? null,
    renewsAt: subscription?.renewsAtMs ?? null,
    fastHours: fastTimeRemaining?.hours ?? null,
    fastHoursQuota: fastTimeRemaining?.quotaHours ?? null,
    mode,
    visibility,
    running: running?.count ?? null,
    queuedFast: queued.fast,
    queuedRelax: queued.relax,
  }
}

/** Whether the plan draws relaxed at all; a plan that nobody knows of is given the chance. */
export const drawsRelaxed = (facts: AccountFacts | null): boolean =>
  facts?.plan == null || planLimits[facts.plan].relax > 0

/** Jobs at a time that the plan allows in these lanes; null when it does not say, or allows none. */
export function slotsOfPlan(facts: AccountFacts | null, lanes: readonly Lane[]): number | null {
  if (facts?.plan == null) return null
  const limits = planLimits[facts.plan]
  const slots = Math.max(...lanes.map((lane) => (lane === 'relax' ? limits.relax : limits.fast)))
  return slots > 0 ? slots : null
}

/** Relaxed jobs at a time of an account that draws in other modes too, where its plan allows fewer of them; 0 for no limit. */
export function relaxSlotsOfPlan(facts: AccountFacts | null, lanes: readonly Lane[], slots: number): number {
  if (facts?.plan == null || lanes.length < 2 || !lanes.includes('relax')) return 0
  const { relax } = planLimits[facts.plan]
  return relax < slots ? relax : 0
}

/** How often (ms) the bot is asked for /info; 0 for never. */
export interface InfoRhythm {
  everyMs: number
  /** While the account is out of fast hours. */
  exhaustedEveryMs: number
}

/** When /info is due, by what was learnt last: at once when nothing was, and soon after the hours are renewed. */
export function infoDueAt(facts: AccountFacts | null, exhausted: boolean, rhythm: InfoRhythm): number {
  if (rhythm.everyMs === 0) return Number.POSITIVE_INFINITY
  if (!facts) return 0
  if (!exhausted) return facts.at + rhythm.everyMs
  const regular = facts.at + Math.min(rhythm.everyMs, rhythm.exhaustedEveryMs)
  const renewed = facts.renewsAt === null ? regular : facts.renewsAt + afterRenewalMs
  return renewed > facts.at ? Math.min(regular, renewed) : regular
}

/** Midjourney's clock and ours need not agree to the minute. */
const afterRenewalMs = 60_000
