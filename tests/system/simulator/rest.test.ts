import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts'
import type { Message } from '../../../src/simulator/world/message.ts'
import { until } from '../../helpers/until.ts'
import { buttonOf, User } from './raw-client.ts'

let sim: Simulator
let user: User
beforeAll(async () => {
  sim = await startSimulator({ accounts: 3, speed: 200, pictureSize: 'tiny' })
  user = await User.join(sim)
})
afterAll(() => sim.close())

async function refusal(response: Promise<Response>): Promise<[status: number, code: number]> {
  const answer = await response
  const { code } = (await answer.json()) as { code: number }
  return [answer.status, code]
}

const prompt = (value: string) => [{ type: 3, name: 'prompt', value }]

describe('POST /interactions', () => {
  test('answers 204 with an empty body, and tells only the session that is named', async () => {
    const body = await user.commandBody('imagine', prompt('a fox'))
    const other = await User.join(sim, 1)
    const answer = await user.request('POST', '/interactions', body)
    expect([answer.status, await answer.text()]).toEqual([204, ''])
    const created = await user.gateway.dispatched('INTERACTION_CREATE', ({ nonce }) => nonce === body.nonce)
    const success = await user.gateway.dispatched('INTERACTION_SUCCESS', ({ nonce }) => nonce === body.nonce)
    expect(success.id).toBe(created.id)
    expect(other.gateway.dispatches('INTERACTION_CREATE')).toEqual([])
    other.leave()
  })

  test('executes an interaction whose session is unknown, but tells nobody', async () => {
    const body = { ...(await user.commandBody('imagine', prompt('a fox'))), session_id: 'cannedsession' }
    expect((await user.request('POST', '/interactions', body)).status).toBe(204)
    await user.final(body.nonce)
    expect(user.gateway.dispatches('INTERACTION_CREATE').some(({ nonce }) => nonce === body.nonce)).toBe(
      false,
    )
    expect(sim.truth.interactions().at(-1)).toMatchObject({ sessionLive: false, sessionId: 'cannedsession' })
  })

  test('accepts the form of the web client', async () => {
    const body = await user.commandBody('imagine', prompt('a fox'))
    const form = new FormData()
    form.set('payload_json', JSON.stringify(body))
    const answer = await fetch(`${sim.urls.api}/interactions`, {
      method: 'POST',
      headers: { authorization: user.account.token },
      body: form,
    })
    expect(answer.status).toBe(204)
    await user.final(body.nonce)
  })

  test.each<[string, (body: Awaited<ReturnType<User['commandBody']>>) => object, [number, number]]>([
    ['a missing guild_id', ({ guild_id: _, ...body }) => body, [400, 10003]],
    ['an unknown channel', (body) => ({ ...body, channel_id: '1' }), [404, 10003]],
    [
      "somebody else's channel",
      (body) => ({ ...body, channel_id: sim.accounts[1]?.channelId }),
      [403, 50001],
    ],
    ['a stale version', (body) => ({ ...body, data: { ...body.data, version: '1' } }), [400, 50035]],
    ['a command under a wrong id', (body) => ({ ...body, data: { ...body.data, id: '1' } }), [400, 50035]],
    ['a missing option', (body) => ({ ...body, data: { ...body.data, options: [] } }), [400, 50035]],
    [
      'an endless option',
      (body) => ({ ...body, data: { ...body.data, options: prompt('x'.repeat(6001)) } }),
      [400, 50035],
    ],
    ['a long nonce', (body) => ({ ...body, nonce: '1'.repeat(26) }), [400, 50035]],
    ['no session_id', ({ session_id: _, ...body }) => body, [400, 50035]],
    ['an unknown type', (body) => ({ ...body, type: 9 }), [400, 50035]],
  ])('refuses %s', async (_what, spoil, expected) => {
    const body = spoil(await user.commandBody('imagine', prompt('a fox')))
    expect(await refusal(user.request('POST', '/interactions', body))).toEqual(expected)
  })

  test('refuses clicks on what is not there', async () => {
    const final = await user.final(await user.imagine('a fox to click'))
    const click = user.clickBody(final, buttonOf(final, 'U1'))
    const post = (body: object) => refusal(user.request('POST', '/interactions', body))
    expect(await post({ ...click, message_id: '1' })).toEqual([404, 10008])
    expect(
      await post({ ...click, data: { component_type: 2, custom_id: 'MJ::JOB::upsample::9::x' } }),
    ).toEqual([400, 50035])
    const modal = {
      id: '1',
      custom_id: 'x',
      components: [{ type: 1, components: [{ custom_id: 'y', value: 'z' }] }],
    }
    expect(await post({ ...click, type: 5, data: modal })).toEqual([404, 10062])
  })

  test('refuses old versions after the bots have registered anew', async () => {
    const fresh = await startSimulator({ speed: 200, pictureSize: 'tiny' })
    const client = await User.join(fresh)
    const body = await client.commandBody('imagine', prompt('a fox'))
    fresh.bumpCommandVersions()
    expect(await refusal(client.request('POST', '/interactions', body))).toEqual([400, 50035])
    await client.final(await client.imagine('a fox again'))
    await fresh.close()
  })
})

