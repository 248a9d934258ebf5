import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Finishing } from '../../helpers/redis.ts'

const scripts = new URL('../../../scripts/', import.meta.url)

/** A machine whose only programs are these shell scripts. */
function fakeMachine(t: Finishing, programs: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-machine-'))
  t.onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  /** Runs the set-up on it and gives what it said and its exit code. */
  const setUp = (...needs: string[]) => {
    const code = `import(${JSON.stringify(new URL('setup.mjs', scripts).href)})
      .then(({ setUp }) => setUp(${JSON.stringify(needs)}))
      .catch((error) => { console.error(error.message); process.exitCode = 1 })`
    const run = spawnSync(process.execPath, ['-e', code], { env: { PATH: folder }, encoding: 'utf8' })
    return { said: run.stdout + run.stderr, code: run.status }
  }
  return { folder, setUp }
}

/** What `apt-get` does here: notes how it was called and puts the program in place. */
const aptGet =
  'dir=$(/usr/bin/dirname "$0"); echo "$@" >> "$dir/calls"; [ "$1" = update ] || { echo "#!/bin/sh" > "$dir/redis-server"; /bin/chmod 755 "$dir/redis-server"; }'
const sudo = 'shift; PATH="$PATH:/usr/bin:/bin"; exec "$@"'

test('installs what is missing, says so first, and is silent the second time', (t) => {
  const { folder, setUp } = fakeMachine(t, { 'apt-get': aptGet, sudo })
  const { said, code } = setUp('redis')
  expect(code).toBe(0)
  expect(said).toMatch(/^redis-server is missing, installing it: .*apt-get install/)
  expect(readFileSync(join(folder, 'calls'), 'utf8')).toMatch(/^update\ninstall -y .*redis-server\n$/)
  expect(setUp('redis')).toEqual({ said: '', code: 0 })
})

test('installs only what the command needs', (t) => {
  expect(fakeMachine(t, { 'apt-get': aptGet, sudo }).setUp('dependencies')).toEqual({ said: '', code: 0 })
})

test('names the way out when it knows no package manager', (t) => {
  const { said, code } = fakeMachine(t, {}).setUp('redis')
  expect(code).toBe(1)
  expect(said).toBe('redis-server is missing: install it, or set REDIS_URL to a Redis of yours.\n')
})

test('says so when the installation fails', (t) => {
  const { said, code } = fakeMachine(t, { 'apt-get': 'exit 100', sudo }).setUp('chromium')
  expect(code).toBe(1)
  expect(said).toMatch(/That failed\. Install chromium by hand/)
})

test.runIf(process.getuid?.() === 0)('gives the exact command where only root may install', (t) => {
  const { folder } = fakeMachine(t, { 'apt-get': aptGet })
  chmodSync(folder, 0o755)
  // Loads first: nobody may not be allowed to read where we are.
  const nobody = `import(${JSON.stringify(new URL('setup.mjs', scripts).href)}).then(({ setUp }) => {
    process.setgid(65534); process.setuid(65534); setUp(['redis'])
  })`
  const run = spawnSync(process.execPath, ['-e', nobody], { env: { PATH: folder }, encoding: 'utf8' })
  expect(run.status).not.toBe(0)
  expect(run.stderr).toContain(
    'sudo apt-get update && sudo apt-get install -y --no-install-recommends redis-server',
  )
})
