import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runTool } from './child.mjs'

/** Runs the tests and closes with one line that says how many passed and failed; gives the exit code. */
export async function runTests(vitest, args, options) {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-test-'))
  const file = join(folder, 'results.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const code = await runTool(
      [vitest, 'run', '-c', 'tests/vitest.config.ts', ...reporters, ...args],
      options,
    )
    const { passed, failed, skipped } = count(file)
    // An error outside of every test fails the run as well.
    const counted = code !== 0 && failed === 0 ? 1 : failed
    process.stdout.write(
      `\n${passed} passed, ${counted} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
    )
    return counted > 0 ? code || 1 : code
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function count(file) {
  let results
  try {
    results = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return { passed: 0, failed: 0, skipped: 0 }
  }
  // A file that cannot be loaded has no test to count.
  const unloaded = results.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  )
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + unloaded.length,
    skipped: results.numPendingTests + results.numTodoTests,
  }
}
