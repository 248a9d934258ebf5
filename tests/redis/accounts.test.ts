import { expect, test } from 'vitest'
import type { Lease } from '../../src/accounts/ports.ts'
import { someResult, type TestScheduler, testScheduler } from '../helpers/scheduler.ts'

const submit = async (pool: TestScheduler, token: string, prompt: string, lanes?: ('fast' | 'relax')[]) =>
  (await pool.service.imagine({ token: token as never, prompt, ...(lanes ? { lanes } : {}) })).id

const accountOf = async (pool: TestScheduler, id: string) => (await pool.jobs.find(id as never))?.account

const change = (pool: TestScheduler, lease: Lease, fields: object) =>
  pool.accounts.describeAccount(lease.account, fields, lease)

test('prefers accounts whose jobs do not wait in the bot’s own queue', async (t) => {
  const pool = testScheduler(t)
  const [busy, free] = [await pool.account('1001'), await pool.account('1002')]
  const token = await pool.token()
  await change(pool, busy, { queueStatus: 'queued' })
  const taken = []
  for (const prompt of ['a', 'b', 'c']) taken.push(await accountOf(pool, await submit(pool, token, prompt)))
  expect(taken).toEqual([free.account, free.account, free.account])
  // Before a job waits with us, it waits with the bot.
  expect(await accountOf(pool, await submit(pool, token, 'd'))).toBe(busy.account)
})

test('gives an account no jobs of a lane that rests, and its follow-ups of it all the same', async (t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001', { lanes: ['fast', 'relax'] })
  const token = await pool.token()
  await change(pool, lease, { resting: ['fast'] })
  const strict = await submit(pool, token, 'a', ['fast'])
  expect(await pool.jobs.find(strict)).toMatchObject({ state: 'queued', lane: 'fast' })
  expect(await pool.jobs.find(await submit(pool, token, 'b', ['relax']))).toMatchObject({ state: 'assigned' })
  await change(pool, lease, { resting: [] })
  expect(await pool.jobs.find(strict)).toMatchObject({ state: 'assigned' })
})

test('keeps relaxed jobs of a mixed account below the slots of their own', async (t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001', { slots: 4, lanes: ['fast', 'relax'] })
  await change(pool, lease, { relaxSlots: 2 })
  const token = await pool.token()
  const relaxed = []
  for (const prompt of ['a', 'b', 'c']) relaxed.push(await submit(pool, token, prompt, ['relax']))
  const states = async (ids: string[]) =>
    Promise.all(ids.map(async (id) => (await pool.jobs.find(id as never))?.state))
  expect(await states(relaxed)).toEqual(['assigned', 'assigned', 'queued'])
  const fast = [await submit(pool, token, 'd', ['fast']), await submit(pool, token, 'e', ['fast'])]
  expect(await states(fast)).toEqual(['assigned', 'assigned'])
  const [ended = ''] = relaxed
  const ending = {
    job: ended as never,
    event: 'job-finished',
    result: someResult(),
    followUp: false,
  } as const
  await pool.accounts.finish(lease, ending)
  expect(await states(relaxed)).toEqual(['done', 'assigned', 'assigned'])
})

test('moves what waits for fast hours to the relaxed lane where the policy allows, once nobody has any', async (t) => {
  const pool = testScheduler(t)
  await pool.tokens.setPolicy({ gold: 0 })
  const fast = await pool.account('1001', { slots: 1 })
  const relax = await pool.account('1002', { lanes: ['relax'] })
  const [may, mustNot] = [await pool.token(10, { class: 'gold' }), await pool.token()]
  const running = await submit(pool, mustNot, 'a')
  const [strict, waits] = [await submit(pool, mustNot, 'b'), await submit(pool, may, 'c')]
  expect(await pool.accounts.fallBack()).toBe(0)
  await change(pool, fast, { state: 'exhausted' })
  expect(await pool.accounts.fallBack()).toBe(1)
  expect(await pool.jobs.find(waits)).toMatchObject({ lane: 'relax', account: relax.account })
  // From now on such a job goes there at once.
  const next = await submit(pool, may, 'd')
  expect(await pool.jobs.find(next)).toMatchObject({ lane: 'relax', account: relax.account })
  expect(await pool.jobs.find(strict)).toMatchObject({ state: 'queued', lane: 'fast' })
  expect(await pool.jobs.find(running)).toMatchObject({ account: fast.account })
  await change(pool, fast, { state: 'ready' })
  expect(await pool.jobs.find(await submit(pool, may, 'e'))).toMatchObject({ lane: 'fast' })
  await pool.invariants()
})

test('a failed job that gets its picture after all spends the use that it had given back, if there is one', async (t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001')
  const token = await pool.token(1)
  const fail = async (prompt: string) => {
    const job = (await submit(pool, token, prompt)) as never
    await pool.accounts.finish(lease, { job, event: 'job-failed', code: 'job-timeout', message: 'late' })
    return job
  }
  const [first, second] = [await fail('a'), await fail('b')]
  const picture = someResult()
  expect(await pool.accounts.revive(lease, first, picture)).toBe('written')
  expect(await pool.tokens.find(token)).toMatchObject({ remaining: 0, reserved: 0, used: 1 })
  expect(await pool.jobs.find(first)).toMatchObject({ state: 'done', result: picture })
  expect(await pool.jobs.ofMessage(picture.messageId)).toBe(first)
  expect(await pool.accounts.revive(lease, first, someResult())).toBe('out-of-order')
  expect(await pool.accounts.revive(lease, second, someResult())).toBe('spent')
  expect(await pool.accounts.revive({ ...lease, epoch: 0 }, second, someResult())).toBe('lease-lost')
  expect(await pool.jobs.find(second)).toMatchObject({ state: 'failed' })
  await pool.invariants()
})
