import { expect, test } from 'vitest'
import { waitBeforeSending } from '../../../src/accounts/pacing.ts'

test.for([
  {
    name: 'sends the first at once',
    lastSentAt: Number.NEGATIVE_INFINITY,
    quietUntil: 0,
    random: 0.5,
    wait: 0,
  },
  { name: 'keeps the interval', lastSentAt: 9_000, quietUntil: 0, random: 0, wait: 200 },
  { name: 'adds up to a quarter at random', lastSentAt: 9_000, quietUntil: 0, random: 0.999, wait: 499.7 },
  { name: 'sends at once after a pause', lastSentAt: 1_000, quietUntil: 0, random: 0.999, wait: 0 },
  { name: 'keeps quiet as long as Discord asked', lastSentAt: 0, quietUntil: 15_000, random: 0, wait: 5_000 },
])('$name', ({ wait, random, ...state }) => {
  expect(waitBeforeSending(state, { now: 10_000, minIntervalMs: 1_200, random })).toBeCloseTo(wait, 5)
})
