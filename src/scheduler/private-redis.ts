import { spawn } from 'node:child_process'
import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { nanoid } from 'nanoid'
import type { Log } from '../log.ts'
import { withStartLock } from './start-lock.ts'

/*
 * A Redis of our own for who has none: one server per data folder, with AOF, that only this user reaches.
 *
 * It is no child that must die with us. A node that is killed leaves it running, the next start finds it by its socket
 * and goes on with it; nodes that share a data folder share it. Whoever leaves last shuts it down. Each node holds one
 * idle connection: when that closes, the server has died, and the node starts it again at the same address.
 */
export interface PrivateRedis {
  /** What ioredis takes: the path of a unix socket or, where that is too long, `redis://:password@127.0.0.1:port`. */
  url: string
  /** Shuts the server down unless others use it. Disconnect your own clients first. */
  close(): Promise<void>
}

/** Where the server listens. Only the port form has a password: the socket's folder is closed to others. */
type Address = { path: string } | { port: number; password: string }

/** `busy` is alive and not to be started twice: it loads its data or runs a long script. */
type Probe = 'ready' | 'busy' | 'absent' | 'foreign'

/** The kernel's limit is 104 to 108 bytes. */
const longestSocketPath = 100
const answerWithinMs = 30_000
const shutDownWithinMs = 10_000

/** Starts the server of `dataDir`, or goes on with the one that runs. */
export async function startPrivateRedis({
  dataDir,
  log,
}: {
  dataDir: string
  log: Log
}): Promise<PrivateRedis> {
  await mkdir(join(dataDir, 'redis'), { recursive: true, mode: 0o700 })
  const dir = await realpath(join(dataDir, 'redis'))
  const lock = join(dir, 'start.lock')

  const address = await withStartLock(lock, async () => {
    const found = await findAddress(dir)
    await ensureRunning(dir, found, log)
    return found
  })

  let closing = false
  let watch: Socket
  const keepWatch = () => {
    watch = connect('path' in address ? { path: address.path } : { port: address.port, host: '127.0.0.1' })
    watch
      .unref()
      .on('error', () => {})
      .once('close', revive)
  }
  const revive = async () => {
    if (closing) return
    log.warn({ dir }, 'private redis went away, starting it again')
    try {
      await withStartLock(lock, () => ensureRunning(dir, address, log))
    } catch (error) {
      log.error({ err: error, dir }, 'private redis cannot be started')
      await delay(1000, undefined, { ref: false })
    }
    if (!closing) keepWatch()
  }
  keepWatch()

  return {
    url: toUrl(address),
    async close() {
      closing = true
      watch.destroy()
      await leave(address, dir, log)
    },
  }
}

function toUrl(address: Address): string {
  return 'path' in address ? address.path : `redis://:${address.password}@127.0.0.1:${address.port}`
}

/** The socket, or else the port of last time if it is ours or free to be taken again, or else a new one. */
async function findAddress(dir: string): Promise<Address> {
  const path = join(dir, 'redis.sock')
  // ioredis would read what follows a question mark as options.
  if (Buffer.byteLength(path) <= longestSocketPath && !path.includes('?')) return { path }
  const file = join(dir, 'address.json')
  const last = await readFile(file, 'utf8').then(JSON.parse, () => undefined)
  if (last !== undefined && (await canServe(last, dir))) return last
  const address = { port: await freePort(), password: nanoid(32) }
  await writeFile(file, JSON.stringify(address), { mode: 0o600 })
  return address
}

async function canServe(address: { port: number; password: string }, dir: string): Promise<boolean> {
  const state = await probe(address, dir)
  if (state !== 'absent') return state !== 'foreign'
  return freePort(address.port).then(
    () => true,
    () => false,
  )
}

