import { expect, test } from 'vitest'
import { newJobId, type TokenId } from '../../src/ids.ts'
import { someResult, takeInbox, testScheduler } from '../helpers/scheduler.ts'

test('gives a job to a free account at once and wakes its node', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const token = await pool.token(10)
  const job = await pool.service.imagine({ token, prompt: 'a fox' })
  expect(job).toMatchObject({ lane: 'fast', account: '1001' })
  expect(await takeInbox(pool, 1)).toEqual([{ type: 'job', account: '1001', job: job.id }])
  expect(await pool.service.find(job.id)).toMatchObject({ state: 'assigned', account: '1001', charge: 1 })
  expect(await pool.tokens.find(token)).toMatchObject({ granted: 10, remaining: 9, reserved: 1, used: 0 })
})

test('keeps a job in the lane until a slot is really free, and then takes it to any account', async (t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001', { slots: 1 })
  const token = await pool.token()
  const first = await pool.service.imagine({ token, prompt: 'one' })
  const second = await pool.service.imagine({ token, prompt: 'two' })
  expect(second.account).toBeNull()
  expect(await pool.service.waiting()).toBe(1)
  await pool.accounts.finish(lease, {
    job: first.id,
    event: 'job-finished',
    result: someResult(),
    followUp: false,
  })
  expect(await pool.service.find(second.id)).toMatchObject({ state: 'assigned', account: '1001' })
  expect(await pool.service.waiting()).toBe(0)
})

test.for([
  { what: 'an expired token', code: 'token-expired', days: -1, count: 5 },
  { what: 'a spent token', code: 'token-spent', days: 1, count: 0 },
  { what: 'an unknown token', code: 'token-unknown', days: 1, count: null },
])('refuses $what and touches nothing', async ({ code, days, count }, t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const token = count === null ? ('nobody' as TokenId) : await pool.token(count, { days })
  await expect(pool.service.imagine({ token, prompt: 'a fox' })).rejects.toMatchObject({ code })
  expect(await pool.redis.keys(`${pool.keyPrefix}job:*`)).toEqual([])
  await pool.invariants()
})

test('refuses a mode that no account draws in before anything is charged', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001', { lanes: ['relax'] })
  const token = await pool.token(5)
  await expect(pool.service.imagine({ token, prompt: 'a fox' })).rejects.toMatchObject({ code: 'lane-empty' })
  expect(await pool.tokens.find(token)).toMatchObject({ remaining: 5, reserved: 0 })
})

test('accepts exactly as many of 1 000 concurrent submits as the token has uses', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const token = await pool.token(100)
  const outcomes = await Promise.allSettled(
    Array.from({ length: 1000 }, (_, i) => pool.service.imagine({ token, prompt: `fox ${i}` })),
  )
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(100)
  expect(await pool.tokens.find(token)).toMatchObject({ granted: 100, remaining: 0, reserved: 100, used: 0 })
})

test('draws fast while the policy’s threshold is met before charging, then relaxed', async (t) => {
  const pool = testScheduler(t)
  await pool.tokens.setPolicy({ '1': 25 })
  await pool.account('1001', { lanes: ['fast'] })
  await pool.account('1002', { lanes: ['relax'] })
  const token = await pool.token(26, { class: '1' })
  const lanes = []
  for (let i = 0; i < 4; i += 1) {
    lanes.push((await pool.service.imagine({ token, prompt: `fox ${i}` })).lane)
  }
  expect(lanes).toEqual(['fast', 'fast', 'relax', 'relax'])
  await pool.tokens.setPolicy({ '1': 5 })
  expect((await pool.service.imagine({ token, prompt: 'now fast again' })).lane).toBe('fast')
})

test('gives the same job for the same idempotency key, and refuses the key for another request', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const token = await pool.token(50)
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => pool.service.imagine({ token, prompt: 'one', idempotencyKey: 'k' })),
  )
  expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
  expect(await pool.tokens.find(token)).toMatchObject({ remaining: 49, reserved: 1 })
  const other = pool.service.imagine({ token, prompt: 'two', idempotencyKey: 'k' })
  await expect(other).rejects.toMatchObject({ code: 'idempotency-conflict' })
})

