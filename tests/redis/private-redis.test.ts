import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import type { Log } from '../../src/log.ts'
import { type PrivateRedis, startPrivateRedis } from '../../src/scheduler/private-redis.ts'
import type { Finishing } from '../helpers/redis.ts'
import { until } from '../helpers/until.ts'

const log: Log = { debug() {}, info() {}, warn() {}, error() {} }

async function dataFolder(t: Finishing, ...below: string[]): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'drawbridge-data-'))
  t.onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return join(dir, ...below)
}

/** Starts a node's Redis with one client of that node; `leave` closes both. */
async function startNode(t: Finishing, dataDir: string) {
  const server: PrivateRedis = await startPrivateRedis({ dataDir, log })
  const redis = new Redis(server.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 })
  redis.on('error', () => {})
  let left = false
  const leave = async () => {
    if (left) return
    left = true
    redis.disconnect()
    await server.close()
  }
  t.onTestFinished(leave)
  return { url: server.url, redis, leave }
}

const answers = async (url: string): Promise<boolean> => {
  const redis = new Redis(url, { retryStrategy: () => null, lazyConnect: true })
  redis.on('error', () => {})
  const alive = await redis.connect().then(
    () => true,
    () => false,
  )
  redis.disconnect()
  return alive
}

test('keeps what was written over a stop and a start', async (t) => {
  const dataDir = await dataFolder(t)
  const first = await startNode(t, dataDir)
  await first.redis.set('kept', 'yes')
  await first.leave()
  expect(await answers(first.url)).toBe(false)

  const second = await startNode(t, dataDir)
  expect(await second.redis.get('kept')).toBe('yes')
})

test('is shared by the nodes of one data folder until the last has left', async (t) => {
  const dataDir = await dataFolder(t)
  const [one, two, three] = await Promise.all([1, 2, 3].map(() => startNode(t, dataDir)))
  await one?.redis.set('shared', 'yes')
  expect(await two?.redis.get('shared')).toBe('yes')
  await one?.leave()
  await two?.leave()
  expect(await three?.redis.get('shared')).toBe('yes')
})

test('comes back at the same address when it was killed', async (t) => {
  const { redis } = await startNode(t, await dataFolder(t))
  await redis.set('kept', 'yes')
  // One second is what `everysec` may lose to a crash of the machine; a killed process has handed all to the kernel.
  const pid = /process_id:(\d+)/.exec(await redis.info('server'))?.[1]
  process.kill(Number(pid), 'SIGKILL')
  expect(await until(() => redis.get('kept'))).toBe('yes')
})

test('listens on a port with a password where the socket path would be too long', async (t) => {
  const dataDir = await dataFolder(t, 'long'.repeat(30))
  const first = await startNode(t, dataDir)
  expect(first.url).toMatch(/^redis:\/\/:[\w-]{32}@127\.0\.0\.1:\d+$/)
  await first.redis.set('kept', 'yes')
  expect(await answers(first.url.replace(/:[^:@]+@/, ':wrong@'))).toBe(false)
  for (const file of ['address.json', 'redis.conf']) {
    expect((await stat(join(dataDir, 'redis', file))).mode & 0o077).toBe(0)
  }
  await first.leave()

  const second = await startNode(t, dataDir)
  expect(second.url).toBe(first.url)
  expect(await second.redis.get('kept')).toBe('yes')
})

test('starts over what a killed start left behind', async (t) => {
  const dataDir = await dataFolder(t)
  await mkdir(join(dataDir, 'redis'), { recursive: true })
  const { pid } = spawnSync('true')
  await writeFile(join(dataDir, 'redis', 'start.lock'), String(pid))
  await writeFile(join(dataDir, 'redis', 'redis.sock'), '')
  const { redis } = await startNode(t, dataDir)
  expect(await redis.ping()).toBe('PONG')
})

test('says what is missing when there is no redis-server', async (t) => {
  const dataDir = await dataFolder(t)
  const path = process.env['PATH']
  process.env['PATH'] = ''
  t.onTestFinished(() => {
    process.env['PATH'] = path
  })
  await expect(startPrivateRedis({ dataDir, log })).rejects.toThrow(/not installed.*REDIS_URL/)
  expect(existsSync(join(dataDir, 'redis', 'start.lock'))).toBe(false)
})

test('names its log when it cannot start on the data', async (t) => {
  const dataDir = await dataFolder(t)
  const files = join(dataDir, 'redis', 'appendonlydir')
  await mkdir(files, { recursive: true })
  await writeFile(join(files, 'appendonly.aof.manifest'), 'not a manifest\n')
  await expect(startPrivateRedis({ dataDir, log })).rejects.toThrow(/redis\.log/)
  expect(await readFile(join(dataDir, 'redis', 'redis.log'), 'utf8')).toMatch(/manifest/i)
})
