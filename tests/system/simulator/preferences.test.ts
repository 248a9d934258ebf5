import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts'
import type { Message } from '../../../src/simulator/world/message.ts'
import { until } from '../../helpers/until.ts'
import { buttonOf, User } from './raw-client.ts'

let sim: Simulator
let user: User
beforeAll(async () => {
  sim = await startSimulator({
    accounts: [{ plan: 'pro' }, { plan: 'basic' }, { plan: 'mega', subscription: 'paused' }],
    speed: 100,
    pictureSize: 'tiny',
    loadingFirstRate: 0,
  })
  user = await User.join(sim)
})
afterAll(() => sim.close())

type Bot = 'midjourney' | 'niji'
const answerTo = (nonce: string, client = user) =>
  client.gateway.dispatched('MESSAGE_CREATE', (message) => message.nonce === nonce)
const command = async (name: string, options: object[] = [], bot: Bot = 'midjourney') =>
  answerTo(await user.command(name, options, { bot }))
const shown = async (prompt: string, bot: Bot = 'midjourney') =>
  /\*\*(.*)\*\*/.exec((await answerTo(await user.imagine(prompt, bot))).content)?.[1]
const sub = (name: string, ...options: object[]) => ({ type: 1, name, options })
const text = (name: string, value: string) => ({ type: 3, name, value })

async function settings(bot: Bot = 'midjourney'): Promise<Message> {
  const { id } = await command('settings', [], bot)
  return user.gateway.dispatched('MESSAGE_UPDATE', (message) => message.id === id)
}

const styleOf = ({ components }: Message, label: string) =>
  components
    .flatMap((row) => row.components)
    .flatMap((one) => (one.type === 2 && one.label === label ? one.style : []))[0]

describe('/settings', () => {
  test.each([
    ['RAW Mode', 3, 'a fox --v 7.0 --raw'],
    ['Stylize very high', 3, 'a fox --v 7.0 --s 750'],
    ['Personalization', 3, /^a fox --v 7\.0 --profile [0-9a-f]{7}$/],
    ['Sticky Style', 3, 'a fox --v 7.0'],
    ['Low Variation Mode', 3, 'a fox --v 7.0'],
    ['Remix mode', 3, 'a fox --v 7.0'],
    ['Turbo mode', 3, 'a fox --v 7.0'],
    ['Relax mode', 3, 'a fox --v 7.0'],
    ['Public mode', 2, 'a fox --v 7.0'],
  ])('%s shows its state in the same message and takes effect', async (label, style, prompt) => {
    const message = await settings()
    await user.click(message, buttonOf(message, label))
    await user.gateway.dispatched(
      'MESSAGE_UPDATE',
      (update) => update.id === message.id && styleOf(update, label) === style,
    )
    expect(await shown('a fox')).toEqual(typeof prompt === 'string' ? prompt : expect.stringMatching(prompt))
    await user.click(message, buttonOf(message, 'Reset Settings'))
    await user.gateway.dispatched(
      'MESSAGE_UPDATE',
      (update) =>
        update.id === message.id && styleOf(update, 'RAW Mode') === 2 && styleOf(update, 'Fast mode') === 3,
    )
    await until(async () => (await shown('a fox')) === 'a fox --v 7.0')
  })

  test('has a menu for the version', async () => {
    const message = await settings()
    const body = user.clickBody(message, 'MJ::Settings::VersionSelector')
    const choose = (values: string[]) =>
      user.request('POST', '/interactions', {
        ...body,
        nonce: user.nonce(),
        data: { component_type: 3, type: 3, custom_id: 'MJ::Settings::VersionSelector', values },
      })
    expect((await choose(['6.1'])).status).toBe(204)
    const chosen = ({ components }: Message) =>
      components[0]?.components.flatMap((one) =>
        one.type === 3 ? one.options.filter((option) => option.default).map(({ value }) => value) : [],
      )
    await user.gateway.dispatched(
      'MESSAGE_UPDATE',
      (update) => update.id === message.id && chosen(update)?.[0] === '6.1',
    )
    expect(await shown('a fox')).toBe('a fox --v 6.1')
    expect((await choose(['niji 6'])).status).toBe(204)
    await until(() => sim.accounts[0]?.preferences.midjourney.version === 'niji 6')
    expect(await shown('a fox')).toBe('a fox --niji 6')
    expect((await choose(['9.9'])).status).toBe(400)
    expect((await choose([])).status).toBe(400)
    expect((await choose(['latest'])).status).toBe(204)
    await until(() => sim.accounts[0]?.preferences.midjourney.version === 'latest')
  })

  test('are each bot’s own', async () => {
    const message = await settings('niji')
    expect(message.author.id).toBe('1022952195194359889')
    const press = {
      ...user.clickBody(message, buttonOf(message, 'RAW Mode')),
      application_id: message.author.id,
    }
    expect((await user.request('POST', '/interactions', press)).status).toBe(204)
    await until(() => sim.accounts[0]?.preferences.niji.raw)
    expect(await shown('a fox spirit', 'niji')).toBe('a fox spirit --niji 6 --raw')
    expect(await shown('a fox')).toBe('a fox --v 7.0')
  })
})

