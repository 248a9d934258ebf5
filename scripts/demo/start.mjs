import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Stop } from '../machine.mjs'
import { folder, logOf, shown, state, tell } from './folder.mjs'
import { nextFreePort } from './ports.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const poolFile = join(folder, 'token_channels.json')
const host = '127.0.0.1'
const readyWithinMs = 30_000

/** What the demo's gateway must not take over from the shell that it was started in. */
const notInherited = new Set([
  ...['ROLE', 'ADMIN_KEY', 'ANONYMOUS_TOKEN', 'PUBLIC_URL', 'CALLBACK_URL', 'LOG_LEVEL', 'NODE_ENV'],
  ...['REDIS_URL', 'REDIS_CLUSTER_NODES', 'REDIS_SENTINELS', 'REDIS_PASSWORD', 'REDIS_PREFIX'],
])

/** Starts the simulator and, over it, the gateway; gives the gateway's address when it is ready. */
export async function startAll(children, signal) {
  // Every demo begins anew; only the pictures of earlier ones stay.
  rmSync(state, { recursive: true, force: true })
  mkdirSync(state, { recursive: true })
  const inherited = Object.entries(process.env).filter(([name]) => !notInherited.has(name))
  const env = Object.fromEntries(inherited)

  tell(`Starting a simulated Discord (log: ${shown(logOf('simulator'))})`)
  const announced = join(state, 'simulator.json')
  const simulator = [process.execPath, join(root, 'scripts/demo/simulator-process.mjs'), announced]
  children.start('simulator', simulator, { env, cwd: root, log: logOf('simulator') })
  const { urls, accounts } = await readWhenThere(announced, signal)
  writeFileSync(poolFile, JSON.stringify(accounts.map(toPoolEntry), null, 2), { mode: 0o600 })

  const port = await nextFreePort(Number(process.env.PORT) || 8000, host)
  const address = `http://${host}:${port}`
  tell(`Starting a gateway over its ${accounts.length} accounts (log: ${shown(logOf('gateway'))})`)
  const settings = { HOST: host, PORT: String(port), DATA_DIR: state, TOKEN_CHANNELS: poolFile }
  children.start('gateway', [process.execPath, join(root, 'dist/main.js')], {
    env: { ...env, ...discordAt(urls), ...settings },
    cwd: root,
    log: logOf('gateway'),
  })
  await answersOk(`${address}/readyz`, signal)
  return address
}

const toPoolEntry = ({ token, channelId, mode }) => {
  return { token, channel: channelId, proxy: '', pattern_type: mode === 'relax' ? 'relax' : 'fast' }
}

const discordAt = ({ api, gateway, cdn, activities }) => {
  return {
    DISCORD_API_URL: api,
    DISCORD_GATEWAY_URL: gateway,
    DISCORD_CDN_URL: cdn,
    DISCORD_ACTIVITIES_URL: activities,
  }
}

async function readWhenThere(file, signal) {
  const giveUpAt = Date.now() + readyWithinMs
  for (; Date.now() < giveUpAt; await delay(20, undefined, { signal })) {
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'))
  }
  throw new Stop(
    `The simulator was not up within ${readyWithinMs / 1000} s; see the logs in ${shown(folder)}.`,
  )
}

async function answersOk(url, signal) {
  const giveUpAt = Date.now() + readyWithinMs
  for (; Date.now() < giveUpAt; await delay(50, undefined, { signal })) {
    const response = await fetch(url, { signal }).catch(() => undefined)
    await response?.arrayBuffer()
    if (response?.ok) return
  }
  throw new Stop(`${url} was not ready within ${readyWithinMs / 1000} s; see the logs in ${shown(folder)}.`)
}
