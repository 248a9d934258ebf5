import { expect, test } from 'vitest'
import { retryWait, retryWaits } from '../../../src/webhooks/schedule.ts'

const middle = () => 0.5

test('tries for a day', () => {
  const hours = retryWaits.reduce((sum, wait) => sum + wait, 0) / 3_600_000
  expect(hours).toBeGreaterThan(24)
  expect(hours).toBeLessThan(28)
})

test.each([
  ['no answer', { status: null }, 1, 5_000],
  ['a fault of the receiver', { status: 503 }, 2, 30_000],
  ['the last attempt', { status: 500 }, 12, null],
  ['a refusal, at first', { status: 422 }, 4, 300_000],
  ['a refusal that stays', { status: 422 }, 5, null],
  ['a longer wait that the receiver asks for', { status: 429, askedMs: 60_000 }, 1, 60_000],
  ['a shorter wait that the receiver asks for', { status: 429, askedMs: 1 }, 2, 30_000],
  ['a wait beyond all measure', { status: 503, askedMs: 1e12 }, 1, 3_600_000],
])('waits after %s', (_, failure, attempt, expected) => {
  expect(retryWait(attempt, { ...failure, random: middle })).toBe(expected)
})

test('spreads retries by a fifth either way', () => {
  expect(retryWait(3, { status: 500, random: () => 0 })).toBe(96_000)
  expect(retryWait(3, { status: 500, random: () => 1 })).toBe(144_000)
})
