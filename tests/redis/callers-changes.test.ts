import { expect, test } from 'vitest'
import type { JobId } from '../../src/ids.ts'
import type { Question } from '../../src/jobs/job.ts'
import type { JobStore, Page, PromptRules } from '../../src/jobs/ports.ts'
import { JobService } from '../../src/jobs/service.ts'
import { someResult, type TestScheduler, testScheduler } from '../helpers/scheduler.ts'

const region = { label: 'Vary (Region)', customId: 'MJ::Inpaint::1::x::SOLO' }

const question = (pool: TestScheduler): Question => ({
  dialog: 'region',
  title: 'Vary (Region)',
  fields: [],
  askedAt: pool.clock.now(),
  until: pool.clock.now() + 900_000,
})

/** A picture of the account, and the token that drew it. */
async function drawn(pool: TestScheduler) {
  const lease = await pool.account('1001', { slots: 1 })
  const token = await pool.token(10)
  const { id } = await pool.service.imagine({ token, prompt: 'a fox' })
  const result = someResult({ buttons: [[region]] })
  await pool.accounts.finish(lease, { job: id, event: 'job-finished', result, followUp: false })
  const parent = await pool.service.pictured(result.messageId)
  return { lease, token, parent }
}

test('a dialog lets go of the slot and keeps the use; its answer queues the job where its picture is', async (t) => {
  const pool = testScheduler(t)
  const { lease, token, parent } = await drawn(pool)
  const { id } = await pool.service.press({ token, parent, customId: region.customId, onDialog: 'ask' })
  expect(await pool.accounts.ask(lease, id, question(pool))).toBe('written')
  expect(await pool.tokens.find(token)).toMatchObject({ remaining: 8, reserved: 1, used: 1 })
  const other = await pool.service.imagine({ token, prompt: 'a hare' })
  expect(other.account).toBe('1001')

  const mask = { bytes: Buffer.from('mask'), filename: 'mask.png', contentType: 'image/png' }
  await expect(pool.service.answer(id, { prompt: 'a hat' })).rejects.toMatchObject({
    code: 'answer-incomplete',
  })
  await pool.service.answer(id, { prompt: 'a hat', mask })
  expect(await pool.service.find(id)).toMatchObject({ state: 'queued', account: '1001' })
  await expect(pool.service.answer(id, { mask })).rejects.toMatchObject({ code: 'dialog-unknown' })

  const failure = { job: other.id, event: 'job-failed', code: 'moderated', message: 'no' } as const
  await pool.accounts.finish(lease, failure)
  expect(await pool.service.find(id)).toMatchObject({
    state: 'assigned',
    account: '1001',
    request: { answer: { prompt: 'a hat', mask: { filename: 'mask.png' } } },
  })
  expect(await pool.accounts.blobs(id)).toEqual([mask.bytes])
  await pool.invariants()
})

test('a dialog that nobody answers ends the job and gives the use back', async (t) => {
  const pool = testScheduler(t)
  const { lease, token, parent } = await drawn(pool)
  const { id } = await pool.service.press({ token, parent, customId: region.customId, onDialog: 'ask' })
  await pool.accounts.ask(lease, id, question(pool))
  pool.clock.advance(899_000)
  await pool.accounts.reap()
  expect(await pool.service.find(id)).toMatchObject({ state: 'needs-input' })
  pool.clock.advance(1_000)
  await pool.accounts.reap()
  expect(await pool.service.find(id)).toMatchObject({ state: 'failed', failure: { code: 'answer-timeout' } })
  expect(await pool.tokens.find(token)).toMatchObject({ remaining: 9, reserved: 0, used: 1 })
})

test.for(['queued', 'assigned', 'needs-input'] as const)(
  'cancels a job that is %s at once, once',
  async (state, t) => {
    const pool = testScheduler(t)
    const { lease, token, parent } = await drawn(pool)
    if (state === 'queued') await pool.service.imagine({ token, prompt: 'takes the slot' })
    const { id } = await pool.service.press({ token, parent, customId: region.customId, onDialog: 'ask' })
    if (state === 'needs-input') await pool.accounts.ask(lease, id, question(pool))
    expect(await pool.service.find(id)).toMatchObject({ state })
    const before = await pool.tokens.find(token)
    expect(await pool.service.cancel(id)).toEqual({ ended: true })
    expect(await pool.service.find(id)).toMatchObject({ state: 'cancelled', failure: { code: 'cancelled' } })
    const remaining = (before?.remaining ?? 0) + 1
    expect(await pool.tokens.find(token)).toMatchObject({ remaining })
    await expect(pool.service.cancel(id)).rejects.toMatchObject({ code: 'job-ended' })
    expect(await pool.tokens.find(token)).toMatchObject({ remaining })
    await pool.invariants()
  },
)

