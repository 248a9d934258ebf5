import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { caller } from '../helpers/caller.ts'
import { nativeClient } from '../helpers/native-client.ts'
import { startNode } from '../helpers/node-process.ts'
import { expectOwnPictures, ledgerOf } from '../helpers/pool-check.ts'
import { startOwnRedis } from '../helpers/redis.ts'
import { until } from '../helpers/until.ts'

/** How many ready accounts each node listens for. */
async function holdings(redis: Redis): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const key of await redis.keys('drawbridge:{main}:account:*')) {
    const [node, state] = await redis.hmget(key, 'node', 'state')
    if (node && state === 'ready') counts[node] = (counts[node] ?? 0) + 1
  }
  return counts
}

const states = async (redis: Redis): Promise<string[]> => {
  const keys = await redis.keys('drawbridge:{main}:job:*')
  return (await Promise.all(keys.map((key) => redis.hget(key, 'state')))).flatMap((state) => state ?? [])
}

test('finishes every job once when a node is killed with jobs queued, sending and running', {
  timeout: 180_000,
}, async (t) => {
  const sim = await startSimulator({ accounts: 8, speed: 12, seed: 3, pictureSize: 'tiny' })
  t.onTestFinished(() => sim.close())
  const redis = await startOwnRedis({ aof: true, t })
  const reader = new Redis(redis.url)
  t.onTestFinished(() => reader.disconnect())
  const entry = () => ({ minIntervalMs: 50 })
  const first = await startNode(t, { sim, redisUrl: redis.url, entry })
  await until(async () => Object.values(await holdings(reader))[0] === 8, { timeoutMs: 30_000 })
  const second = await startNode(t, { sim, redisUrl: redis.url, entry })
  await until(async () => Object.values(await holdings(reader)).join() === '4,4', { timeoutMs: 40_000 })

  const token = await caller(first.url).token(200)
  // Four posts hang with the job made, four without: those jobs are being sent when the node dies.
  for (const executed of [true, false]) {
    sim.faults.once({ kind: 'rest', answer: 'hang', route: '/interactions', executed, times: 4 })
  }
  const submitted = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      caller(i % 2 ? first.url : second.url).imagine(token, `owl number ${i} in a tree`),
    ),
  )
  await until(async () => {
    const now = await states(reader)
    return ['queued', 'sending', 'running'].every((state) => now.includes(state))
  })
  await first.kill()
  await until(async () => Object.values(await holdings(reader)).join() === '8', { timeoutMs: 15_000 })

  const client = caller(second.url)
  const done = await Promise.all(submitted.map(({ id }) => client.pictures(id, 1, 120_000)))
  expectOwnPictures(sim, done)
  expect(await ledgerOf(second.url)).toMatchObject({ used: 60, reserved: 0, remaining: 140 })
})

test('loses nothing when Redis and then every process restart mid-run', { timeout: 180_000 }, async (t) => {
  const sim = await startSimulator({ accounts: 3, speed: 12, seed: 5, pictureSize: 'tiny' })
  t.onTestFinished(() => sim.close())
  const redis = await startOwnRedis({ aof: true, t })
  const start = () => startNode(t, { sim, redisUrl: redis.url, entry: () => ({ minIntervalMs: 50 }) })
  const before = await start()
  const token = await caller(before.url).token(100)
  const submit = async (url: string, from: number) =>
    Promise.all(
      Array.from({ length: 15 }, (_, i) => caller(url).imagine(token, `heron number ${from + i} at dawn`)),
    )
  const submitted = await submit(before.url, 0)
  await until(() => sim.truth.running() >= 3)
  await redis.restart()
  submitted.push(...(await submit(before.url, 15)))
  await until(() => sim.truth.jobs().filter(({ state }) => state === 'done').length > 5)
  expect(await before.stop()).toBe(0)
  await redis.restart()
  const after = await start()
  const done = await Promise.all(submitted.map(({ id }) => caller(after.url).pictures(id, 1, 120_000)))
  expectOwnPictures(sim, done)
  expect(await ledgerOf(after.url)).toMatchObject({ used: 30, reserved: 0, remaining: 70 })
})

test('clicks again when a node is killed between an opened form and the answer to its click', {
  timeout: 120_000,
}, async (t) => {
  const sim = await startSimulator({ accounts: 1, speed: 12, seed: 7, pictureSize: 'tiny' })
  t.onTestFinished(() => sim.close())
  const redis = await startOwnRedis({ aof: true, t })
  const reader = new Redis(redis.url)
  t.onTestFinished(() => reader.disconnect())
  const start = () => startNode(t, { sim, redisUrl: redis.url, entry: () => ({ minIntervalMs: 50 }) })
  const first = await start()
  const client = await nativeClient(first.url)
  await client.ready(1)
  const grid = await client.done((await client.submit({ kind: 'imagine', prompt: 'a fox' })).id)
  const single = await client.done((await client.press(grid.id, { button: 'U1' })).id)

  // The click opens the form; Discord's answer to the click never comes.
  sim.faults.once({ kind: 'rest', answer: 'hang', route: '/interactions', executed: true })
  const { id } = await client.press(single.id, { button: 'Custom Zoom', zoom: 1.4 })
  const key = `drawbridge:{main}:job:${id}`
  await until(async () => {
    const [state, track] = await reader.hmget(key, 'state', 'track')
    return state === 'sending' && track?.includes('dialogAt')
  })
  await first.kill()
  const second = await start()
  const state = () => reader.hget(key, 'state')
  await until(async () => (await state()) === 'done', { timeoutMs: 60_000, what: 'the zoomed picture' })
  expect(await reader.hget(key, 'attempts')).toBe('2')
  expect(await ledgerOf(second.url)).toMatchObject({ used: 3, reserved: 0 })
})