describe('tokens and access', () => {
  test('answers 401 to unknown and dead tokens, 403 to the kicked', async () => {
    const strange = await fetch(`${sim.urls.api}/users/@me`, { headers: { authorization: 'nobody' } })
    expect(strange.status).toBe(401)
    const third = await User.join(sim, 2)
    expect(await third.get('/users/@me')).toMatchObject({ id: third.account.userId })
    sim.setAccount(2, { kicked: true })
    const messages = () => refusal(third.request('GET', `/channels/${third.account.channelId}/messages`))
    expect(await messages()).toEqual([403, 50001])
    sim.setAccount(2, { kicked: false, tokenDead: true })
    expect(await messages()).toEqual([401, 0])
    sim.setAccount(2, { tokenDead: false })
    third.leave()
  })

  test('finds commands, channels and the direct message with a bot', async () => {
    const { guildId, channelId, dmChannelIds } = user.account
    const index = (path: string) => user.get<{ application_commands: { application_id: string }[] }>(path)
    expect(
      (await index(`/guilds/${guildId}/application-command-index`)).application_commands.length,
    ).toBeGreaterThan(20)
    const niji = await index(`/channels/${dmChannelIds.niji}/application-command-index`)
    expect(new Set(niji.application_commands.map((one) => one.application_id))).toEqual(
      new Set(['1022952195194359889']),
    )
    expect(await user.get(`/channels/${channelId}`)).toMatchObject({ guild_id: guildId, type: 0 })
    const direct = await user.request('POST', '/users/@me/channels', { recipients: ['936929561302675456'] })
    expect(await direct.json()).toMatchObject({ id: dmChannelIds.midjourney, type: 1 })
    expect(await user.get<unknown[]>('/users/@me/channels')).toHaveLength(2)
    expect(await user.get('/gateway')).toEqual({ url: sim.urls.gateway })
  })
})

describe('GET messages', () => {
  test('pages newest first, before, after and around, without nonces', async () => {
    const nonces = await Promise.all(
      ['one', 'two', 'three'].map((word) => user.imagine(`a fox number ${word}`)),
    )
    for (const nonce of nonces) await user.final(nonce)
    const path = `/channels/${user.account.channelId}/messages`
    const all = await user.get<(Message & { nonce?: string })[]>(`${path}?limit=100`)
    expect(all.every(({ nonce }) => nonce === undefined)).toBe(true)
    const ids = all.map(({ id }) => id)
    expect(ids).toEqual([...ids].sort((a, b) => (BigInt(a) < BigInt(b) ? 1 : -1)))
    const page = async (query: string) => (await user.get<Message[]>(`${path}?${query}`)).map(({ id }) => id)
    expect(await page(`limit=1&before=${ids[0]}`)).toEqual([ids[1]])
    expect(await page(`limit=2&after=${ids[3]}`)).toEqual([ids[1], ids[2]])
    expect(await page(`limit=1&around=${ids[2]}`)).toEqual([ids[2]])
    expect(await refusal(user.request('GET', `${path}?limit=101`))).toEqual([400, 50035])
  })
})