test.for([
  { refund: true, remaining: 10, used: 0 },
  { refund: false, remaining: 9, used: 1 },
])('a job that the bot stopped for its caller gives the use back or not: $refund', async (row, t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001')
  const token = await pool.token(10)
  const { id } = await pool.service.imagine({ token, prompt: 'a fox' })
  const { refund, ...ledger } = row
  const ending = { job: id, event: 'job-stopped', code: 'cancelled', message: 'stopped', refund } as const
  expect(await pool.accounts.finish(lease, ending)).toBe('written')
  expect(await pool.service.find(id)).toMatchObject({ state: 'cancelled' })
  expect(await pool.tokens.find(token)).toMatchObject({ ...ledger, reserved: 0 })
  expect(await pool.pool.accounts()).toMatchObject([{ used: 0 }])
})

/** Two lines are two jobs. */
const byLine: PromptRules = { objection: () => null, expand: (prompt) => prompt.split('|') }

test('a prompt of several jobs waits until they are meant, and then each is charged', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const token = await pool.token(10)
  const service = new JobService({ store: pool.jobs, prompts: byLine, now: () => pool.clock.now() })
  const { id } = await service.imagine({ token, prompt: 'a fox|a hare|a fox', confirmBatch: true })
  expect(await service.find(id)).toMatchObject({ state: 'needs-input', question: { dialog: 'batch' } })
  expect(await pool.tokens.find(token)).toMatchObject({ remaining: 10 })
  await service.answer(id, {})
  const [batch, ...children] = await service.line(id)
  expect(children.map(({ request, root }) => ({ request, root }))).toEqual(
    ['a fox', 'a hare', 'a fox'].map((prompt) => ({
      root: id,
      request: { kind: 'imagine', parent: id, prompt },
    })),
  )
  expect(batch).toMatchObject({ state: 'done', result: { children: children.map((child) => child.id) } })
  expect(await pool.tokens.find(token)).toMatchObject({ remaining: 7, reserved: 3 })
})

test('a batch that nobody is asked about is queued at once, and once for each key', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const token = await pool.token(10)
  const service = new JobService({ store: pool.jobs, prompts: byLine })
  const input = { token, prompt: 'a fox|a hare', idempotencyKey: 'k' }
  const [first, second] = [await service.imagine(input), await service.imagine(input)]
  expect(second).toMatchObject({ id: first.id, repeated: true })
  expect(await service.line(first.id)).toHaveLength(3)
  expect(await pool.tokens.find(token)).toMatchObject({ remaining: 8, reserved: 2 })
})

test('a batch whose token has no use left is refused and leaves nothing behind', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const token = await pool.token(1)
  await pool.service.imagine({ token, prompt: 'the last one' })
  const service = new JobService({ store: pool.jobs, prompts: byLine })
  await expect(service.imagine({ token, prompt: 'a fox|a hare' })).rejects.toMatchObject({
    code: 'token-spent',
  })
  expect(await pool.service.waiting()).toBe(0)
  expect(await pool.tokens.find(token)).toMatchObject({ remaining: 0, reserved: 1 })
})

test('imagine all of a describe is its four buttons, each a job of its own', async (t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001', { slots: 9 })
  const token = await pool.token(10)
  const picture = { bytes: Buffer.from('p'), filename: 'a.png', contentType: 'image/png' }
  const { id } = await pool.service.describe({ token, ...picture })
  const button = (n: number | string) => ({ label: `${n}`, customId: `MJ::Job::PicReader::${n}` })
  const result = someResult({ buttons: [[1, 2, 3, 4].map(button), [button('all')]] })
  await pool.accounts.finish(lease, { job: id, event: 'job-finished', result, followUp: false })
  const parent = await pool.service.pictured(result.messageId)
  await pool.service.press({ token, parent, customId: 'MJ::Job::PicReader::all' })
  const children = (await pool.service.line(id)).filter(({ request }) => request.kind === 'action')
  expect(
    children.map(({ request, account }) => [account, 'customId' in request && request.customId]),
  ).toEqual([1, 2, 3, 4].map((n) => ['1001', `MJ::Job::PicReader::${n}`]))
  expect(await pool.tokens.find(token)).toMatchObject({ remaining: 6, reserved: 4 })
})

test('an unknown job cannot be cancelled, answered or asked for its seed', async (t) => {
  const { service } = testScheduler(t)
  const id = '0'.repeat(20) as JobId
  const refused = { code: 'job-unknown' }
  await expect(service.cancel(id)).rejects.toMatchObject(refused)
  await expect(service.answer(id, {})).rejects.toMatchObject(refused)
  await expect(service.seed(id)).rejects.toMatchObject(refused)
})

