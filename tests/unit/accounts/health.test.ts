import { expect, test } from 'vitest'
import {
  type Condition,
  type Health,
  type HealthEvent,
  initialHealth,
  nextCondition,
  nextHealth,
} from '../../../src/accounts/health.ts'

const ready: Health = { state: 'ready', reason: '' }
const cooling: Health = {
  state: 'cooling',
  reason: 'Slow Down!',
  until: 5_000,
  cause: 'asked',
  askedBy: '100',
}
const halfOpen: Health = { state: 'half-open', reason: '' }
const why = (state: 'attention' | 'dead' | 'exhausted' | 'paused' | 'connecting'): Health => ({
  state,
  reason: 'r',
})

test.for<[string, Health, HealthEvent, number, object]>([
  ['opens when it listens', why('connecting'), { event: 'listening' }, 0, ready],
  [
    'stays shut for a person even when it listens',
    why('attention'),
    { event: 'listening' },
    0,
    why('attention'),
  ],
  [
    'takes no jobs while the listener is away',
    ready,
    { event: 'listener-lost', reason: 'r' },
    0,
    why('connecting'),
  ],
  [
    'goes on cooling while the listener is away',
    cooling,
    { event: 'listener-lost', reason: 'r' },
    0,
    cooling,
  ],
  [
    'cools until the time that was asked for',
    ready,
    { event: 'cool-down-asked', reason: 'Slow Down!', forMs: 4_000, cause: 'asked', askedBy: '100' },
    1_000,
    cooling,
  ],
  [
    'never shortens a cool-down',
    cooling,
    { event: 'cool-down-asked', reason: 'again', forMs: 100 },
    1_000,
    { state: 'cooling', reason: 'again', until: 5_000 },
  ],
  ['does not end a cool-down early', cooling, { event: 'cool-down-over', listening: true }, 4_999, cooling],
  [
    'tries one job after it',
    cooling,
    { event: 'cool-down-over', listening: true },
    5_000,
    { state: 'half-open' },
  ],
  [
    'connects after it where nobody listens',
    cooling,
    { event: 'cool-down-over', listening: false },
    5_000,
    { state: 'connecting', probe: true },
  ],
  [
    'still has to show that it works when it listens again',
    { state: 'connecting', reason: '', probe: true },
    { event: 'listening' },
    0,
    { state: 'half-open' },
  ],
  [
    'goes on after a pause that was asked for when the bot begins new work',
    cooling,
    { event: 'work-seen', id: '101' },
    2_000,
    { state: 'half-open' },
  ],
  ['but not for work that was begun before', cooling, { event: 'work-seen', id: '99' }, 2_000, cooling],
  ['nor for what it finishes', cooling, { event: 'job-answered' }, 2_000, cooling],
  [
    'goes on after errors when a job is answered',
    { state: 'cooling', reason: '502', until: 5_000, cause: 'trouble' },
    { event: 'job-answered' },
    2_000,
    { state: 'half-open' },
  ],
  ['opens when that job was answered', halfOpen, { event: 'job-answered' }, 0, ready],
  ['parks without fast hours', ready, { event: 'hours-exhausted', reason: 'r' }, 0, why('exhausted')],
  [
    'stays parked while too little is left',
    why('exhausted'),
    { event: 'hours-seen', hours: 0.1 },
    0,
    why('exhausted'),
  ],
  [
    'tries one job when fast hours are there again',
    why('exhausted'),
    { event: 'hours-seen', hours: 15 },
    0,
    { state: 'half-open' },
  ],
  [
    'comes back to life with its subscription',
    { state: 'dead', reason: 'r', cause: 'subscription' },
    { event: 'subscription-seen' },
    0,
    { state: 'half-open' },
  ],
  [
    'does not with a dead token',
    { state: 'dead', reason: 'r', cause: 'token' },
    { event: 'subscription-seen' },
    0,
    why('dead'),
  ],
  [
    'is paused by its operator',
    cooling,
    { event: 'paused-by-operator', draining: false },
    0,
    { state: 'paused' },
  ],
  [
    'does not hide behind a pause that a person is needed',
    why('attention'),
    { event: 'paused-by-operator', draining: true },
    0,
    why('attention'),
  ],
  [
    'is paused when it is drained',
    { state: 'paused', reason: 'r', draining: true },
    { event: 'drained' },
    0,
    { state: 'paused', reason: 'drained by the operator' },
  ],
  ['stops for a person', cooling, { event: 'person-needed', reason: 'r' }, 0, why('attention')],
  ['dies with its token', why('attention'), { event: 'token-refused', reason: 'r' }, 0, why('dead')],
  ['stays dead', why('dead'), { event: 'person-needed', reason: 'x' }, 0, why('dead')],
  [
    'comes back when the operator says so',
    why('attention'),
    { event: 'resumed-by-operator' },
    0,
    { state: 'connecting' },
  ],
])('%s', ([, before, event, now, after]) => {
  expect(nextHealth(before, event, now)).toMatchObject(after)
})

test.for<[string, Parameters<typeof initialHealth>[0], object]>([
  ['a new account', null, { state: 'connecting' }],
  ['one that was ready', { state: 'ready', reason: '', until: 0 }, { state: 'connecting' }],
  [
    'a cool-down that goes on',
    { state: 'cooling', reason: 'Blocked', until: 2_000 },
    { state: 'cooling', until: 2_000 },
  ],
  ['a cool-down that is over', { state: 'cooling', reason: 'Blocked', until: 500 }, { state: 'connecting' }],
  ['one that waits for a person', { state: 'attention', reason: 'verify', until: 0 }, why('attention')],
])('begins %s where it was', ([, stored, begins]) => {
  expect(
    initialHealth(stored && { ...stored, reason: stored.state === 'attention' ? 'r' : stored.reason }, 1_000),
  ).toMatchObject(begins)
})

const trouble: HealthEvent = { event: 'trouble-seen', reason: '502' }
const after = (condition: Condition, ...steps: [event: HealthEvent, at: number][]): Condition =>
  steps.reduce((now, [event, at]) => nextCondition(now, event, at), condition)

test('errors within a window cool an account, one alone opens nothing', () => {
  const healthy = { health: ready, troubles: [] }
  const [minute, window] = [60_000, 300_000]
  expect(after(healthy, [trouble, 0], [trouble, 1], [trouble, 2]).health).toBe(ready)
  expect(after(healthy, [trouble, 0], [trouble, 1], [trouble, 2], [trouble, window]).health).toBe(ready)
  const answered: HealthEvent = { event: 'job-answered' }
  expect(after(healthy, [trouble, 0], [trouble, 1], [trouble, 2], [answered, 3], [trouble, 4]).health).toBe(
    ready,
  )
  expect(after(healthy, [trouble, 0], [trouble, 1], [trouble, 2], [trouble, 3]).health).toMatchObject({
    state: 'cooling',
    until: 3 + minute,
  })
})

test('a probe that fails cools the account for twice as long', () => {
  const first = after({ health: ready, troubles: [] }, [trouble, 0], [trouble, 0], [trouble, 0], [trouble, 0])
  const over: HealthEvent = { event: 'cool-down-over', listening: true }
  const second = after(first, [over, 60_000], [trouble, 70_000])
  expect(second.health).toMatchObject({ state: 'cooling', until: 190_000 })
  const third = after(second, [over, 190_000], [trouble, 190_000])
  expect(third.health).toMatchObject({ state: 'cooling', until: 190_000 + 240_000 })
  const answered: HealthEvent = { event: 'job-answered' }
  expect(after(third, [over, 430_000], [answered, 440_000]).health).toEqual(ready)
})
