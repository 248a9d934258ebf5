import { expect, test } from 'vitest'
import type { JobView } from '../../src/http/dialects/native/schema.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { nativeClient } from '../helpers/native-client.ts'
import { startNode } from '../helpers/node-process.ts'
import { startOwnRedis } from '../helpers/redis.ts'

test('twenty submits at once with one key are one job, also after the node and Redis were killed', {
  timeout: 120_000,
}, async (t) => {
  const sim = await startSimulator({ accounts: 1, speed: 30, seed: 9, pictureSize: 'tiny' })
  t.onTestFinished(() => sim.close())
  const redis = await startOwnRedis({ aof: true, t })
  const first = await startNode(t, { sim, redisUrl: redis.url })
  const client = await nativeClient(first.url)
  await client.ready(1)
  const submit = async (url: string, prompt: string) => {
    const response = await fetch(`${url}/v1/jobs`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${client.token}`,
        'content-type': 'application/json',
        'idempotency-key': 'order-17',
      },
      body: JSON.stringify({ kind: 'imagine', prompt }),
    })
    const { id, prompt: drawn, kind } = (await response.json()) as JobView
    return { status: response.status, location: response.headers.get('location'), id, drawn, kind }
  }
  const twenty = (url: string) => Promise.all(Array.from({ length: 20 }, () => submit(url, 'a red fox')))

  const answers = await twenty(first.url)
  const [one] = answers
  expect(one).toMatchObject({ status: 202, drawn: 'a red fox', kind: 'imagine' })
  expect(answers).toEqual(answers.map(() => one))
  expect((await submit(first.url, 'a blue fox')).status).toBe(409)

  await first.kill()
  await redis.kill()
  await redis.restart()
  const second = await startNode(t, { sim, redisUrl: redis.url })
  expect(await twenty(second.url)).toEqual(answers)
  expect((await submit(second.url, 'a blue fox')).status).toBe(409)
  const again = { ...(await nativeClient(second.url)), token: client.token }
  await again.ready(1)
  await expect
    .poll(
      async () => {
        const response = await fetch(`${second.url}/v1/token`, {
          headers: { authorization: `Bearer ${client.token}` },
        })
        return response.json()
      },
      { timeout: 60_000 },
    )
    .toMatchObject({ used: 1, reserved: 0, remaining: 999 })
  expect(sim.truth.jobs().map(({ prompt }) => prompt)).toEqual(['a red fox'])
  expect(await second.stop()).toBe(0)
})
