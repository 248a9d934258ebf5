import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { badNews } from '../../../src/simulator/bot/bad-news.ts'
import { readScenario, scenarioNames } from '../../../src/simulator/scenario.ts'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { until } from '../../helpers/until.ts'

describe('the scenarios that come with the simulator', () => {
  test.each(scenarioNames())('%s starts, and what it scripts is understood', async (name) => {
    const { about, script } = readScenario(name)
    expect(about).not.toBe('')
    for (const { fault } of script) {
      if (fault?.kind === 'bad-news') expect(Object.keys(badNews)).toContain(fault.news)
    }
    const sim = await startSimulator({ scenario: name, pictureSize: 'tiny', speed: 1_000 })
    await sim.close()
  })

  test('include the ones that the page names', () => {
    expect(scenarioNames()).toEqual(
      expect.arrayContaining([
        'calm',
        'moderation-storm',
        'flaky-network',
        'rate-limits',
        'slow-relax',
        'remix-everywhere',
        'challenges',
        'everything',
      ]),
    )
  })
})

/** A scenario file that goes away with the test. */
function written(t: { onTestFinished: (end: () => void) => void }, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-scenario-'))
  t.onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'own.json')
  writeFileSync(path, text)
  return path
}

test('a scenario of one’s own happens at its times', async (t) => {
  const script = [
    { atMs: 1_000, everyMs: 1_000, times: 3, fault: { kind: 'job', does: 'vanish' } },
    { atMs: 2_000, change: { account: 1, remix: true } },
    { atMs: 2_000, rates: { dropRate: 1 } },
  ]
  const sim = await startSimulator({
    scenario: written(t, JSON.stringify({ options: { accounts: 2 }, script })),
    speed: 200,
  })
  t.onTestFinished(() => sim.close())
  expect(sim.accounts).toHaveLength(2)
  await until(() => sim.faults.pending().length === 3)
  expect(sim.accounts.map(({ remix }) => remix)).toEqual([false, true])
})

test.for([
  ['{', 'is not JSON'],
  ['[]', 'expected an object'],
  ['{"scripts":[]}', 'scripts is not one of about, options, script'],
  ['{"script":[{"fault":{},"when":1}]}', 'script[0].when is not one of'],
  ['{"script":[{"atMs":"soon","fault":{}}]}', 'script[0].atMs must be a number'],
  ['{"script":[{"atMs":1}]}', 'script[0] does nothing'],
] as const)('a file that holds %s is refused by its field', ([text, sentence], t) => {
  expect(() => readScenario(written(t, text))).toThrow(sentence)
})
