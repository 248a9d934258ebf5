import { fork } from 'node:child_process'
import { once } from 'node:events'
import autocannon from 'autocannon'
import { startRedisServer } from '../tests/helpers/redis-server.ts'
import type { Benchmark } from './main.ts'
import { median } from './statistics.ts'

const connections = 50
const seconds = 4
const rounds = 3

/** How many submits a second does the front door take, as a share of a bare route with one small script? */
export const submitThroughput: Benchmark = {
  name: 'submit-throughput',
  goal: 'at least 0.70 of a bare Fastify POST route with one small EVALSHA on the same Redis',
  async run() {
    const redis = await startRedisServer()
    try {
      const ratios: { ratio: number; ours: number; bare: number }[] = []
      for (let round = 0; round < rounds; round += 1) {
        const bare = await measure('bare', redis.url)
        const ours = await measure('gateway', redis.url)
        ratios.push({ ratio: ours / bare, ours, bare })
      }
      const middle = ratios.sort((a, b) => a.ratio - b.ratio)[Math.floor(rounds / 2)]
      return [
        { figure: 'bare route', value: `${Math.round(median(ratios.map(({ bare }) => bare)))}/s` },
        { figure: 'submit', value: `${Math.round(median(ratios.map(({ ours }) => ours)))}/s` },
        { figure: 'ratio (median of 3)', value: (middle?.ratio ?? 0).toFixed(2) },
      ]
    } finally {
      await redis.stop()
    }
  },
}

/** Requests per second of a server in a process of its own. */
async function measure(server: 'bare' | 'gateway', redisUrl: string): Promise<number> {
  const child = fork(new URL(`./servers/${server}.ts`, import.meta.url), [redisUrl])
  try {
    const [{ url, token }] = (await once(child, 'message')) as [{ url: string; token?: string }]
    const request = {
      url: `${url}/midjourney/imagine`,
      method: 'POST' as const,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'a red fox in the snow --ar 3:2', token: token ?? 'x' }),
      connections,
    }
    await autocannon({ ...request, duration: 1 })
    const result = await autocannon({ ...request, duration: seconds })
    if (result.non2xx > 0) throw new Error(`${server}: ${result.non2xx} requests were refused`)
    return result.requests.average
  } finally {
    child.kill()
  }
}
