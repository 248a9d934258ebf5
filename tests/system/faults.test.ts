import { expect, test } from 'vitest'
import { createClock } from '../../src/clock.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { caller } from '../helpers/caller.ts'
import { startGateway } from '../helpers/gateway.ts'
import { expectOwnPictures, ledgerOf, watchInvariants } from '../helpers/pool-check.ts'
import { testRedis } from '../helpers/redis.ts'

const speed = 25
/** Leases are counted on the same fast clock; ten real seconds keep a busy machine from losing them. */
const leases = { leaseMs: 10_000 * speed, renewMs: 3_000 * speed }

test.for(['2026', '2023'] as const)(
  'finishes 200 jobs with their own pictures while sockets drop and messages repeat, lag and swap (%s)',
  { timeout: 180_000 },
  async (era, t) => {
    const sim = await startSimulator({
      accounts: 4,
      speed,
      era,
      seed: 7,
      pictureSize: 'tiny',
      updates: 'mixed',
      foreignJobsPerMinute: 4,
      faults: {
        dropRate: 0.01,
        dropInvalidShare: 0.34,
        duplicateRate: 0.1,
        delayRate: 0.1,
        delayMs: 3_000,
        reorderRate: 0.1,
      },
    })
    t.onTestFinished(() => sim.close())
    const { url, prefix } = await startGateway(t, { sim, settings: { leases }, clock: createClock(speed) })
    const { redis } = testRedis(t)
    const invariants = watchInvariants(redis, prefix)
    const client = caller(url)
    const token = await client.token(1000)
    const prompts = Array.from({ length: 200 }, (_, i) => `fox number ${i} on a hill`)
    const submitted = await Promise.all(prompts.map((prompt) => client.imagine(token, prompt)))
    const done = await Promise.all(submitted.map(({ id }) => client.pictures(id, 1, 150_000)))
    const { samples, broken } = invariants.stop()
    expect(broken).toEqual([])
    expect(samples).toBeGreaterThan(50)
    expectOwnPictures(sim, done)
    expect(await ledgerOf(url)).toMatchObject({ used: 200, reserved: 0, remaining: 800 })
    const { resumes, invalidSessions } = sim.truth.counters()
    expect(resumes).toBeGreaterThan(5)
    expect(invalidSessions).toBeGreaterThan(0)
    expect(sim.truth.running()).toBe(0)
  },
)
