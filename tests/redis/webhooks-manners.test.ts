import { expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import type { JobId } from '../../src/ids.ts'
import type { Webhooks } from '../../src/webhooks/webhooks.ts'
import { receiver } from '../helpers/receiver.ts'
import type { Finishing } from '../helpers/redis.ts'
import { testScheduler } from '../helpers/scheduler.ts'
import { until } from '../helpers/until.ts'
import { type AnyPool, playJob, settle, webhooksOf } from '../helpers/webhooks.ts'

/** A job of its own token-holder that is told of at `url` when it ends, and has ended. */
async function endedJob(pool: AnyPool, url: string, events = ['job.finished']): Promise<JobId> {
  const token = await pool.token()
  const job = await pool.service.imagine({ token, prompt: 'fox', callback: { url, events } })
  await playJob(pool, job, [])
  return job.id
}

/** Lets it run by itself until the test ends. */
async function running(t: Finishing, webhooks: Webhooks): Promise<void> {
  t.onTestFinished(() => webhooks.stop())
  await webhooks.start()
}

async function poolOf(t: Finishing) {
  const pool = testScheduler(t, { clock: systemClock })
  await pool.account('1001', { slots: 10 })
  return pool
}

test('a hundred and twenty receivers that never answer hold up nobody else', async (t) => {
  const pool = await poolOf(t)
  const idle = webhooksOf(pool)
  await settle(idle)
  const silent = receiver(t, '0.0.0.0')
  await silent.listen()
  silent.be('hangs')
  const quick = receiver(t)
  await quick.listen()
  const { port } = new URL(silent.url())
  for (let number = 1; number <= 120; number += 1) {
    const url = `http://127.1.1.${number}:${port}/hook`
    // More than go out at once, so that something stays due however many are under way.
    await Promise.all(Array.from({ length: 6 }, () => endedJob(pool, url)))
  }
  await running(t, webhooksOf(pool, { answerWithinMs: 600_000 }))
  await until(() => silent.tried.length === 120 * 4)
  await endedJob(pool, quick.url())
  await until(() => quick.taken.length === 1)
  expect(silent.taken).toEqual([])
})

test('what waits for a receiver is sent when it answers again, not hours later', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001', { slots: 10 })
  const there = receiver(t)
  await there.listen()
  const webhooks = webhooksOf(pool)
  await settle(webhooks)
  there.be('fails')
  const early = await endedJob(pool, there.url())
  // Five attempts: the next one is a quarter of an hour away.
  for (const seconds of [0, 5, 30, 120, 300]) {
    pool.clock.advance(seconds * 1000)
    await settle(webhooks)
  }
  expect(there.tried).toHaveLength(5)
  there.be('works')
  const late = await endedJob(pool, there.url())
  await settle(webhooks)
  expect(there.taken.map(({ json }) => json.data.id)).toEqual([late, early])
})

test('an answer counts from its first line on, even if its body never ends', async (t) => {
  const pool = await poolOf(t)
  const there = receiver(t)
  await there.listen()
  there.be('drips')
  const webhooks = webhooksOf(pool, { answerWithinMs: 1_000 })
  await settle(webhooks)
  const id = await endedJob(pool, there.url())
  await settle(webhooks)
  expect(await webhooks.log(id)).toMatchObject([{ outcome: 'delivered', status: 200 }])
})

test('a stop gives back what is under way, and the next node sends it at once', async (t) => {
  const pool = await poolOf(t)
  const there = receiver(t)
  await there.listen()
  there.be('hangs')
  await settle(webhooksOf(pool))
  const first = webhooksOf(pool, { answerWithinMs: 600_000 })
  await first.start()
  const id = await endedJob(pool, there.url())
  await until(() => there.tried.length === 1)
  await first.stop()
  there.be('works')
  await running(t, webhooksOf(pool, { node: 'another' }))
  await until(() => there.taken.length === 1)
  expect(there.taken[0]?.id).toBe(there.tried[0]?.id)
  await until(async () => (await first.log(id)).length === 1)
  expect(await first.log(id)).toMatchObject([{ attempt: 1, outcome: 'delivered' }])
})