test('lists jobs newest first, page by page, each token its own', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const [token, other] = [await pool.token(100), await pool.token(100, { weight: 2 })]
  const ids: string[] = []
  for (let number = 0; number < 25; number += 1) {
    // Several in one millisecond: the order among them is that of their ids.
    if (number % 10 === 0) pool.clock.advance(1)
    ids.push((await pool.service.imagine({ token, prompt: `fox ${number}` })).id)
  }
  await pool.service.imagine({ token: other, prompt: 'a hare' })
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const page: Page = await pool.service.page({ token, limit: 7, ...(cursor ? { cursor } : {}) })
    seen.push(...page.jobs.map(({ id }) => id))
    cursor = page.next
  } while (cursor)
  expect(seen).toHaveLength(25)
  expect(new Set(seen)).toEqual(new Set(ids))
  const times = await Promise.all(seen.map(async (id) => (await pool.service.find(id))?.queuedAt ?? 0))
  expect(times).toEqual([...times].sort((a, b) => b - a))
  expect((await pool.service.page({ token: null, limit: 100 })).jobs).toHaveLength(26)
  await expect(pool.service.page({ token, limit: 7, cursor: 'x' })).rejects.toMatchObject({
    code: 'invalid-request',
  })
})

test('finds a job by the id that its family gave it, with what came along', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const token = await pool.token()
  const about = { family: 'mj-proxy', alias: '1700000000000123', state: 'order 17' }
  const callback = { url: 'https://client.example/hook', shape: 'mj-proxy' }
  const { id } = await pool.service.imagine({ token, prompt: 'a fox', about, callback })
  expect(await pool.service.findAlias('mj-proxy', '1700000000000123')).toMatchObject({ id, about, callback })
  expect(await pool.service.findAlias('submit', '1700000000000123')).toBeNull()
})

/** The store, with `submit` changed: what a lost connection or another caller does in between. */
const withSubmit = (pool: TestScheduler, submit: JobStore['submit']): JobStore =>
  new Proxy(pool.jobs, {
    get: (store, name) => {
      if (name === 'submit') return submit
      const member: unknown = Reflect.get(store, name)
      return typeof member === 'function' ? member.bind(store) : member
    },
  })

test('a submit that the client library sent twice keeps the pictures of its job', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const token = await pool.token(10)
  const store = withSubmit(pool, async (submission) => {
    await pool.jobs.submit(submission)
    return pool.jobs.submit(submission)
  })
  const service = new JobService({ store, prompts: byLine })
  const pictures = [{ bytes: Buffer.from('p'), filename: 'a.png', contentType: 'image/png' }]
  const { id } = await service.imagine({ token, prompt: 'a fox', pictures })
  expect(await pool.accounts.blobs(id)).toEqual([Buffer.from('p')])
  const batch = await service.imagine({ token, prompt: 'a hare|a fox' })
  expect(await service.find(batch.id)).toMatchObject({ state: 'done' })
})

test('a batch whose node stopped before it was confirmed is taken up when its key comes again', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const token = await pool.token(10)
  const service = new JobService({ store: pool.jobs, prompts: byLine })
  const input = { token, prompt: 'a fox|a hare', idempotencyKey: 'k' }
  // What such a node leaves: the batch, and none of its jobs.
  const { id } = await service.imagine({ ...input, confirmBatch: true })
  const answers = await Promise.all([service.imagine(input), service.imagine(input)])
  expect(answers).toMatchObject([
    { id, repeated: true },
    { id, repeated: true },
  ])
  expect(await service.find(id)).toMatchObject({ state: 'done' })
  expect(await service.line(id)).toHaveLength(3)
  expect(await pool.tokens.find(token)).toMatchObject({ remaining: 8, reserved: 2 })
})

test('a batch that is cancelled while it is confirmed leaves no job behind', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001', { slots: 1 })
  const token = await pool.token(10)
  const store = withSubmit(pool, async (submission) => {
    const { request } = submission
    if ('prompt' in request && request.prompt === 'a hare') await pool.service.cancel(submission.root)
    return pool.jobs.submit(submission)
  })
  const service = new JobService({ store, prompts: byLine })
  const { id } = await service.imagine({ token, prompt: 'a fox|a hare|a cat', confirmBatch: true })
  await expect(service.answer(id, {})).rejects.toMatchObject({ code: 'dialog-unknown' })
  expect((await service.line(id)).map(({ state }) => state)).toEqual(Array(4).fill('cancelled'))
  expect(await pool.tokens.find(token)).toMatchObject({ remaining: 10, reserved: 0 })
})
