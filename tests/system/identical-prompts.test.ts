import type { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { createClock } from '../../src/clock.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { caller } from '../helpers/caller.ts'
import { startGateway } from '../helpers/gateway.ts'
import { ledgerOf } from '../helpers/pool-check.ts'
import { testRedis } from '../helpers/redis.ts'

const speed = 25

async function noncesOf(redis: Redis, prefix: string, job: string): Promise<string[]> {
  const track = await redis.hget(`${prefix}:{main}:job:${job}`, 'track')
  return (JSON.parse(track ?? '{}') as { nonces?: string[] }).nonces ?? []
}

test.for(['2026', '2023'] as const)(
  'gives each of 30 identical prompts over three accounts its own picture (%s)',
  { timeout: 180_000 },
  async (era, t) => {
    const sim = await startSimulator({
      accounts: Array.from({ length: 3 }, () => ({ mode: 'fast' as const, plan: 'standard' as const })),
      speed,
      era,
      seed: 11,
      pictureSize: 'tiny',
      faults: { delayRate: 0.2, delayMs: 4_000, reorderRate: 0.2, duplicateRate: 0.1 },
    })
    t.onTestFinished(() => sim.close())
    const leases = { leaseMs: 10_000 * speed, renewMs: 3_000 * speed }
    const { url, prefix } = await startGateway(t, { sim, settings: { leases }, clock: createClock(speed) })
    const { redis } = testRedis(t)
    const client = caller(url)
    const token = await client.token(200)
    const submitted = await Promise.all(
      Array.from({ length: 30 }, () => client.imagine(token, 'the same lighthouse --ar 3:2')),
    )
    const done = await Promise.all(submitted.map(({ id }) => client.pictures(id, 1, 150_000)))

    const finals = done.map(({ images }) => images.find((image) => image.url)?.id)
    expect(new Set(finals).size).toBe(30)
    const truth = new Map(sim.truth.jobs().map((job) => [job.finalMessageId, job]))
    const jobs = finals.map((id) => truth.get(id ?? ''))
    expect(new Set(jobs.map((job) => job?.jobUuid)).size).toBe(30)
    expect(sim.truth.jobs().filter(({ foreign }) => !foreign)).toHaveLength(30)

    // Which interaction made which final: the nonces that we sent for a job are those of the job that the bot drew.
    const sent = await Promise.all(done.map(({ id }) => noncesOf(redis, prefix, id)))
    expect(jobs.map((job, index) => sent[index]?.includes(job?.nonce ?? ''))).toEqual(Array(30).fill(true))
    expect(await ledgerOf(url)).toMatchObject({ used: 30, reserved: 0 })
  },
)