test('what a node that died had under way is sent by another', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const there = receiver(t)
  await there.listen()
  const webhooks = webhooksOf(pool)
  await settle(webhooks)
  await endedJob(pool, there.url())
  await webhooks.relay.passOn()
  const [lane] = await pool.webhooks.dueLanes(0, 1)
  const [dead] = await pool.webhooks.claim(lane ?? '', 1, 30_000)
  await settle(webhooks)
  expect(there.taken).toEqual([])
  pool.clock.advance(30_000)
  await settle(webhooks)
  expect(there.taken.map(({ id }) => id)).toEqual([dead?.message.id])
  // It was not dead after all: its word comes too late.
  expect(dead && (await pool.webhooks.settle(dead, { act: 'next' }))).toBe(false)
})

test('refuses a private address that a public one redirects to', async (t) => {
  const pool = await poolOf(t)
  const [outside, inside] = [receiver(t, '127.0.0.2'), receiver(t)]
  await outside.listen()
  await inside.listen()
  const webhooks = webhooksOf(pool, { allowPrivate: false, isPublic: (address) => address === '127.0.0.2' })
  await settle(webhooks)
  await endedJob(pool, outside.url())
  await settle(webhooks)
  expect(outside.taken).toHaveLength(1)

  // By its number, and by a name that is only resolved when the connection is made.
  for (const host of ['127.0.0.1', 'localhost']) {
    outside.be('redirects', inside.url().replace('127.0.0.1', host))
    const id = await endedJob(pool, outside.url())
    await settle(webhooks)
    expect(await webhooks.log(id)).toMatchObject([{ outcome: 'refused', error: `${host} is private` }])
  }
  expect(inside.tried).toEqual([])
})

test('follows a redirect with the same body, but not for ever', async (t) => {
  const pool = await poolOf(t)
  const [first, second] = [receiver(t), receiver(t)]
  await first.listen()
  await second.listen()
  first.be('redirects', second.url())
  const webhooks = webhooksOf(pool)
  await settle(webhooks)
  await endedJob(pool, first.url())
  await settle(webhooks)
  expect(second.taken.map(({ json }) => json.type)).toEqual(['job.finished'])
  first.be('redirects', first.url())
  const id = await endedJob(pool, first.url())
  await settle(webhooks)
  expect(await webhooks.log(id)).toMatchObject([
    { status: 307, outcome: 'retried', error: 'too many redirects' },
  ])
  expect(first.tried).toHaveLength(1 + 4)
})

test('says why nothing could be sent', async (t) => {
  const pool = await poolOf(t)
  const there = receiver(t)
  await there.listen()
  await there.down()
  const webhooks = webhooksOf(pool)
  await settle(webhooks)
  const id = await endedJob(pool, there.url())
  await settle(webhooks)
  const [attempt] = await webhooks.log(id)
  expect(attempt).toMatchObject({ status: null, outcome: 'retried', attempt: 1 })
  expect(attempt?.error).toContain('ECONNREFUSED')
})

test('a body that cannot be made is tried again like any failure, and given up', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const there = receiver(t)
  await there.listen()
  let broken = true
  const native = () => {
    if (broken) throw new Error('no words')
    return { type: 'job.finished', data: {} }
  }
  const webhooks = webhooksOf(pool, { renderers: { native } })
  await settle(webhooks)
  const id = await endedJob(pool, there.url())
  await settle(webhooks)
  expect(await webhooks.log(id)).toMatchObject([{ outcome: 'retried', error: 'the body could not be made' }])
  broken = false
  pool.clock.advance(6_000)
  await settle(webhooks)
  expect(there.taken).toHaveLength(1)
})

test('what waits already is not queued once more, however often a job is told again', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001', { slots: 10 })
  const there = receiver(t)
  await there.listen()
  const webhooks = webhooksOf(pool)
  await settle(webhooks)
  there.be('fails')
  const job = await endedJob(pool, there.url(), [])
  await settle(webhooks)
  for (let times = 0; times < 20; times += 1) await webhooks.replay(job)
  there.be('works')
  for (let times = 0; times < 20; times += 1) {
    pool.clock.advance(60_000)
    await settle(webhooks)
  }
  const told = there.taken.map(({ headers }) => headers['webhook-id'])
  expect(told.length).toBeGreaterThan(2)
  expect(new Set(told).size).toBe(told.length)
})
