import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { caller } from '../helpers/caller.ts'
import { startNode } from '../helpers/node-process.ts'
import { receiver } from '../helpers/receiver.ts'
import { startOwnRedis } from '../helpers/redis.ts'
import { until } from '../helpers/until.ts'
import { webhookSecret } from '../helpers/webhooks.ts'

test('every event arrives when the only node is killed while it tells a receiver that fails', {
  timeout: 180_000,
}, async (t) => {
  const sim = await startSimulator({ accounts: 2, speed: 12, seed: 11, pictureSize: 'tiny' })
  t.onTestFinished(() => sim.close())
  const redis = await startOwnRedis({ aof: true, t })
  const there = receiver(t)
  await there.listen()
  there.be('fails')
  const env = { CALLBACK_URL: there.url(), WEBHOOK_SECRET: webhookSecret, WEBHOOK_ALLOW_PRIVATE: 'true' }
  const start = () => startNode(t, { sim, redisUrl: redis.url, env, entry: () => ({ minIntervalMs: 50 }) })

  const first = await start()
  const token = await caller(first.url).token(50)
  const imagine = (number: number) => caller(first.url).imagine(token, `crane number ${number} in the reeds`)
  const submitted = await Promise.all(Array.from({ length: 8 }, (_, number) => imagine(number)))
  // Told in vain of some, not told at all of others, and jobs in every state.
  await until(() => there.tried.length >= 4 && sim.truth.jobs().some(({ state }) => state === 'done'))
  await first.kill()
  there.be('works')
  const second = await start()

  const told = (id: string) => there.taken.filter(({ json }) => json.data.root === id)
  await Promise.all(
    submitted.map(({ id }) =>
      until(() => told(id).some(({ json }) => json.type === 'job.finished'), {
        timeoutMs: 120_000,
        what: id,
      }),
    ),
  )
  const verifier = new Webhook(webhookSecret)
  for (const { body, headers } of there.taken) expect(() => verifier.verify(body, headers)).not.toThrow()
  for (const { id } of submitted) {
    // What was under way when the node died may come twice, with the same id.
    const own = [...new Map(told(id).map((one) => [one.id, one])).values()]
    const types = own.map(({ json }) => json.type)
    expect(types[0]).toBe('job.queued')
    expect(types.at(-1)).toBe('job.finished')
    expect(types.filter((type) => type === 'job.finished')).toHaveLength(1)
    expect(own.map(({ json }) => json.timestamp)).toEqual(own.map(({ json }) => json.timestamp).sort())
  }
  const tried = new Set(there.tried.filter(({ mood }) => mood === 'fails').map(({ id }) => id))
  const taken = new Set(there.taken.map(({ id }) => id))
  await until(() => [...tried].every((id) => taken.has(id)), { timeoutMs: 60_000 })
  expect(await second.stop()).toBe(0)
})