describe('uploads', () => {
  const picture = Buffer.from('not really a picture')

  async function slot() {
    const files = [{ filename: 'my föx.png', file_size: picture.length, id: '0' }]
    const answer = await user.request('POST', `/channels/${user.account.channelId}/attachments`, { files })
    const { attachments } = (await answer.json()) as {
      attachments: { upload_url: string; upload_filename: string }[]
    }
    return attachments[0] ?? { upload_url: '', upload_filename: '' }
  }

  const put = (url: string, headers: Record<string, string> = {}) =>
    fetch(url, { method: 'PUT', headers: { 'content-type': 'image/png', ...headers }, body: picture })

  test('go to a slot by PUT without Authorization and become part of a message', async () => {
    const { upload_url, upload_filename } = await slot()
    expect(upload_filename).toMatch(/^[0-9a-f-]{36}\/my_fx\.png$/)
    expect((await put(upload_url, { authorization: user.account.token })).status).toBe(400)
    expect((await put(upload_url)).status).toBe(200)
    const attachments = [{ id: '0', filename: 'my_fx.png', uploaded_filename: upload_filename }]
    const body = { content: '', nonce: '77', type: 0, attachments }
    const answer = await user.request('POST', `/channels/${user.account.channelId}/messages`, body)
    const message = (await answer.json()) as Message
    await user.gateway.dispatched('MESSAGE_CREATE', ({ nonce }) => nonce === '77')
    const shown = await fetch(message.attachments[0]?.url ?? '')
    expect(Buffer.from(await shown.arrayBuffer())).toEqual(picture)
    const deletion = await user.request(
      'DELETE',
      `/channels/${user.account.channelId}/messages/${message.id}`,
    )
    expect(deletion.status).toBe(204)
  })

  test('can be dropped', async () => {
    const { upload_url, upload_filename } = await slot()
    expect((await user.request('DELETE', `/attachments/${upload_filename}`)).status).toBe(204)
    expect((await put(upload_url)).status).toBe(403)
  })
})

describe('links', () => {
  test('are signed, expire with a short text, and can be refreshed', async () => {
    const brief = await startSimulator({ speed: 100, pictureSize: 'tiny', linkLifetimeMs: 50_000 })
    const client = await User.join(brief)
    const final = await client.final(await client.imagine('a brief fox'))
    const url = final.attachments[0]?.url ?? ''
    expect(url).toMatch(/\.webp\?ex=[0-9a-f]+&is=[0-9a-f]+&hm=[0-9a-f]+&$/)
    const answer = await fetch(url)
    expect([answer.status, answer.headers.get('content-length')]).toEqual([
      200,
      String(final.attachments[0]?.size),
    ])
    expect((await fetch(url.replace(/hm=./, 'hm=x'))).status).toBe(404)
    expect(
      (await fetch(`${final.attachments[0]?.proxy_url}width=20&format=png`)).headers.get('content-type'),
    ).toBe('image/png')
    const expired = await until(async () => {
      const late = await fetch(url)
      return late.status === 404 ? late : null
    })
    expect(await expired.text()).toBe('This content is no longer available.')
    const refreshed = await client.request('POST', '/attachments/refresh-urls', { attachment_urls: [url] })
    const body = (await refreshed.json()) as { refreshed_urls: { original: string; refreshed: string }[] }
    expect(body.refreshed_urls[0]?.original).toBe(url)
    expect((await fetch(body.refreshed_urls[0]?.refreshed ?? '')).status).toBe(200)
    await brief.close()
  })
})
