import { expect, test } from 'vitest'
import { testScheduler } from '../helpers/scheduler.ts'

const bound = 100_000

/** Fills the event log by hand: a hundred thousand jobs would take long. */
async function fill(pool: ReturnType<typeof testScheduler>, count: number): Promise<void> {
  const script = `for i = 1, ARGV[1] do redis.call('XADD', KEYS[1], '*', 'event', 'job-queued', 'job', 'x', 'token', '', 'at', 1, 'data', '') end`
  await pool.redis.eval(script, 1, `${pool.keyPrefix}events`, count)
}

test('keeps events beyond the bound until they are passed on to callbacks', async (t) => {
  const pool = testScheduler(t)
  const log = `${pool.keyPrefix}events`
  await pool.account('1001')
  const token = await pool.token()
  const query = { most: 1, told: ['job-queued'], everybody: true }
  const before = await pool.webhooks.read(query)
  await fill(pool, bound + 5_000)
  await pool.service.imagine({ token, prompt: 'fox' })
  expect(await pool.redis.xlen(log)).toBeGreaterThan(bound + 5_000)
  expect((await pool.webhooks.read(query)).entries).toHaveLength(1)

  const [newest] = await pool.redis.xrevrange(log, '+', '-', 'COUNT', 1)
  expect(await pool.webhooks.passOn({ from: before.from, to: newest?.[0] ?? '' }, [])).toBe(true)
  await pool.service.imagine({ token, prompt: 'hare' })
  const left = await pool.redis.xlen(log)
  expect(left).toBeLessThan(bound + 500)
  // Those who follow the log for other reasons find as much of it as ever.
  expect(left).toBeGreaterThanOrEqual(bound)
})

test('is bounded where nobody passes events on', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  await fill(pool, bound + 5_000)
  await pool.service.imagine({ token: await pool.token(), prompt: 'fox' })
  expect(await pool.redis.xlen(`${pool.keyPrefix}events`)).toBeLessThan(bound + 500)
})
