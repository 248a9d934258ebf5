import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { Finishing } from '../../helpers/redis.ts'
import { until } from '../../helpers/until.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const run = fileURLToPath(new URL('../../../scripts/run.mjs', import.meta.url))
const child = new URL('../../../scripts/child.mjs', import.meta.url).href

test('knows every script of package.json', () => {
  const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { scripts: object }
  const { status, stderr } = spawnSync(process.execPath, [run, 'no-such-command'], { encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stderr.trim().replace('Commands: ', '').split(', ').sort()).toEqual(Object.keys(scripts).sort())
})

/** Runs `service` under the supervisor that `npm start` uses. */
function supervise(t: Finishing, service: string) {
  const argv = JSON.stringify([process.execPath, '-e', service])
  const code = `import(${JSON.stringify(child)}).then(async ({ runService }) => { process.exitCode = await runService(${argv}) })`
  const supervisor: ChildProcess = spawn(process.execPath, ['-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.onTestFinished(() => void supervisor.kill('SIGKILL'))
  let said = ''
  supervisor.stdout?.on('data', (text) => {
    said += text
  })
  return {
    supervisor,
    said: () => said,
    exit: once(supervisor, 'exit') as Promise<[code: number | null, signal: string | null]>,
  }
}

test('keeps the exit code of what it starts', async (t) => {
  expect(await supervise(t, 'process.exitCode = 7').exit).toEqual([7, null])
})

test('passes a signal that comes twice on to a service once', async (t) => {
  const { supervisor, said, exit } = supervise(
    t,
    `let signals = 0
     process.on('SIGINT', () => { signals++; setTimeout(() => { console.log(signals + ' signal'); process.exit(3) }, 300) })
     console.log('up'); setInterval(() => {}, 1000)`,
  )
  await until(() => said().includes('up'))
  supervisor.kill('SIGINT')
  supervisor.kill('SIGINT')
  expect(await exit).toEqual([3, null])
  expect(said()).toContain('1 signal')
})

test('says how a service died of a signal', async (t) => {
  expect(await supervise(t, `process.kill(process.pid, 'SIGKILL')`).exit).toEqual([137, null])
})