test('takes a submit that the client library sent twice for one', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const token = await pool.token(5)
  const id = newJobId()
  const submission = {
    id,
    token,
    charge: 1,
    request: { kind: 'imagine', prompt: 'a fox' },
    root: id,
    lanes: 'policy',
    account: null,
  } as const
  const [first, second] = [await pool.jobs.submit(submission), await pool.jobs.submit(submission)]
  expect(first).toMatchObject({ accepted: true, repeated: false })
  expect(second).toMatchObject({ accepted: true, repeated: false, id })
  expect(await pool.tokens.find(token)).toMatchObject({ remaining: 4, reserved: 1 })
})

test('sends a follow-up to the account that owns the picture, and lets it wait there', async (t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001', { slots: 1 })
  await pool.account('1002', { slots: 5 })
  const token = await pool.token()
  const result = someResult()
  const grid = await pool.service.imagine({ token, prompt: 'a fox' })
  const owner = grid.account === '1001' ? lease : await pool.account('1002', { slots: 1 })
  await pool.accounts.finish(owner, { job: grid.id, event: 'job-finished', result, followUp: false })
  const act = () =>
    pool.service.act({ token, messageId: result.messageId, customId: 'MJ::JOB::upsample::1::x' })
  const [first, second] = [await act(), await act()]
  expect(first).toMatchObject({ root: grid.id, account: grid.account })
  expect(second).toMatchObject({ root: grid.id })
  expect((await pool.service.line(grid.id)).map(({ id }) => id)).toEqual([grid.id, first.id, second.id])
})

test('keeps why an account was chosen and why others were passed over', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  await pool.account('1002')
  const sick = await pool.account('1003')
  await pool.accounts.describeAccount(sick.account, { state: 'attention' }, sick)
  const token = await pool.token()
  const job = await pool.service.imagine({ token, prompt: 'a fox' })
  const why = await pool.redis.hget(`${pool.keyPrefix}job:${job.id}`, 'why')
  expect(why).toContain(`${job.account}: best ranked`)
  expect(why).toContain('1003: attention')
  expect(why).toMatch(/100[12]: ranked behind/)
})

test('prefers the account with the smaller share of its slots in use, weighted, then the least recently used', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001', { slots: 2 })
  await pool.account('1002', { slots: 4 })
  const token = await pool.token()
  const given: Record<string, number> = {}
  for (let i = 0; i < 6; i += 1) {
    const { account } = await pool.service.imagine({ token, prompt: `fox ${i}` })
    given[String(account)] = (given[String(account)] ?? 0) + 1
  }
  expect(given).toEqual({ '1001': 2, '1002': 4 })
})

test('keeps the reasons short in a pool of any size', async (t) => {
  const pool = testScheduler(t)
  for (let i = 0; i < 40; i += 1) {
    const lease = await pool.account(`20${i}`)
    await pool.accounts.describeAccount(lease.account, { state: 'attention' }, lease)
  }
  await pool.account('1001')
  const { id } = await pool.service.imagine({ token: await pool.token(), prompt: 'a fox' })
  const why = await pool.redis.hget(`${pool.keyPrefix}job:${id}`, 'why')
  expect(why?.split('; ').length).toBeLessThanOrEqual(12)
})

test('refuses free work early, and keeps no picture of what it refuses', async (t) => {
  const pool = testScheduler(t, { limits: { mostWaitingFree: 2 } })
  await pool.account('1001', { slots: 1 })
  const describe = () =>
    pool.service.describe({
      token: null,
      bytes: Buffer.from('x'),
      filename: 'a.png',
      contentType: 'image/png',
    })
  for (let i = 0; i < 3; i += 1) await describe()
  await expect(describe()).rejects.toMatchObject({ code: 'queue-full' })
  expect(await pool.redis.keys(`${pool.keyPrefix}blob:*`)).toHaveLength(3)
  const token = await pool.token()
  expect((await pool.service.imagine({ token, prompt: 'a fox' })).account).toBeNull()
})
