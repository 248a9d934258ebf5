import { fork } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { request } from 'undici'
import { startRedisServer } from '../tests/helpers/redis-server.ts'
import { until } from '../tests/helpers/until.ts'
import type { Benchmark } from './main.ts'
import { firstMessage, type SimulatorAddress, startBenchNode } from './pool.ts'
import { percentile } from './statistics.ts'

const samples = 150
const rounds = 3
/** Between two samples, so that each finds an idle system. */
const settleMs = 20

/** How long from an HTTP request to the interaction at Discord, when nothing else waits? */
export const idleDispatch: Benchmark = {
  name: 'idle-dispatch',
  goal: 'p50 ≤ 4 ms, p99 ≤ 15 ms, and at most 2 × a bare chain of the same hops',
  async run() {
    const figures: { bare: number[]; ours: number[] }[] = []
    for (let round = 0; round < rounds; round += 1) {
      figures.push({ bare: await bareChain(), ours: await gateway() })
    }
    const middle = (pick: (figure: (typeof figures)[number]) => number): number =>
      percentile(figures.map(pick), 0.5)
    const ms = (value: number): string => `${value.toFixed(2)} ms`
    return [
      {
        figure: 'bare chain p50 / p99',
        value: `${ms(middle(({ bare }) => percentile(bare, 0.5)))} / ${ms(middle(({ bare }) => percentile(bare, 0.99)))}`,
      },
      {
        figure: 'gateway p50 / p99',
        value: `${ms(middle(({ ours }) => percentile(ours, 0.5)))} / ${ms(middle(({ ours }) => percentile(ours, 0.99)))}`,
      },
      {
        figure: 'ratio of the p50 (median of 3)',
        value: middle(({ ours, bare }) => percentile(ours, 0.5) / percentile(bare, 0.5)).toFixed(2),
      },
    ]
  },
}

/** Notes when each POST /interactions arrives, and hands it on where there is somebody to hand it to. */
async function startGate(upstream: string | null) {
  const arrivals: number[] = []
  const server = createServer((incoming, outgoing) => {
    if (incoming.method === 'POST' && incoming.url?.endsWith('/interactions'))
      arrivals.push(performance.now())
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', async () => {
      if (upstream === null) {
        outgoing.writeHead(204).end()
        return
      }
      const {
        host: _,
        connection: __,
        'content-length': ___,
        'transfer-encoding': ____,
        ...headers
      } = incoming.headers
      const answer = await request(`${upstream}${incoming.url}`, {
        method: incoming.method as 'GET' | 'POST',
        headers,
        ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
      })
      outgoing
        .writeHead(answer.statusCode, { 'content-type': 'application/json' })
        .end(await answer.body.text())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { arrivals, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

async function latencies(
  url: string,
  body: object,
  gate: { arrivals: number[] },
  finished: (answer: { id: string }) => Promise<boolean>,
): Promise<number[]> {
  const taken: number[] = []
  for (let i = 0; i < samples; i += 1) {
    const before = gate.arrivals.length
    const sentAt = performance.now()
    const answer = await request(`${url}/midjourney/imagine`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, prompt: `a lone boat number ${i}` }),
    })
    const job = (await answer.body.json()) as { id: string }
    await until(() => gate.arrivals.length > before, { everyMs: 1 })
    taken.push((gate.arrivals[before] ?? Number.NaN) - sentAt)
    await until(() => finished(job), { everyMs: 10 })
    await delay(settleMs)
  }
  // The first ones find connections that are not open yet.
  return taken.slice(10)
}

async function bareChain(): Promise<number[]> {
  const redis = await startRedisServer()
  const gate = await startGate(null)
  const child = fork(new URL('./servers/bare-chain.ts', import.meta.url), [redis.url, gate.url])
  try {
    const { url } = await firstMessage<{ url: string }>(child)
    return await latencies(url, {}, gate, async () => true)
  } finally {
    child.kill('SIGKILL')
    close(gate.server)
    await redis.stop()
  }
}

async function gateway(): Promise<number[]> {
  const redis = await startRedisServer()
  const simulator = fork(new URL('./servers/simulator.ts', import.meta.url), ['200'])
  const sim = await firstMessage<SimulatorAddress>(simulator)
  const gate = await startGate(new URL(sim.urls.api).origin)
  const env = { DISCORD_API_URL: `${gate.url}/api/v9` }
  const node = await startBenchNode({ sim, redisUrl: redis.url, env, entry: () => ({ minIntervalMs: 0 }) })
  const drawn = async ({ id }: { id: string }) => {
    const answer = await request(`${node.url}/midjourney/job?id=${id}`)
    const { images } = (await answer.body.json()) as { images: unknown[] }
    return images.length > 0
  }
  try {
    return await latencies(node.url, { token: node.token }, gate, drawn)
  } finally {
    node.stop()
    simulator.kill('SIGKILL')
    close(gate.server)
    await redis.stop()
  }
}

function close(server: Server): void {
  server.close()
  server.closeAllConnections()
}
