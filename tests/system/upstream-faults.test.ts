import { expect, test } from 'vitest'
import { createClock } from '../../src/clock.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { caller } from '../helpers/caller.ts'
import { startGateway } from '../helpers/gateway.ts'
import { expectOwnPictures, ledgerOf, watchInvariants } from '../helpers/pool-check.ts'
import { testRedis } from '../helpers/redis.ts'

const speed = 25

test('draws each job once while Discord limits, fails, hangs and forgets', {
  timeout: 240_000,
}, async (t) => {
  const sim = await startSimulator({
    accounts: Array.from({ length: 4 }, () => ({ mode: 'fast' as const, plan: 'pro' as const })),
    speed,
    seed: 21,
    pictureSize: 'tiny',
    faults: {
      rateLimitRate: 0.1,
      serverErrorRate: 0.04,
      htmlErrorRate: 0.04,
      executedErrorRate: 0.06,
      hangRate: 0.03,
      silentRate: 0.03,
      failureRate: 0.03,
      failureThenJobRate: 0.03,
    },
  })
  t.onTestFinished(() => sim.close())
  const leases = { leaseMs: 10_000 * speed, renewMs: 3_000 * speed }
  const { url, prefix } = await startGateway(t, { sim, settings: { leases }, clock: createClock(speed) })
  const { redis } = testRedis(t)
  const invariants = watchInvariants(redis, prefix)
  const client = caller(url)
  const token = await client.token(500)
  const submitted = await Promise.all(
    Array.from({ length: 100 }, (_, i) => client.imagine(token, `bridge number ${i} in fog`)),
  )
  const done = await Promise.all(submitted.map(({ id }) => client.pictures(id, 1, 200_000)))
  expect(invariants.stop().broken).toEqual([])
  expectOwnPictures(sim, done)
  expect(await ledgerOf(url)).toMatchObject({ used: 100, reserved: 0, remaining: 400 })
  // The faults have happened: some interactions were never answered well, and some did nothing.
  const answers = new Set(sim.truth.interactions().map(({ answered }) => answered))
  expect(answers.size).toBeGreaterThan(1)
})
