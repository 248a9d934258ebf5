import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts'
import type { Message } from '../../../src/simulator/world/message.ts'
import { until } from '../../helpers/until.ts'
import { buttonOf, User } from './raw-client.ts'

const bots = { midjourney: '936929561302675456', niji: '1022952195194359889' }
const envelope = '%E2%9C%89%EF%B8%8F'

let sim: Simulator
let user: User
beforeAll(async () => {
  sim = await startSimulator({
    accounts: [{ threads: 1, plan: 'pro' }, {}],
    speed: 100,
    pictureSize: 'tiny',
    loadingFirstRate: 0,
  })
  user = await User.join(sim)
})
afterAll(() => sim.close())

const prompt = (value: string) => [{ type: 3, name: 'prompt', value }]
const react = (client: User, { channel_id, id }: Message) =>
  client.request(
    'PUT',
    `/channels/${channel_id}/messages/${id}/reactions/${envelope}/%40me?location=Message&type=0`,
  )
const told = (text: string, client = user) =>
  client.gateway.dispatched(
    'MESSAGE_CREATE',
    ({ content }) => content.includes(text) && content.includes('**seed**'),
  )

describe.each(['midjourney', 'niji'] as const)('a direct message with the %s bot', (bot) => {
  test('is found by its recipient, opened again, and listed when the session begins', async () => {
    const opened = await user.request('POST', '/users/@me/channels', { recipients: [bots[bot]] })
    const channel = (await opened.json()) as { id: string }
    expect(channel).toMatchObject({ type: 1, recipients: [{ id: bots[bot] }] })
    expect(channel.id).toBe(user.account.dmChannelIds[bot])
    expect(channel).not.toHaveProperty('guild_id')
    const listed = await user.get<object[]>('/users/@me/channels')
    expect(listed).toContainEqual(expect.objectContaining({ id: channel.id, type: 1 }))
    const ready = await user.gateway.dispatched('READY')
    expect(ready.private_channels).toContainEqual(
      expect.objectContaining({ id: channel.id, recipient_ids: [bots[bot]] }),
    )
  })

  test('draws, without a guild in what it sends', async () => {
    const channelId = user.account.dmChannelIds[bot]
    const final = await user.final(
      await user.command('imagine', prompt('a private kite'), { bot, channelId }),
    )
    expect(final).toMatchObject({ channel_id: channelId, author: { id: bots[bot] } })
    expect(final).not.toHaveProperty('guild_id')
    const body = await user.commandBody('imagine', prompt('a kite'), { bot, channelId })
    const inGuild = { ...body, guild_id: user.account.guildId }
    expect((await user.request('POST', '/interactions', inGuild)).status).toBe(400)
  })

  test('knows no other bot', async () => {
    const other = bot === 'niji' ? 'midjourney' : 'niji'
    const body = await user.commandBody('info', [], { bot: other, channelId: user.account.dmChannelIds[bot] })
    expect((await user.request('POST', '/interactions', body)).status).toBe(403)
  })

  test('is told the seed of a picture that got an envelope', async () => {
    const final = await user.final(await user.imagine(`a ${bot} kite`, bot))
    expect((await react(user, final)).status).toBe(204)
    const { content, channel_id, author } = await told(`a ${bot} kite`)
    const job = sim.truth.jobs().find(({ finalMessageId }) => finalMessageId === final.id)
    expect(channel_id).toBe(user.account.dmChannelIds[bot])
    expect(author.id).toBe(bots[bot])
    expect(content).toBe(`**${job?.finalPrompt}**\n**Job ID**: ${job?.jobUuid}\n**seed** ${job?.seed}`)
  })
})

test('the seed that was asked for is the one that is told', async () => {
  await react(user, await user.final(await user.imagine('a seeded kite --seed 4711')))
  expect((await told('a seeded kite')).content).toMatch(/\*\*seed\*\* 4711$/)
})

test('a job shown again in a direct message can be asked for its seed there', async () => {
  const final = await user.final(await user.imagine('a kite to be shown'))
  const uuid = /[0-9a-f-]{36}/.exec(buttonOf(final, 'U1'))?.[0] ?? ''
  const channelId = user.account.dmChannelIds.midjourney
  await user.command('show', [{ type: 3, name: 'job_id', value: uuid }], { channelId })
  const shown = await user.gateway.dispatched(
    'MESSAGE_CREATE',
    ({ channel_id, attachments, content }) =>
      channel_id === channelId && attachments.length > 0 && content.includes('a kite to be shown'),
  )
  expect(shown.content).toBe(final.content)
  await react(user, shown)
  expect((await told('a kite to be shown')).content).toContain(uuid)
})

test('a picture in somebody else’s channel cannot be asked for its seed', async () => {
  const stranger = await User.join(sim, 1)
  const final = await user.final(await user.imagine('a kite of mine'))
  expect((await react(stranger, final)).status).toBe(403)
  stranger.leave()
})

test('auto_dm and DM Results send it without a reaction', async () => {
  const results = await user.final(await user.imagine('a kite by menu'))
  const body = await user.commandBody('DM Results')
  const asked = { ...body, data: { ...body.data, type: 3, target_id: results.id } }
  expect((await user.request('POST', '/interactions', asked)).status).toBe(204)
  await told('a kite by menu')
  await user.command('prefer', [{ type: 1, name: 'auto_dm', options: [] }])
  await until(() => sim.accounts[0]?.preferences.midjourney.autoDm)
  await user.final(await user.imagine('a kite by itself'))
  await told('a kite by itself')
  await user.command('prefer', [{ type: 1, name: 'auto_dm', options: [] }])
})

describe('a thread', () => {
  test('is listed with its guild, and its id takes the place of the channel’s', async () => {
    const [channelId = ''] = user.account.threadIds
    const ready = await user.gateway.dispatched('READY')
    expect(ready.guilds[0]).toMatchObject({
      threads: [{ id: channelId, type: 11, parent_id: user.account.channelId }],
      channels: [{ id: user.account.channelId }],
    })
    const body = await user.commandBody('imagine', prompt('a kite in a thread'), { channelId })
    const asked = { ...body, guild_id: user.account.guildId }
    expect((await user.request('POST', '/interactions', asked)).status).toBe(204)
    const final = await user.final(body.nonce)
    expect(final).toMatchObject({ channel_id: channelId, guild_id: user.account.guildId })
    const history = await user.get<Message[]>(`/channels/${channelId}/messages`)
    expect(history.map(({ id }) => id)).toContain(final.id)
    const main = await user.get<Message[]>(`/channels/${user.account.channelId}/messages`)
    expect(main.map(({ id }) => id)).not.toContain(final.id)
    expect((await user.request('POST', '/interactions', { ...body, nonce: user.nonce() })).status).toBe(400)
  })

  test('can be opened', async () => {
    const opened = await user.request('POST', `/channels/${user.account.channelId}/threads`, {
      name: 'kites',
      type: 11,
    })
    expect(opened.status).toBe(201)
    const { id } = (await opened.json()) as { id: string }
    await user.gateway.dispatched('THREAD_CREATE', (data) => data.id === id)
    expect(await user.get(`/channels/${id}`)).toMatchObject({ type: 11, name: 'kites' })
    expect((await user.request('POST', `/channels/${id}/threads`, { name: 'deeper' })).status).toBe(400)
  })
})
