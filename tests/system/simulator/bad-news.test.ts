import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type BadNewsName, badNews } from '../../../src/simulator/bot/bad-news.ts'
import { type Delivery, type Simulator, startSimulator } from '../../../src/simulator/simulator.ts'
import { until } from '../../helpers/until.ts'
import { buttonOf, type Data, type Payload, User } from './raw-client.ts'

const options = { speed: 100, pictureSize: 'tiny', previews: false, loadingFirstRate: 0 } as const
const rows = Object.keys(badNews) as BadNewsName[]
const deliveries: Delivery[] = ['create', 'ephemeral', 'reply', 'update']

let sim: Simulator
let user: User
beforeAll(async () => {
  sim = await startSimulator({ ...options, limits: { fast: 200 } })
  user = await User.join(sim)
})
beforeEach(() => {
  sim.faults.clear()
  sim.setAccount(0, { standingNews: null, fastHours: 15 })
})
afterAll(() => sim.close())

const jobOf = (nonce: string, of = sim) => of.truth.jobs().find((job) => job.nonce === nonce)
const seen = (nonce: string) => sim.truth.interactions().find((one) => one.nonce === nonce)
const answerTo = (nonce: string, client = user) =>
  client.gateway.dispatched('MESSAGE_CREATE', (message) => message.nonce === nonce)
const titled = (title: string, client = user, type = 'MESSAGE_CREATE') =>
  client.gateway.dispatches(type).filter(({ embeds }) => embeds?.[0]?.title === title)

/** Whether a message says this piece of news. */
function says({ content, embeds }: Data, name: BadNewsName): boolean {
  const news: { title?: string; text?: string } = badNews[name]
  const start = (text: string) => text.split('{')[0]?.trim() ?? ''
  return news.text === undefined
    ? embeds?.[0]?.title === news.title
    : content?.startsWith(start(news.text)) === true && embeds?.length === 0
}

describe.each(deliveries)('every row of the table comes by %s', (delivery) => {
  test.each(rows)('%s', async (name) => {
    sim.faults.once({ kind: 'bad-news', news: name, delivery })
    const from = user.gateway.received.length
    const nonce = await user.imagine(`a fox that hears of ${name}`)
    const { t, d } = await until(
      () =>
        user.gateway.received
          .slice(from)
          .find((payload: Payload) => payload.t?.startsWith('MESSAGE_') && says(payload.d, name)),
      { what: `${name} by ${delivery}` },
    )
    const job = jobOf(nonce)
    expect(t).toBe(delivery === 'update' ? 'MESSAGE_UPDATE' : 'MESSAGE_CREATE')
    if (delivery === 'create' || delivery === 'ephemeral') {
      expect(d.nonce).toBe(nonce)
      expect(d.flags).toBe(delivery === 'ephemeral' ? 64 : 0)
      expect(seen(nonce)).toMatchObject({ outcome: name, jobUuid: null })
      expect(job).toBeUndefined()
    } else {
      expect(d.nonce).toBeUndefined()
      expect(delivery === 'update' ? d.id : d.message_reference?.message_id).toBe(job?.progressMessageId)
      expect(job).toMatchObject({ state: 'failed', failure: name, finalMessageId: null })
    }
    expect(sim.truth.running(0)).toBe(0)
    sim.setAccount(0, { standingNews: null })
  })
})

describe('a command that draws nothing', () => {
  const link = [{ type: 3, name: 'link', value: 'https://example.com/a.png' }]

  test.each(deliveries)('hears bad news that names it, by %s', async (delivery) => {
    sim.faults.once({ kind: 'bad-news', news: 'invalid-link', command: 'describe', delivery })
    const other = await user.imagine('a fox that is not meant')
    await answerTo(other)
    expect(seen(other)?.outcome).toBe('job')
    const nonce = await user.command('describe', link)
    const { id } = await answerTo(nonce)
    const news = await until(() =>
      titled('Invalid link', user, delivery === 'update' ? 'MESSAGE_UPDATE' : 'MESSAGE_CREATE').find(
        (message) => message.id === id || message.message_reference?.message_id === id,
      ),
    )
    expect(news.id === id).toBe(delivery !== 'reply')
    expect(seen(nonce)?.outcome).toBe('invalid-link')
    expect(sim.faults.pending()).toEqual([])
  })
})

