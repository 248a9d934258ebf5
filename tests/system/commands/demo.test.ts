import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import type { Finishing } from '../../helpers/redis.ts'
import { until } from '../../helpers/until.ts'

const run = fileURLToPath(new URL('../../../scripts/run.mjs', import.meta.url))

function demoFolder(t: Finishing): string {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-demo-'))
  t.onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** `npm run demo` with its files in `dataDir`. */
function startDemo(t: Finishing, dataDir: string, ...args: string[]) {
  const demo: ChildProcess = spawn(process.execPath, [run, 'demo', ...args], {
    env: { ...process.env, DATA_DIR: dataDir, PORT: '8700' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exit = once(demo, 'exit') as Promise<[code: number | null, signal: string | null]>
  t.onTestFinished(async () => {
    demo.kill('SIGTERM')
    await exit
  })
  let said = ''
  for (const output of [demo.stdout, demo.stderr]) {
    output?.on('data', (text) => {
      said += text
    })
  }
  return { demo, exit, said: () => said }
}

const readPids = (file: string): number[] => {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').map(Number)
  } catch {
    return []
  }
}

/** The demo's own processes once all are up: itself, the simulator, the gateway and its Redis. */
function allPids(dataDir: string): number[] | null {
  const pids = [
    ...readPids(join(dataDir, 'demo/processes')),
    ...readPids(join(dataDir, 'demo/gateway/redis/redis.pid')),
  ]
  return pids.length === 4 ? pids : null
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** The system may take a moment to forget those that have ended. */
const allGone = (pids: number[]) =>
  until(() => !pids.some(isAlive), { timeoutMs: 2000, what: `the end of ${pids}` })

test('draws a picture that opens, shows how to go on, and leaves nothing behind', async (t) => {
  const dataDir = demoFolder(t)
  const { exit, said } = startDemo(t, dataDir, '--once')
  const pids = await until(() => allPids(dataDir))
  expect(await exit, said()).toEqual([0, null])
  expect(said()).toMatch(/100 %/)
  expect(said()).toMatch(/http:\/\/127\.0\.0\.1:\d+\/docs/)
  expect(said().match(/^ {2}curl '.*'$/gm)).toHaveLength(3)
  expect(said()).toMatch(/action=MJ%3A%3AJOB%3A%3Aupsample%3A%3A2/)
  const picture = /^The picture, .*: {2}(.*)$/m.exec(said())?.[1] ?? ''
  expect(await sharp(picture).stats()).toMatchObject({ isOpaque: true })
  await allGone(pids)
})

test('ends all it started when it is told to end', async (t) => {
  const dataDir = demoFolder(t)
  const { demo, exit, said } = startDemo(t, dataDir)
  await until(() => said().includes('Drawing'))
  const pids = await until(() => allPids(dataDir))
  demo.kill('SIGTERM')
  expect(await exit).toEqual([143, null])
  await allGone(pids)
})

test('says what went wrong and ends all when a part is lost', async (t) => {
  const dataDir = demoFolder(t)
  const { exit, said } = startDemo(t, dataDir)
  await until(() => said().includes('Drawing'))
  const pids = await until(() => allPids(dataDir))
  const [, , gateway = 0] = pids
  process.kill(gateway, 'SIGKILL')
  expect(await exit).toEqual([1, null])
  expect(said()).toMatch(/The gateway ended with SIGKILL/)
  await allGone(pids)
})

test('ends what a killed demo left behind, and itself at Ctrl-C', async (t) => {
  const dataDir = demoFolder(t)
  const killed = startDemo(t, dataDir)
  await until(() => killed.said().includes('Drawing'))
  const [, ...left] = await until(() => allPids(dataDir))
  killed.demo.kill('SIGKILL')
  await killed.exit
  expect(left.filter(isAlive)).toEqual(left)

  const { demo, exit, said } = startDemo(t, dataDir)
  await until(() => said().includes('Drawing'))
  await allGone(left)
  // As a terminal and npm do it: twice at once.
  demo.kill('SIGINT')
  demo.kill('SIGINT')
  expect(await exit).toEqual([0, null])
})