describe('/prefer', () => {
  test('suffix is appended to every prompt until it is taken away', async () => {
    await command('prefer', [sub('suffix', text('new_value', '--c 20'))])
    expect(await shown('a fox')).toBe('a fox --c 20 --v 7.0')
    await command('prefer', [sub('suffix')])
    expect(await shown('a fox')).toBe('a fox --v 7.0')
  })

  test('variability changes between high and low', async () => {
    expect((await command('prefer', [sub('variability')])).content).toMatch(/^Done! Low/)
    expect(sim.accounts[0]?.preferences.midjourney.highVariation).toBe(false)
    expect((await command('prefer', [sub('variability')])).content).toMatch(/^Done! High/)
  })

  test('option makes a name stand for parameters', async () => {
    const group = (...options: object[]) => [{ type: 2, name: 'option', options }]
    await command('prefer', group(sub('set', text('option', 'mine'), text('value', '--ar 3:2 --raw'))))
    expect(await shown('a fox --mine')).toBe('a fox --ar 3:2 --raw --v 7.0')
    expect((await command('prefer', group(sub('list')))).content).toContain('`--mine`: `--ar 3:2 --raw`')
    await command('prefer', group(sub('set', text('option', 'mine'))))
    expect((await command('prefer', group(sub('list')))).content).not.toContain('mine')
    expect((await answerTo(await user.imagine('a fox --mine'))).embeds[0]?.title).toBe('Invalid parameter')
  })
})

describe('the modes', () => {
  test.each([
    ['turbo', 'turbo'],
    ['relax', 'relaxed'],
    ['fast', 'fast'],
  ])('/%s ends in (%s)', async (name, word) => {
    expect((await command(name)).content).toMatch(/^Done!/)
    expect((await user.final(await user.imagine('a fox'))).content).toMatch(new RegExp(`\\(${word}\\)$`))
  })

  test('/stealth and --public', async () => {
    await command('stealth')
    expect((await user.final(await user.imagine('a hidden fox'))).content).toMatch(/\(fast, stealth\)$/)
    expect((await user.final(await user.imagine('a fox --public'))).content).toMatch(/\(fast\)$/)
    await command('public')
    expect((await user.final(await user.imagine('a fox --stealth'))).content).toMatch(/\(fast, stealth\)$/)
  })

  test('a basic plan has neither relaxed nor stealth jobs', async () => {
    const basic = await User.join(sim, 1)
    expect((await answerTo(await basic.command('relax'), basic)).content).not.toMatch(/^Done!/)
    expect((await answerTo(await basic.command('stealth'), basic)).content).not.toMatch(/^Done!/)
    for (const prompt of ['a fox --relax', 'a fox --stealth'])
      expect((await answerTo(await basic.imagine(prompt), basic)).embeds[0]?.title).toBe('Invalid parameter')
    sim.setAccount(1, { mode: 'relax' })
    expect((await basic.final(await basic.imagine('a fox'))).content).toMatch(/\(fast\)$/)
    basic.leave()
  })
})

test('/info tells plan, modes, hours, running and waiting jobs', async () => {
  const nonce = await user.imagine('a fox that runs')
  await answerTo(nonce)
  const { id } = await command('info')
  const { embeds } = await user.gateway.dispatched('MESSAGE_UPDATE', (message) => message.id === id)
  const running = sim.truth.jobs().find((job) => job.nonce === nonce)?.jobUuid
  const lines = embeds[0]?.description?.split('\n') ?? []
  expect(lines).toContainEqual(
    expect.stringMatching(/^\*\*Subscription\*\*: +Pro \(Active monthly, renews next on <t:\d+>\)$/),
  )
  expect(lines).toContainEqual(
    expect.stringMatching(/^\*\*Fast Time Remaining\*\*: +[\d.]+\/30\.0 hours \([\d.]+%\)$/),
  )
  expect(lines).toContain(`- ${running}`)
})

test('a paused subscription draws nothing', async () => {
  const paused = await User.join(sim, 2)
  expect((await answerTo(await paused.imagine('a fox'), paused)).embeds[0]?.title).toBe('Subscription paused')
  sim.setAccount(2, { subscription: 'inactive' })
  const answer = await answerTo(await paused.imagine('a fox'), paused)
  expect(answer.embeds[0]?.title).toBe('Subscription required')
  paused.leave()
})

test.each(['ask', 'help', 'userid'])('/%s answers at once', async (name) => {
  const options = name === 'ask' ? [text('question', 'what is a fox?')] : []
  const answer = await command(name, options)
  expect(answer.content).not.toBe('')
})
