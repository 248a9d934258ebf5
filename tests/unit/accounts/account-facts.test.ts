import { expect, test } from 'vitest'
import {
  drawsRelaxed,
  factsFrom,
  infoDueAt,
  relaxSlotsOfPlan,
  slotsOfPlan,
} from '../../../src/accounts/account-facts.ts'
import type { AccountFacts } from '../../../src/accounts/pool.ts'
import type { Lane } from '../../../src/jobs/job.ts'
import { parseInfo } from '../../../src/midjourney/parse/info.ts'
import type { Plan } from '../../../src/midjourney/plans.ts'

const info = (subscription: string, more = '') =>
  factsFrom(
    parseInfo(
      'Your info - ada',
      `**Subscription**: ${subscription}\n**Job Mode**: Relaxed\n**Visibility Mode**: Stealth\n${more}`,
    ),
    1_000,
  )

const of = (plan: Plan | null): AccountFacts => ({ ...info('?'), plan })

test('keeps what /info says, and null for what it does not', () => {
  const words = 'Pro (Active yearly, renews next on <t:1722649226>)'
  const hours = '**Fast Time Remaining**: 12.40/30.0 hours (41.33%)\n**Queued Jobs (fast)**: 2'
  expect(info(words, hours)).toEqual({
    at: 1_000,
    plan: 'pro',
    subscription: words,
    subscriptionState: 'active',
    renewsAt: 1_722_649_226_000,
    fastHours: 12.4,
    fastHoursQuota: 30,
    mode: 'relax',
    visibility: 'stealth',
    running: null,
    queuedFast: 2,
    queuedRelax: null,
  })
})

test.for<[Plan | null, Lane[], number | null, number]>([
  ['basic', ['fast'], 3, 0],
  ['pro', ['fast'], 12, 0],
  ['pro', ['relax'], 3, 0],
  ['pro', ['fast', 'relax'], 12, 3],
  ['standard', ['fast', 'relax'], 3, 0],
  // It cannot draw so at all, which the bot will say in its own words.
  ['basic', ['relax'], null, 0],
  [null, ['fast'], null, 0],
])('%s in %s: %s slots, %s of their own for relaxed jobs', ([plan, lanes, slots, relaxed]) => {
  expect(slotsOfPlan(of(plan), lanes)).toBe(slots)
  expect(relaxSlotsOfPlan(of(plan), lanes, slots ?? 3)).toBe(relaxed)
})

test('a plan that nobody knows of may draw relaxed', () => {
  expect([drawsRelaxed(null), drawsRelaxed(of(null)), drawsRelaxed(of('mega'))]).toEqual([true, true, true])
  expect(drawsRelaxed(of('basic'))).toBe(false)
})

const rhythm = { everyMs: 6_000_000, exhaustedEveryMs: 1_000_000 }

test.for<[string, AccountFacts | null, boolean, number]>([
  ['at once when nothing is known', null, false, 0],
  ['on schedule', of('pro'), false, 6_001_000],
  ['sooner without hours', of('pro'), true, 1_001_000],
  ['after the renewal', { ...of('pro'), renewsAt: 500_000 }, true, 560_000],
  ['not because of a renewal that was', { ...of('pro'), renewsAt: -100_000 }, true, 1_001_000],
])('asks for /info %s', ([, facts, exhausted, due]) => {
  expect(infoDueAt(facts, exhausted, rhythm)).toBe(due)
})

test('never asks where that is switched off', () => {
  expect(infoDueAt(null, true, { ...rhythm, everyMs: 0 })).toBe(Number.POSITIVE_INFINITY)
})
