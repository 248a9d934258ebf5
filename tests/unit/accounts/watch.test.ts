import { expect, test } from 'vitest'
import { noFacts, type WatchFacts, watch } from '../../../src/accounts/watch.ts'
import type { AccountId, JobId } from '../../../src/ids.ts'
import type { HeldJob } from '../../../src/jobs/job.ts'

const sendingAt = 1_800_000_000_000
const limits = { lookForMs: 30_000, removedGraceMs: 15_000, drawWithinMs: 300_000 }

const job = (state: HeldJob['state'], over: Partial<HeldJob> = {}): HeldJob => ({
  id: 'a' as JobId,
  token: null,
  root: 'a' as JobId,
  request: { kind: 'imagine', prompt: 'a fox' },
  lane: 'fast',
  charge: 1,
  queuedAt: 0,
  notices: [],
  attempts: 1,
  seed: null,
  startedAt: null,
  state,
  account: '1' as AccountId,
  track: { nonces: ['1'] },
  assignedAt: 0,
  sendingAt,
  ...over,
})
const known = { track: { nonces: ['1'], progressId: '5' } }

test.for<[string, HeldJob, Partial<WatchFacts>, number, object]>([
  ['leaves a job alone that was not sent', job('assigned'), {}, 1e9, { do: 'nothing' }],
  ['leaves a running job alone until its deadline', job('running', known), {}, 299, { do: 'nothing' }],
  ['reads the channel at the deadline', job('running', known), {}, 301, { do: 'look' }],
  [
    'reads it again when the last reading was before the deadline',
    job('running', known),
    { lookedAt: sendingAt + 200_000 },
    301,
    { do: 'look' },
  ],
  [
    'gives up after a reading past the deadline',
    job('running', known),
    { lookedAt: sendingAt + 300_001 },
    301,
    { do: 'fail', code: 'job-timeout' },
  ],
  ['looks for an attempt of unknown outcome after five seconds', job('unconfirmed'), {}, 5, { do: 'look' }],
  [
    'looks again every five seconds',
    job('unconfirmed'),
    { lookedAt: sendingAt + 5_000 },
    9,
    { do: 'nothing' },
  ],
  [
    'sends again only after a reading at the end of the search',
    job('unconfirmed'),
    { lookedAt: sendingAt + 25_000 },
    31,
    { do: 'look' },
  ],
  [
    'sends again when the channel shows nothing of it',
    job('unconfirmed'),
    { lookedAt: sendingAt + 30_001 },
    31,
    { do: 'send-again' },
  ],
  [
    'gives up on attempts of unknown outcome in the end',
    job('unconfirmed', { attempts: 3 }),
    { lookedAt: sendingAt + 30_001 },
    31,
    { do: 'fail', code: 'upstream-failed' },
  ],
  [
    'never sends again what has a progress message',
    job('unconfirmed', known),
    { lookedAt: sendingAt + 60_000 },
    61,
    { do: 'nothing' },
  ],
  [
    'waits for the bot that acknowledged',
    job('sent', { track: { nonces: ['1'], acknowledged: true } }),
    { lookedAt: sendingAt + 90_000 },
    100,
    { do: 'nothing' },
  ],
  [
    'waits after INTERACTION_FAILURE, because the job may come all the same',
    job('sent'),
    { unansweredAt: sendingAt + 3_000 },
    20,
    { do: 'nothing' },
  ],
  ['then reads the channel', job('sent'), { unansweredAt: sendingAt + 3_000 }, 34, { do: 'look' }],
  [
    'then sends again',
    job('sent'),
    { unansweredAt: sendingAt + 3_000, lookedAt: sendingAt + 33_500 },
    34,
    { do: 'send-again' },
  ],
  [
    'but not for ever',
    job('sent', { attempts: 3 }),
    { unansweredAt: sendingAt + 3_000, lookedAt: sendingAt + 33_500 },
    34,
    { do: 'fail', code: 'upstream-failed' },
  ],
  [
    'leaves a job alone that waits in the bot’s queue',
    job('sent', { track: { nonces: ['1'], botQueuedAt: sendingAt + 1000 } }),
    { lookedAt: sendingAt + 200_000 },
    200,
    { do: 'nothing' },
  ],
  [
    'gives a final time to follow the removal of its progress message',
    job('running', known),
    { removedAt: sendingAt + 10_000 },
    20,
    { do: 'nothing' },
  ],
  ['then reads', job('running', known), { removedAt: sendingAt + 10_000 }, 26, { do: 'look' }],
  [
    'then calls it moderated',
    job('running', known),
    { removedAt: sendingAt + 10_000, lookedAt: sendingAt + 25_500 },
    26,
    { do: 'fail', code: 'moderated' },
  ],
])('%s', ([, held, facts, afterSeconds, decision]) => {
  expect(watch(held, { ...noFacts, ...facts }, limits, sendingAt + afterSeconds * 1000)).toEqual(decision)
})
