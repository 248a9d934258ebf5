import { expect, test } from 'vitest'
import { type JobState, jobStates } from '../../../src/jobs/job.ts'
import { type JobEventName, nextState, transitions } from '../../../src/jobs/transitions.ts'

const events = Object.keys(transitions) as JobEventName[]
const terminal: JobState[] = ['done', 'failed', 'cancelled']

test('lets nothing move a job that has ended', () => {
  for (const state of terminal) for (const event of events) expect(nextState(state, event)).toBeNull()
})

test('can end a job from every state that is not terminal', () => {
  for (const state of jobStates.filter((state) => !terminal.includes(state))) {
    expect(nextState(state, 'job-failed')).toBe('failed')
  }
})

test.for<[JobState, JobEventName, JobState | null]>([
  ['queued', 'job-assigned', 'assigned'],
  ['assigned', 'send-started', 'sending'],
  ['queued', 'send-started', null],
  ['sending', 'send-started', null],
  ['sending', 'send-accepted', 'sent'],
  ['running', 'send-accepted', null],
  ['sending', 'progress-reported', 'running'],
  ['assigned', 'progress-reported', 'running'],
  ['sending', 'unsent-returned', null],
  ['running', 'ids-learnt', 'running'],
  ['unconfirmed', 'send-postponed', 'assigned'],
  ['running', 'job-returned', 'queued'],
  ['running', 'job-cancelled', null],
])('%s, %s: %s', ([state, event, next]) => {
  expect(nextState(state, event)).toBe(next)
})
