import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { dumpRedis } from './redis-dump.ts'

export interface OwnRedis {
  /** Path of the server's unix socket, the form that ioredis takes as a URL. */
  url: string
  readonly pid: number | undefined
  /** Ends the server as a machine's shutdown would and starts it on the same data; also starts one that was killed. */
  restart(): Promise<void>
  /** Ends the server at once (SIGKILL); it stays away until `restart`. */
  kill(): Promise<void>
  /** Every key with its whole value, as text. */
  dump(): Promise<string>
  /** Ends the server and removes its data. */
  stop(): Promise<void>
}

export interface OwnRedisOptions {
  /** Every write is on disk before it is answered. */
  aof?: boolean
  /** Run as a node of Redis Cluster on this port; it has no slots yet. */
  clusterPort?: number
}

/** A redis-server of the test's own, in a temporary folder. */
export async function startRedisServer({
  aof = false,
  clusterPort,
}: OwnRedisOptions = {}): Promise<OwnRedis> {
  const dir = await mkdtemp(join(socketRoot(), 'drawbridge-redis-'))
  const url = join(dir, 'redis.sock')
  let child: ChildProcess | undefined

  const start = async () => {
    const settings = { dir, unixsocket: url, port: '0', save: '', logfile: join(dir, 'redis.log') }
    const durable = aof ? { appendonly: 'yes', appendfsync: 'always' } : { appendonly: 'no' }
    const cluster =
      clusterPort === undefined
        ? {}
        : { port: String(clusterPort), 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' }
    const argv = Object.entries({ ...settings, ...durable, ...cluster }).flatMap(([name, value]) => [
      `--${name}`,
      value,
    ])
    child = spawn('redis-server', argv, { stdio: 'ignore' })
    await answered(child, url, dir)
  }
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const ending = child
    child = undefined
    if (ending) await exited(ending, signal)
  }

  await start()
  return {
    url,
    get pid() {
      return child?.pid
    },
    async restart() {
      await end('SIGTERM')
      await start()
    },
    kill: () => end('SIGKILL'),
    dump: () => dumpRedis(url),
    async stop() {
      await end('SIGKILL')
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** The path of a unix socket has at most about a hundred characters. */
const socketRoot = () => (tmpdir().length > 60 ? '/tmp' : tmpdir())

async function answered(child: ChildProcess, url: string, dir: string): Promise<void> {
  let failure: Error | undefined
  child.once('error', (error) => {
    failure = new Error('redis-server cannot be started; `npm test` installs it', { cause: error })
  })
  child.once('exit', (code) => {
    failure ??= new Error(`redis-server ended with ${code} before it answered, see ${join(dir, 'redis.log')}`)
  })
  for (const giveUpAt = Date.now() + 20_000; Date.now() < giveUpAt; await delay(10)) {
    if (failure) throw failure
    if (await answers(url)) return
  }
  const log = await readFile(join(dir, 'redis.log'), 'utf8').catch(() => '')
  throw new Error(`redis-server did not answer within 20 s\n${log}`)
}

async function answers(url: string): Promise<boolean> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, enableReadyCheck: false })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return (await redis.ping()) === 'PONG'
  } catch {
    return false
  } finally {
    redis.disconnect()
  }
}

async function exited(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await new Promise((resolve) => {
    child.once('exit', resolve)
    child.kill(signal)
  })
}
