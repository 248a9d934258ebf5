import { expect, test } from 'vitest'
import { type Health, type HealthEvent, initialHealth, nextHealth } from '../../../src/accounts/health.ts'

const ready: Health = { state: 'ready', reason: '' }
const cooling: Health = { state: 'cooling', reason: 'Slow Down!', until: 5_000 }
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
    { event: 'cool-down-asked', reason: 'Slow Down!', forMs: 4_000 },
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
    { state: 'connecting' },
  ],
  ['opens when that job was answered', halfOpen, { event: 'job-answered' }, 0, ready],
  ['is not shut by one error', ready, { event: 'trouble-seen', reason: '502', count: 1 }, 0, ready],
  [
    'cools after several',
    ready,
    { event: 'trouble-seen', reason: '502', count: 4 },
    0,
    { state: 'cooling', until: 60_000 },
  ],
  ['parks without fast hours', ready, { event: 'hours-exhausted', reason: 'r' }, 0, why('exhausted')],
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
