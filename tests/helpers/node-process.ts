import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Simulator } from '../../src/simulator/simulator.ts'
import { accountsFile, adminKey, simulatorEnv, writeAccountsFile } from './gateway.ts'
import type { Finishing } from './redis.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface NodeProcess {
  url: string
  /** Every line of its log so far. */
  log: string[]
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>
  /** Ends it with SIGTERM and waits. */
  stop(): Promise<number | null>
}

/** A gateway in a process of its own, as it runs in production, against the simulator and this Redis; killed with the test. */
export async function startNode(
  t: Finishing,
  { sim, redisUrl, entry, env = {} }: NodeOptions,
): Promise<NodeProcess> {
  const dataDir = mkdtempSync(join(tmpdir(), 'drawbridge-node-'))
  t.onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      DATA_DIR: dataDir,
      PORT: '0',
      ADMIN_KEY: adminKey,
      REDIS_URL: redisUrl,
      TOKEN_CHANNELS: writeAccountsFile(t, accountsFile(sim, entry)),
      ...simulatorEnv(sim),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) await killed(child)
  })
  const log: string[] = []
  const url = await listening(child, log)
  return {
    url,
    log,
    kill: () => killed(child),
    async stop() {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      const [code] = await gone
      return code as number | null
    },
  }
}

export interface NodeOptions {
  sim: Simulator
  redisUrl: string
  entry?: (index: number) => object
  env?: Record<string, string>
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** The address that the node listens on, from its own log. */
function listening(child: ChildProcess, log: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue
      createInterface({ input: stream }).on('line', (line) => {
        log.push(line)
        const address = /Server listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1]
        if (address) resolve(address)
      })
    }
    child.once('exit', (code) =>
      reject(new Error(`the node ended with ${code}: ${log.slice(-5).join('\n')}`)),
    )
  })
}
