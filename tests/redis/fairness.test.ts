import { expect, test } from 'vitest'
import type { Lease } from '../../src/accounts/ports.ts'
import type { TokenId } from '../../src/ids.ts'
import { someResult, type TestScheduler, testScheduler } from '../helpers/scheduler.ts'

/** Ends the one job that the account holds and says whose it was; the next one takes the slot. */
async function finishOne(pool: TestScheduler, lease: Lease): Promise<TokenId | null> {
  const [job] = await pool.accounts.held(lease.account)
  if (!job) return null
  await pool.accounts.finish(lease, {
    job: job.id,
    event: 'job-finished',
    result: someResult(),
    followUp: false,
  })
  return job.token
}

test('shares a lane three to one between tokens of weights 3 and 1', async (t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001', { slots: 1 })
  const [heavy, light] = [await pool.token(500, { weight: 3 }), await pool.token(500, { weight: 1 })]
  for (let i = 0; i < 120; i += 1) {
    await pool.service.imagine({ token: heavy, prompt: `heavy ${i}` })
    await pool.service.imagine({ token: light, prompt: `light ${i}` })
  }
  const served = { heavy: 0, light: 0 }
  for (let i = 0; i < 100; i += 1) served[(await finishOne(pool, lease)) === heavy ? 'heavy' : 'light'] += 1
  expect(served.heavy).toBeGreaterThanOrEqual(70)
  expect(served.heavy).toBeLessThanOrEqual(80)
})

test('delays a token by at most two slot times when another has flooded the lane', async (t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001', { slots: 1 })
  const [flood, small] = [await pool.token(1000), await pool.token(1000)]
  for (let i = 0; i < 300; i += 1) await pool.service.imagine({ token: flood, prompt: `flood ${i}` })
  for (let i = 0; i < 20; i += 1) await finishOne(pool, lease)
  for (let i = 0; i < 5; i += 1) await pool.service.imagine({ token: small, prompt: `small ${i}` })
  const order: boolean[] = []
  while (order.filter(Boolean).length < 5) order.push((await finishOne(pool, lease)) === small)
  // One of the flood between any two of the small ones: never more than two slot times for each.
  expect(order.indexOf(true)).toBeLessThanOrEqual(2)
  expect(order.length).toBeLessThanOrEqual(12)
})

test('serves both lanes of a mixed account, however far one of them is ahead', async (t) => {
  const pool = testScheduler(t)
  const fastOnly = await pool.account('1001', { slots: 1, lanes: ['fast'] })
  const [fast, relax] = [await pool.token(1000), await pool.token(1000, { class: '1' })]
  await pool.tokens.setPolicy({ '1': 1001 })
  for (let i = 0; i < 60; i += 1) await pool.service.imagine({ token: fast, prompt: `fast ${i}` })
  for (let i = 0; i < 50; i += 1) await finishOne(pool, fastOnly)
  await pool.accounts.describeAccount(fastOnly.account, { state: 'paused' })
  const mixed = await pool.account('1002', { slots: 1, lanes: ['fast', 'relax'] })
  for (let i = 0; i < 20; i += 1) await pool.service.imagine({ token: relax, prompt: `relax ${i}` })
  const served: (TokenId | null)[] = []
  for (let i = 0; i < 12; i += 1) served.push(await finishOne(pool, mixed))
  expect(served.filter((token) => token === fast).length).toBeGreaterThanOrEqual(4)
  expect(served.filter((token) => token === relax).length).toBeGreaterThanOrEqual(4)
})
