import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What the tool complains about; empty when it is content. */
async function complaints(tool: string, ...args: string[]): Promise<string> {
  try {
    await promisify(execFile)(`${root}/node_modules/.bin/${tool}`, args, { cwd: root, maxBuffer: 2 ** 26 })
    return ''
  } catch (error) {
    const { stdout, stderr, message } = error as Error & { stdout?: string; stderr?: string }
    return `${stdout}${stderr}` || message
  }
}

test('satisfies the linter and the formatter', async () => {
  expect(await complaints('biome', 'check', '--colors=off')).toBe('')
})

test('satisfies the type checker', async () => {
  expect(await complaints('tsc', '-p', '.', '--pretty', 'false')).toBe('')
})
