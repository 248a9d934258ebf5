import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { until } from '../../helpers/until.ts'

test('runs as a process, says how to point Drawbridge at it, and ends on SIGTERM', async ({
  onTestFinished,
}) => {
  const ports = ['api', 'gateway', 'cdn', 'control', 'proxy'].flatMap((name) => [`--${name}-port`, '0'])
  const args = ['--import', 'tsx', 'src/simulator/main.ts', '--accounts', '2', '--pictures', 'tiny', ...ports]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  let printed = ''
  child.stdout.on('data', (part) => {
    printed += part
  })
  await until(() => printed.includes('Ctrl-C ends it.'))
  const url = /DISCORD_API_URL=(\S+)/.exec(printed)?.[1]
  const accounts = JSON.parse(/\[\n[\s\S]+?\n\]/.exec(printed)?.[0] ?? '[]') as { token: string }[]
  expect(accounts).toHaveLength(2)
  const me = await fetch(`${url}/users/@me`, { headers: { authorization: accounts[1]?.token ?? '' } })
  expect(me.status).toBe(200)
  child.kill('SIGTERM')
  await until(() => child.exitCode !== null || child.signalCode !== null)
  expect([child.exitCode, child.signalCode]).toEqual([0, null])
})
