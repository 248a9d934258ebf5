import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accountsFile, adminKey, type SimulatorAddress, simulatorEnv } from '../tests/helpers/gateway.ts'
import { until } from '../tests/helpers/until.ts'

export type { SimulatorAddress }

export interface BenchNode {
  url: string
  token: string
  stop(): void
}

interface NodeOptions {
  sim: SimulatorAddress
  redisUrl: string
  speed?: number
  entry: (index: number) => object
  env?: Record<string, string>
}

/** A gateway in a process of its own over the simulator, with every account ready and a token issued. */
export async function startBenchNode({
  sim,
  redisUrl,
  speed = 1,
  entry,
  env = {},
}: NodeOptions): Promise<BenchNode> {
  const dir = mkdtempSync(join(tmpdir(), 'drawbridge-bench-'))
  const file = join(dir, 'token_channels.json')
  writeFileSync(file, accountsFile(sim, entry))
  const child = fork(new URL('./servers/node.ts', import.meta.url), [String(speed)], {
    env: {
      ...process.env,
      ...simulatorEnv(sim),
      DATA_DIR: dir,
      PORT: '0',
      ADMIN_KEY: adminKey,
      REDIS_URL: redisUrl,
      TOKEN_CHANNELS: file,
      ...env,
    },
  })
  const { url } = await firstMessage<{ url: string }>(child)
  await until(async () => (await fetch(`${url}/readyz`)).ok)
  const grant = await fetch(`${url}/midjourney/create_token?count=1000000&day=1&key=${adminKey}`)
  const { token } = (await grant.json()) as { token: string }
  return {
    url,
    token,
    stop() {
      child.kill('SIGKILL')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** What a server of `bench/servers` says when it listens. */
export async function firstMessage<Message>(child: ChildProcess): Promise<Message> {
  const [message] = (await once(child, 'message')) as [Message]
  return message
}
