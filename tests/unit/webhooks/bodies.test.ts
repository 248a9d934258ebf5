import { expect, test } from 'vitest'
import type { AccountId, JobId, TokenId } from '../../../src/ids.ts'
import type { Job } from '../../../src/jobs/job.ts'
import { asOf } from '../../../src/webhooks/as-of.ts'
import { eventTypeOf, type JobEvent, passes } from '../../../src/webhooks/events.ts'
import { renderNative } from '../../../src/webhooks/native.ts'
import { someResult } from '../../helpers/scheduler.ts'

const at = Date.UTC(2026, 0, 1)
const done: Job & { state: 'done' } = {
  id: 'job-1' as JobId,
  token: 'token-1' as TokenId,
  root: 'job-1' as JobId,
  request: { kind: 'imagine', prompt: 'a fox' },
  lane: 'fast',
  charge: 1,
  queuedAt: at,
  notices: [{ id: 'n', title: 'late', text: '', at: at + 50_000, final: false }],
  attempts: 1,
  seed: null,
  startedAt: at + 3_000,
  callback: { state: 'mine' },
  state: 'done',
  account: 'account-1' as AccountId,
  track: { nonces: ['1'], percent: 93, previewUrl: 'https://cdn.example/93.png' },
  result: someResult(),
  finishedAt: at + 60_000,
  takenAt: at + 1_000,
  sentAt: at + 2_000,
}
const event = (type: JobEvent['type'], data = ''): JobEvent => ({
  id: '1-1',
  type,
  job: done.id,
  at: at + 10_000,
  data,
})
const question = { dialog: 'remix', title: 'Remix', fields: [], askedAt: at, until: at + 1 } as const

test.each([
  ['job.queued', '', { state: 'queued', account: null }],
  ['job.assigned', 'account-0', { state: 'assigned', account: 'account-0', assignedAt: at + 10_000 }],
  ['job.sent', '', { state: 'sent', account: 'account-1', assignedAt: at + 1_000, sendingAt: at + 2_000 }],
  ['job.progress', '{"percent":31}', { state: 'running', track: { nonces: ['1'], percent: 31 } }],
  ['job.input-needed', JSON.stringify(question), { state: 'needs-input', question }],
  ['job.finished', '', { state: 'done', result: done.result }],
] as const)('tells %s late, of a job that is done by now, as it was then', (type, data, expected) => {
  const then = asOf(done, event(type, data))
  expect(then).toMatchObject(expected)
  if (type !== 'job.finished') expect(then).toMatchObject({ notices: [] })
})

test('shows the native body of each kind of event', () => {
  const body = (type: JobEvent['type'], data?: string) =>
    renderNative(asOf(done, event(type, data)), event(type, data))
  expect(body('job.progress', '{"percent":31,"previewUrl":"https://cdn.example/31.png"}')).toEqual({
    type: 'job.progress',
    timestamp: '2026-01-01T00:00:10.000Z',
    data: {
      id: 'job-1',
      root: 'job-1',
      state: 'running',
      kind: 'imagine',
      prompt: 'a fox',
      lane: 'fast',
      queuedAt: '2026-01-01T00:00:00.000Z',
      callerState: 'mine',
      percent: 31,
      previewUrl: 'https://cdn.example/31.png',
    },
  })
  expect(body('job.finished')).toMatchObject({
    type: 'job.finished',
    data: { state: 'done', finishedAt: '2026-01-01T00:01:00.000Z', result: done.result },
  })
  expect(body('job.input-needed', JSON.stringify(question))).toMatchObject({ data: { question } })
  const failure = { code: 'moderated', message: 'No.' }
  const { result: _, ...rest } = done
  expect(renderNative({ ...rest, state: 'failed', failure }, event('job.failed'))).toMatchObject({
    data: { state: 'failed', failure },
  })
})

test.each([
  ['job-queued', 'job.queued'],
  ['job-returned', 'job.queued'],
  ['batch-made', 'job.finished'],
  ['job-stopped', 'job.cancelled'],
  ['send-started', null],
  ['ids-learnt', null],
  ['toString', null],
])('tells %s as %s', (name, type) => {
  expect(eventTypeOf(name)).toBe(type)
})

test.each([
  [undefined, true],
  [[], true],
  [['job.failed', 'job.finished'], true],
  [['job.failed'], false],
])('lets the filter %j say %s to job.finished', (filter, expected) => {
  expect(passes(filter, 'job.finished')).toBe(expected)
})
