import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { badNews } from '../../../src/simulator/bot/bad-news.ts'
import { readScenario, scenarioNames } from '../../../src/simulator/scenario/scenario.ts'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { until } from '../../helpers/until.ts'
import { User } from './raw-client.ts'

const quick = { pictureSize: 'tiny', previews: false, speed: 100 } as const

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
        'mixed-eras',
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

const step = (fields: object) => JSON.stringify({ options: { accounts: 2 }, script: [fields] })

test.for([
  ['{', 'is not JSON'],
  ['[]', 'expected an object'],
  ['{"scripts":[]}', 'scripts is not one of about, options, script'],
  ['{"about":1}', 'about must be a text'],
  ['{"options":{"sped":2}}', 'options.sped is not one of accounts, speed'],
  ['{"options":{"scenario":"calm"}}', 'options.scenario is not one of'],
  ['{"options":{"era":"2024"}}', 'options.era must be one of 2023, 2026'],
  ['{"options":{"accounts":[{},{"plan":"gold"}]}}', 'options.accounts[1].plan must be one of basic'],
  ['{"options":{"faults":{"dropRate":2}}}', 'options.faults.dropRate must be a number from 0 to 1'],
  ['{"script":{}}', 'script must be a list'],
  [step({ fault: { kind: 'bot', does: 'silent' }, when: 1 }), 'script[0].when is not one of'],
  [step({ atMs: 'soon', change: {} }), 'script[0].atMs must be a number'],
  [step({ atMs: 1 }), 'script[0] does nothing'],
  [step({ fault: { kind: 'rain' } }), 'script[0].fault.kind must be one of rest, bot'],
  [step({ fault: { kind: 'bad-news' } }), 'script[0].fault.news is missing'],
  [step({ fault: { kind: 'bad-news', news: 'rain' } }), 'script[0].fault.news must be one of job-queued'],
  [step({ fault: { kind: 'job', does: 'stop', news: 'crash' } }), 'script[0].fault.news is not one of kind'],
  [step({ fault: { kind: 'drop', account: 2 } }), 'script[0].fault.account must be below 2'],
  [step({ change: { account: 5 } }), 'script[0].change.account must be below 2'],
  [step({ everyJobs: 0, fault: { kind: 'drop' } }), 'script[0].everyJobs must be a whole number of 1'],
  [step({ fromJob: 2, fault: { kind: 'drop' } }), 'script[0].fromJob needs everyJobs'],
  [step({ everyJobs: 2, atMs: 1, fault: { kind: 'drop' } }), 'script[0].everyJobs goes with'],
] as const)('a file that holds %s is refused by its field', ([text, sentence], t) => {
  expect(() => readScenario(written(t, text))).toThrow(sentence)
})

test('the page has a table of them', () => {
  const page = readFileSync(new URL('../../../docs/simulator.md', import.meta.url), 'utf8')
  for (const name of scenarioNames()) expect(page).toContain(`| \`${name}\` | ${readScenario(name).about} |`)
})

test('a scenario that is not there is answered with those that are', () => {
  expect(() => readScenario('sunshine')).toThrow(/no scenario sunshine; there are calm, challenges/)
})

test('every n-th job meets the same fate each time', async (t) => {
  const fates = async () => {
    const sim = await startSimulator({
      scenario: 'moderation-storm',
      ...quick,
      limits: { fast: 20, queued: 20 },
    })
    t.onTestFinished(() => sim.close())
    const user = await User.join(sim)
    for (let n = 1; n <= 20; n++) {
      await user.imagine(`storm ${n}`)
      // The bot takes its time: two that come together may change places.
      await until(() => sim.truth.interactions().every(({ outcome }) => outcome !== 'accepted'))
    }
    const under = ['queued', 'waiting', 'running']
    await until(() => !sim.truth.jobs().some(({ state }) => under.includes(state)))
    const jobs = new Map(sim.truth.jobs().map((job) => [job.nonce, job]))
    return sim.truth
      .interactions()
      .map(({ nonce, outcome }) => jobs.get(nonce)?.failure ?? jobs.get(nonce)?.state ?? outcome)
  }
  const once = await fates()
  expect(once.filter((fate) => fate !== 'done')).toHaveLength(10)
  expect(new Set(once)).toEqual(
    new Set([
      'done',
      'stopped',
      'vanished',
      'banned-prompt-detected',
      'image-denied',
      'output-filters',
      'image-filters',
      'went-wrong-declined',
      'banned-image-prompt',
    ]),
  )
  expect(await fates()).toEqual(once)
})

test('mixed eras show both forms at once', async (t) => {
  const sim = await startSimulator({ scenario: 'mixed-eras', ...quick })
  t.onTestFinished(() => sim.close())
  const users = await Promise.all([User.join(sim, 0), User.join(sim, 1), User.join(sim, 2)])
  const finals = await Promise.all(users.map(async (user) => user.final(await user.imagine('a fox'))))
  expect(finals.map(({ message_reference }) => message_reference !== undefined)).toEqual([false, true, false])
  expect(finals.map(({ attachments }) => attachments[0]?.content_type)).toEqual([
    'image/png',
    'image/webp',
    'image/png',
  ])
  expect(finals.map(({ attachments }) => attachments[0]?.url.includes('?ex='))).toEqual([false, true, false])
  expect(finals.map(({ content }) => /--v [\d.]+/.exec(content)?.[0])).toEqual([
    '--v 5.2',
    '--v 7.0',
    '--v 5.2',
  ])
  for (const { attachments } of finals) expect((await fetch(attachments[0]?.url ?? '')).status).toBe(200)
})
