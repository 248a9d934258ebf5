import { expect, test } from 'vitest'
import {
  fromCommand,
  fromHistory,
  fromLine,
  fromProgress,
} from '../../../src/http/dialects/midjourney/from-job.ts'
import { withHyphens } from '../../../src/http/dialects/midjourney/to-request.ts'
import type { AccountId, JobId } from '../../../src/ids.ts'
import type { Job, Track } from '../../../src/jobs/job.ts'

const id = '9c1f0a77b2de43c1aa05' as JobId
const account = '1103654914795765792' as AccountId

const queued = (fields: { id?: JobId; charge?: number; track?: Partial<Track> } = {}): Job => ({
  id: fields.id ?? id,
  token: null,
  root: id,
  request: { kind: 'imagine', prompt: 'red fox' },
  lane: 'fast',
  charge: fields.charge ?? 1,
  queuedAt: 0,
  notices: [],
  attempts: 0,
  seed: null,
  startedAt: null,
  track: { nonces: [], ...fields.track },
  state: 'queued',
  account,
})

const running = (percent: number | undefined, number = 0): Job => ({
  ...queued({
    id: `${id.slice(0, 19)}${number}` as JobId,
    track: percent === undefined ? {} : { percent, previewUrl: `https://p/${percent}.webp` },
  }),
  state: 'running',
  account,
  assignedAt: 0,
  sendingAt: 0,
})

const done = (messageId: string, finishedAt: number, percent?: number): Job => ({
  ...queued(percent === undefined ? {} : { track: { percent } }),
  state: 'done',
  account,
  finishedAt,
  takenAt: null,
  sentAt: null,
  result: {
    messageId,
    messageFlags: 0,
    uuid: null,
    content: '',
    prompt: 'red fox',
    url: `https://cdn/${messageId}.png`,
    filename: null,
    width: null,
    height: null,
    size: null,
    upscaled: false,
    index: null,
    buttons: [[], [{ label: '😀', customId: 'MJ::JOB::RATING::1::x' }], [{ label: 'U1', customId: 'u1' }]],
  },
})

const withNotices = (job: Job, ...at: number[]): Job => ({
  ...job,
  notices: at.map((at) => ({ id: `n${at}`, title: 'Job queued', text: '…', at, final: false })),
})

const imagesOf = (...line: [Job, ...Job[]]) => fromLine(line, account).images.map((image) => image.id)

test('images stand in the order of landing, whatever the order of asking', () => {
  expect(imagesOf(done('a', 30), withNotices(done('b', 20), 5, 25))).toEqual(['n5', 'b', 'n25', 'a'])
})

test('an image stands once, where it landed first', () => {
  expect(imagesOf(done('a', 10), done('a', 20), done('b', 15))).toEqual(['a', 'b'])
})

test('rows without buttons and rating buttons are left out', () => {
  expect(fromLine([done('a', 1)], account).images).toEqual([
    { id: 'a', url: 'https://cdn/a.png', upscaled: false, actions: [[{ label: 'U1', id: 'u1' }]] },
  ])
})

test('tasks counts what was charged', () => {
  const line: [Job, ...Job[]] = [queued(), queued({ charge: 0 }), queued({ charge: 1 })]
  expect(fromLine(line, account).tasks).toBe(2)
})

test.each<[string, Job[], number, string | null]>([
  ['no job', [], 0, null],
  ['a job that waits', [queued()], 0, null],
  ['a job that has started', [running(undefined)], 0, null],
  ['a running job', [running(31)], 0, '31'],
  ['a percentage of nothing', [running(0)], 0, '0'],
  ['the newest of two', [running(31), running(5, 1)], 0, '5'],
  ['an action after its grid', [done('a', 0, 93), running(5, 1)], 0, '5'],
  ['an action that waits', [done('a', 0, 93), queued()], 0, null],
  ['a job that ended a moment ago', [done('a', 0, 93)], 600_000, '93'],
  ['a job that ended long ago', [done('a', 0, 93)], 600_001, null],
])('progress of %s', (_what, line, now, percentage) => {
  const view = fromProgress(line, now)
  expect('percentage' in view ? view.percentage : null).toBe(percentage)
  if (percentage === null) expect(view).toEqual({ progress: 0 })
  else expect(view).toMatchObject({ id: line[0]?.id })
})

test('history names every address once', () => {
  const drawn = ['a', 'b', 'a'].map((message) => done(message, 0))
  expect(fromHistory(drawn)).toEqual([
    { job_id: id, images_url: 'https://cdn/a.png' },
    { job_id: id, images_url: 'https://cdn/b.png' },
  ])
})

test('the answer to a command is its text, or its title when there is none', () => {
  expect(fromCommand('fast', { answered: true, title: '', text: 'Done.' })).toEqual({
    code: 200,
    result: 'Done.',
  })
  expect(fromCommand('fast', { answered: true, title: 'Done!', text: '' })).toEqual({
    code: 200,
    result: 'Done!',
  })
})

test.each([
  ['a —ar 3:2', 'a --ar 3:2'],
  ['——x—', '----x--'],
  ['–en dash stays', '–en dash stays'],
])('%s is drawn as %s', (prompt, drawn) => {
  expect(withHyphens(prompt)).toBe(drawn)
})