describe('news with buttons', () => {
  test.each([
    ['tos-not-accepted', 'Accept ToS'],
    ['pending-mod-message', 'Acknowledge'],
    ['action-needed', 'Acknowledge'],
  ])('%s holds until somebody presses %s', async (news, label) => {
    sim.faults.once({ kind: 'bad-news', news, delivery: 'ephemeral', holds: true })
    const first = await answerTo(await user.imagine('a fox'))
    const second = await user.imagine('a fox again')
    await answerTo(second)
    expect(seen(second)).toMatchObject({ outcome: news, jobUuid: null })
    expect(sim.accounts[0]).toMatchObject({ standingNews: news })
    await user.click(first, buttonOf(first, label))
    await user.gateway.dispatched(
      'MESSAGE_UPDATE',
      ({ id, components }) => id === first.id && components.length === 0,
    )
    await user.final(await user.imagine('a free fox'))
  })

  test.each([
    ['accepted', true],
    ['denied', false],
  ] as const)('an appeal that is %s', async (appeals, drawn) => {
    const lenient = await startSimulator({ ...options, appeals })
    const client = await User.join(lenient)
    lenient.faults.once({ kind: 'bad-news', news: 'ai-moderators' })
    const nonce = await client.imagine('a doubtful fox')
    const news = await answerTo(nonce, client)
    await client.click(news, buttonOf(news, 'Appeal'))
    const { content } = await client.gateway.dispatched('MESSAGE_UPDATE', ({ id }) => id === news.id)
    expect(content).toContain(appeals)
    if (drawn) expect((await client.final(nonce)).content).toContain('a doubtful fox')
    else expect(jobOf(nonce, lenient)).toBeUndefined()
    await lenient.close()
  })

  test('an operator can lift what stands', async () => {
    sim.setAccount(0, { standingNews: 'subscription-required' })
    expect((await answerTo(await user.imagine('a fox'))).embeds[0]?.title).toBe('Subscription required')
    sim.setAccount(0, { standingNews: null })
    await user.final(await user.imagine('a fox'))
  })
})

describe('limits', () => {
  test('too many jobs in a minute are asked to slow down until the time that is named', async () => {
    const slow = await startSimulator({ ...options, pace: 2, speed: 1_000 })
    const client = await User.join(slow)
    for (const n of [1, 2, 3]) await client.imagine(`fox ${n}`)
    const news = await until(() => titled('Slow Down!', client)[0])
    expect(news.embeds[0]?.description).toMatch(/<t:\d+:R>/)
    await until(async () => {
      const nonce = await client.imagine('a patient fox')
      await answerTo(nonce, client)
      return jobOf(nonce, slow)
    })
    await slow.close()
  })

  test('hours run out while jobs run and wait, and come back', async () => {
    const poor = await startSimulator({
      ...options,
      accounts: [{ fastHours: 0.02 }],
      fastHoursPerJob: 0.01,
      limits: { fast: 1 },
    })
    const client = await User.join(poor)
    const nonces: string[] = []
    for (const n of [1, 2, 3, 4]) nonces.push(await client.imagine(`poor fox ${n}`))
    await until(() => titled('Credits exhausted', client).length === 2)
    const states = nonces.map((nonce) => jobOf(nonce, poor)).map((job) => [job?.state, job?.failure])
    expect(states).toEqual([
      ['done', null],
      ['done', null],
      ['failed', 'credits-exhausted'],
      ['failed', 'credits-exhausted'],
    ])
    expect(poor.truth.running()).toBe(0)
    poor.setAccount(0, { fastHours: 1 })
    await client.final(await client.imagine('a rich fox'))
    await poor.close()
  })
})

describe('every n-th job', () => {
  test('meets its fault, whatever runs beside it', async () => {
    sim.faults.every({ everyJobs: 3, fromJob: 2, fault: { kind: 'bad-news', news: 'banned-prompt' } })
    const fates = async () => {
      const outcomes: (string | undefined)[] = []
      for (let n = 0; n < 7; n++) {
        const nonce = await user.imagine('a counted fox')
        await answerTo(nonce)
        outcomes.push(seen(nonce)?.outcome)
      }
      return outcomes
    }
    const before = sim.truth.jobs().length
    const met = (await fates()).filter((outcome) => outcome === 'banned-prompt').length
    expect([2, 3]).toContain(met)
    expect(sim.truth.jobs().length - before).toBe(7 - met)
  })

  test('is counted for each account alone', async () => {
    const two = await startSimulator({ ...options, accounts: 2 })
    two.faults.every({ everyJobs: 2, fault: { kind: 'job', does: 'vanish' } })
    const clients = await Promise.all([User.join(two, 0), User.join(two, 1)])
    for (const client of clients) {
      for (const n of [1, 2]) await client.imagine(`fox ${n}`)
    }
    await until(() => two.truth.jobs().every(({ state }) => state === 'done' || state === 'failed'))
    const fates = [0, 1].map((account) =>
      two.truth.jobs().flatMap((job) => (job.account === account ? job.failure : [])),
    )
    expect(fates).toEqual([
      [null, 'vanished'],
      [null, 'vanished'],
    ])
    expect(() => two.faults.every({ everyJobs: 0, fault: { kind: 'job', does: 'stop' } })).toThrow(
      'everyJobs',
    )
    await two.close()
  })
})
