import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parsePoolFile } from '../../src/accounts/pool-file.ts'
import { createApp } from '../../src/app.ts'
import { type Clock, systemClock } from '../../src/clock.ts'
import { type Config, loadConfig, type Settings } from '../../src/config.ts'
import { createLogger } from '../../src/observability/logger.ts'
import type { Simulator } from '../../src/simulator/simulator.ts'
import { type Finishing, testRedis } from './redis.ts'

export const adminKey = 'admin-key-of-the-test'

/** Where a simulator is and whom it knows. */
export type SimulatorAddress = Pick<Simulator, 'urls' | 'accounts'>

export interface GatewayOptions {
  sim: Simulator
  /** Fields of the account entries, over the four of the seed. */
  entry?: (index: number) => object
  redisUrl?: string
  prefix?: string
  settings?: DeepPartial<Settings>
  env?: Record<string, string>
  /** Gets every line of the log; without it nothing is logged. */
  onLogLine?: (line: string) => void
  clock?: Clock
}

type DeepPartial<Value> = {
  [Key in keyof Value]?: Value[Key] extends object ? DeepPartial<Value[Key]> : Value[Key]
}

/** The accounts file that makes the simulator's accounts a pool. */
export const accountsFile = (sim: SimulatorAddress, entry: (index: number) => object = () => ({})): string =>
  JSON.stringify(
    sim.accounts.map(({ token, channelId, mode }, index) => {
      return {
        token,
        channel: channelId,
        proxy: '',
        pattern_type: mode === 'relax' ? 'relax' : 'fast',
        ...entry(index),
      }
    }),
  )

/** What points a gateway at the simulator. */
export const simulatorEnv = (sim: SimulatorAddress): Record<string, string> => {
  return {
    DISCORD_API_URL: sim.urls.api,
    DISCORD_GATEWAY_URL: sim.urls.gateway,
    DISCORD_CDN_URL: sim.urls.cdn,
    DISCORD_ACTIVITIES_URL: sim.urls.activities,
  }
}

/** A gateway in this process, started and listening, with its accounts ready; closed when the test ends. */
export async function startGateway(t: Finishing, options: GatewayOptions) {
  const { sim, entry, settings = {}, env = {}, onLogLine } = options
  const dataDir = mkdtempSync(join(tmpdir(), 'drawbridge-test-'))
  t.onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const corner = testRedis(t)
  const loaded = loadConfig({
    DATA_DIR: dataDir,
    PORT: '0',
    ADMIN_KEY: adminKey,
    REDIS_PREFIX: options.prefix ?? corner.prefix,
    ...simulatorEnv(sim),
    ...env,
  })
  // /info is asked for by tests that want it: it would take faults and counts that are meant for jobs.
  const quiet = merged(loaded.settings, { accounts: { infoEveryMs: 0 } })
  const config: Config = { ...loaded, settings: merged(quiet, settings) }
  const app = createApp({
    config,
    redis: { kind: 'single', url: options.redisUrl ?? corner.url },
    accounts: parsePoolFile(accountsFile(sim, entry), 'test'),
    clock: options.clock ?? systemClock,
    log: createLogger(onLogLine ? 'debug' : 'silent', { write: (line: string) => onLogLine?.(line) }),
  })
  let closing: Promise<void> | undefined
  /** A test may close it itself, to start another in its place. */
  const close = () => {
    closing ??= app.close()
    return closing
  }
  t.onTestFinished(close)
  await app.start()
  const address = app.server?.server.address()
  if (typeof address !== 'object' || !address) throw new Error('the gateway does not listen')
  return { app, close, url: `http://127.0.0.1:${address.port}`, prefix: config.redisPrefix }
}

/** Writes an accounts file that goes away with the test. */
export function writeAccountsFile(t: Finishing, text: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'drawbridge-accounts-'))
  t.onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const path = join(dir, 'token_channels.json')
  writeFileSync(path, text)
  return path
}

function merged<Value extends object>(base: Value, over: DeepPartial<Value>): Value {
  const entries = Object.entries(base).map(([key, value]) => {
    const change = (over as Record<string, unknown>)[key]
    if (change === undefined) return [key, value]
    const deep = typeof value === 'object' && value !== null && !Array.isArray(value)
    return [key, deep ? merged(value, change as object) : change]
  })
  return Object.fromEntries(entries) as Value
}