/** A port that nobody listens on: `wanted`, or any. */
async function freePort(wanted = 0): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(wanted, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Only to be called under the start lock: two servers on one folder would ruin the file that both append to. */
async function ensureRunning(dir: string, address: Address, log: Log): Promise<void> {
  let state = await probe(address, dir)
  if (state === 'ready') return log.info({ dir }, 'private redis found running')
  let ended: Error | undefined
  if (state === 'absent') {
    await writeSettings(dir, address)
    // A group of its own: Ctrl-C must not end it before we have written what is in flight.
    const server = spawn('redis-server', [join(dir, 'redis.conf')], {
      cwd: dir,
      detached: true,
      stdio: 'ignore',
    })
    server.once('error', (cause) => {
      ended = new Error('redis-server is not installed; install it or set REDIS_URL', { cause })
    })
    server.once('exit', (code) => {
      ended ??= new Error(`redis-server ended with code ${code} before it answered; see ${dir}/redis.log`)
    })
    server.unref()
  }
  // Loading a long file takes as long as it takes; only silence counts against the server.
  for (let giveUpAt = Date.now() + answerWithinMs; Date.now() < giveUpAt; await delay(10)) {
    state = await probe(address, dir)
    if (state === 'ready') return log.info({ dir }, 'private redis started')
    if (ended) throw ended
    if (state === 'busy') giveUpAt = Date.now() + answerWithinMs
  }
  throw new Error(`redis-server did not answer; see ${dir}/redis.log`)
}

/** Written down rather than passed as arguments, which every user of the machine could read. */
async function writeSettings(dir: string, address: Address): Promise<void> {
  const listen =
    'path' in address
      ? { port: 0, unixsocket: address.path, unixsocketperm: 600 }
      : { port: address.port, bind: '127.0.0.1', requirepass: address.password }
  const keep = {
    dir,
    logfile: join(dir, 'redis.log'),
    pidfile: join(dir, 'redis.pid'),
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
  }
  const lines = Object.entries({ ...listen, ...keep }).map(
    ([name, value]) => `${name} ${JSON.stringify(String(value))}`,
  )
  await writeFile(join(dir, 'redis.conf'), `${lines.join('\n')}\n`, { mode: 0o600 })
}

async function probe(address: Address, dir: string): Promise<Probe> {
  const redis = new Redis(toUrl(address), {
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: () => null,
    connectTimeout: 2000,
    commandTimeout: 2000,
  })
  redis.on('error', () => {})
  try {
    await redis.connect()
    const [, servedDir] = (await redis.config('GET', 'dir')) as string[]
    return servedDir === dir ? 'ready' : 'foreign'
  } catch (error) {
    return whatFailed(error as Error)
  } finally {
    redis.disconnect()
  }
}

function whatFailed({ message }: Error): Probe {
  if (/WRONGPASS|NOAUTH|without any password/.test(message)) return 'foreign'
  if (/LOADING|BUSY|timed out/i.test(message)) return 'busy'
  return 'absent'
}

/** The last one out turns off the light. Our own connections may take a moment to be noticed as gone. */
async function leave(address: Address, dir: string, log: Log): Promise<void> {
  const redis = new Redis(toUrl(address), { retryStrategy: () => null, commandTimeout: 10_000 })
  redis.on('error', () => {})
  try {
    for (let tries = 20; (await countClients(redis)) > 1; await delay(25)) {
      if (--tries === 0) return log.info({ dir }, 'private redis left running for others')
    }
    // Redis closes the connection instead of answering, which ioredis reports as an error; the loop below looks for itself.
    await redis.shutdown().catch(() => {})
    for (const giveUpAt = Date.now() + shutDownWithinMs; Date.now() < giveUpAt; await delay(10)) {
      if ((await probe(address, dir)) === 'absent') return log.info({ dir }, 'private redis shut down')
    }
    log.warn({ dir }, 'private redis did not shut down')
  } catch (error) {
    log.warn({ err: error, dir }, 'private redis could not be shut down')
  } finally {
    redis.disconnect()
  }
}

async function countClients(redis: Redis): Promise<number> {
  return String(await redis.client('LIST'))
    .trim()
    .split('\n').length
}
