import { expect, test } from 'vitest'
import type { JobId } from '../../src/ids.ts'
import { packedField } from '../../src/scheduler/packed-job.ts'
import { someResult, type TestScheduler, testScheduler } from '../helpers/scheduler.ts'

const fieldsOf = async (pool: TestScheduler, id: JobId): Promise<string[]> =>
  (await pool.redis.hkeys(`${pool.keyPrefix}job:${id}`)).sort()

const done = (job: JobId, result = someResult()) =>
  ({ job, event: 'job-finished', result, followUp: false }) as const

test('a finished job is kept packed, for as long as it was to be kept, and reads as before', async (t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001')
  const token = await pool.token()
  const { id } = await pool.service.imagine({ token, prompt: 'a fox', callback: { state: 'mine' } })
  const before = await pool.service.find(id)
  const result = someResult({ uuid: '0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0' })
  const track = { nonces: ['1', '2'], percent: 93 }
  await pool.accounts.finish(lease, { ...done(id, result), fields: { track } })
  expect(await fieldsOf(pool, id)).toEqual(['account', 'callback', 'lane', 'state', packedField])
  expect(await pool.redis.pttl(`${pool.keyPrefix}job:${id}`)).toBeGreaterThan(pool.limits.keptMs - 60_000)
  const { assignedAt, sendingAt, ...same } = { assignedAt: 0, sendingAt: null, ...before }
  expect(await pool.service.find(id)).toEqual({
    ...same,
    state: 'done',
    result,
    track,
    finishedAt: pool.clock.now(),
    takenAt: assignedAt,
    sentAt: sendingAt,
  })
  expect(await pool.service.history(token)).toMatchObject([{ id, result }])
})

test('a seed that is asked for later stays with the packed job', async (t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001')
  const { id } = await pool.service.imagine({ token: await pool.token(), prompt: 'a fox' })
  await pool.accounts.finish(lease, done(id))
  await pool.accounts.keepSeed(id, '42')
  expect(await pool.service.find(id)).toMatchObject({
    state: 'done',
    seed: '42',
    result: { prompt: 'a fox' },
  })
})

test('the same key gives the packed job again', async (t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001')
  const wish = { token: await pool.token(), prompt: 'a fox', idempotencyKey: 'k' }
  const first = await pool.service.imagine(wish)
  await pool.accounts.finish(lease, done(first.id))
  expect(await pool.service.imagine(wish)).toEqual({ ...first, repeated: true })
})

test('a failed job that was packed can still be given its picture, and is packed with it', async (t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001')
  const token = await pool.token(10)
  const { id } = await pool.service.imagine({ token, prompt: 'a fox' })
  await pool.accounts.finish(lease, { job: id, event: 'job-failed', code: 'job-timeout', message: 'late' })
  expect(await fieldsOf(pool, id)).toContain(packedField)
  const result = someResult()
  expect(await pool.accounts.revive(lease, id, result)).toBe('written')
  expect(await fieldsOf(pool, id)).toEqual(['account', 'lane', 'state', packedField])
  expect(await pool.service.find(id)).toMatchObject({ state: 'done', result, request: { prompt: 'a fox' } })
  expect(await pool.tokens.find(token)).toMatchObject({ remaining: 9, reserved: 0, used: 1 })
})

test('a job that is cancelled before anybody took it is packed as well', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001', { slots: 1 })
  const token = await pool.token(10)
  await pool.service.imagine({ token, prompt: 'a hare' })
  const { id } = await pool.service.imagine({ token, prompt: 'a fox' })
  expect(await pool.service.cancel(id)).toEqual({ ended: true })
  expect(await fieldsOf(pool, id)).toEqual(['account', 'lane', 'state', packedField])
  expect(await pool.service.find(id)).toMatchObject({ state: 'cancelled', failure: { code: 'cancelled' } })
  await expect(pool.service.cancel(id)).rejects.toMatchObject({ code: 'job-ended' })
})

test('the first job of a line stays while a follow-up lives', async (t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001')
  const token = await pool.token()
  const { id } = await pool.service.imagine({ token, prompt: 'a fox' })
  const result = someResult()
  await pool.accounts.finish(lease, done(id, result))
  const parent = await pool.service.pictured(result.messageId)
  const customId = result.buttons[0]?.[0]?.customId ?? ''
  const next = await pool.service.press({ token, parent, customId })
  expect(await pool.redis.pttl(`${pool.keyPrefix}job:${id}`)).toBe(-1)
  await pool.accounts.finish(lease, done(next.id))
  expect(await pool.redis.pttl(`${pool.keyPrefix}job:${id}`)).toBeGreaterThan(0)
  expect((await pool.service.line(id)).map((job) => job.id)).toEqual([id, next.id])
})

test('a job that changed since it was read is not packed over', async (t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001')
  const { id } = await pool.service.imagine({ token: await pool.token(), prompt: 'a fox' })
  await pool.accounts.finish(lease, { job: id, event: 'job-failed', code: 'job-timeout', message: 'late' })
  const results = [someResult(), someResult()]
  const replies = await Promise.all(results.map((result) => pool.accounts.revive(lease, id, result)))
  expect(replies).toEqual(['written', 'out-of-order'])
  expect(await pool.service.find(id)).toMatchObject({ state: 'done', result: results[0] })
})
