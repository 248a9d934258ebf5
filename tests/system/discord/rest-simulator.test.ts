import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createClock } from '../../../src/clock.ts'
import { createDiscordRest } from '../../../src/discord/rest/client.ts'
import { createTransport } from '../../../src/discord/transport.ts'
import {
  type ProxyMode,
  type RestAnswer,
  type Simulator,
  startSimulator,
} from '../../../src/simulator/simulator.ts'
import { until } from '../../helpers/until.ts'
import { gatewaySession } from './gateway-session.ts'
import { keepingLog } from './rest-client.ts'

const midjourney = '936929561302675456'
const proxyCredentials = { username: 'drawer', password: 'p@ss:w/rd' }
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const timeouts = { connectMs: 2_000, headersMs: 500, bodyMs: 500 }

let sim: Simulator
let next = 0
beforeAll(async () => {
  const accounts = Array.from({ length: 16 }, () => ({ requireProxy: true, proxyCredentials }))
  sim = await startSimulator({ accounts, speed: 100, pictureSize: 'tiny' })
})
afterAll(() => sim.close())

/** An account that no other test uses, reached through its proxy and no other way. */
function member(change: (proxyUrl: string) => string = (proxyUrl) => proxyUrl) {
  const account = sim.accounts[next++]
  if (!account) throw new Error('the simulator needs more accounts')
  const transport = createTransport({ proxyUrl: change(account.proxyUrl), timeouts })
  onTestFinished(() => transport.close())
  const { log, lines } = keepingLog()
  const { token } = account
  const rest = createDiscordRest({ apiUrl: sim.urls.api, token, transport, clock: createClock(100), log })
  const join = () => {
    const told = gatewaySession(
      { onTestFinished },
      { url: sim.urls.gateway },
      { token, agent: transport.agent, log },
    )
    told.session.start()
    return told.session
  }
  return { account, rest, lines, join, counters: () => sim.truth.counters(account.index) }
}

type Member = ReturnType<typeof member>

/** An /imagine as the index has it. */
async function imagine({ account: { guildId, channelId }, rest, join }: Member, version?: string) {
  const session = join()
  await until(() => session.state.state === 'ready')
  const index = await rest.commandIndex({ guildId: String(guildId) })
  if (!index.ok) throw new Error(index.why)
  const { application_commands: commands } = index.value as {
    application_commands: { application_id: string; name: string; id: string; version: string }[]
  }
  const command = commands.find((one) => one.application_id === midjourney && one.name === 'imagine')
  return {
    type: 2,
    application_id: midjourney,
    guild_id: guildId,
    channel_id: channelId,
    session_id: session.record?.sessionId,
    nonce: String(1_000_000_000_000n + BigInt(next)),
    data: {
      type: 1,
      id: command?.id,
      version: version ?? command?.version,
      name: 'imagine',
      options: [{ type: 3, name: 'prompt', value: 'a red fox' }],
      attachments: [],
    },
  }
}

test('everything goes through the proxy of the account, nothing around it', async () => {
  const one = member()
  const { rest, account, counters } = one
  const { channelId } = account
  expect(await rest.me()).toMatchObject({ ok: true, value: { id: account.userId } })
  expect(await rest.channel(channelId)).toMatchObject({ value: { guild_id: account.guildId } })
  expect(await rest.openDm(midjourney)).toMatchObject({ value: { id: account.dmChannelIds.midjourney } })
  expect(await rest.interact(await imagine(one))).toEqual({ outcome: 'accepted' })

  const upload = await rest.createAttachment({
    channelId,
    filename: 'fox.png',
    bytes: png,
    contentType: 'image/png',
  })
  if (!upload.ok) throw new Error(upload.why)
  const { uploadFilename } = upload.value
  const sent = await rest.sendMessage(channelId, {
    content: '',
    attachments: [{ id: '0', filename: 'fox.png', uploaded_filename: uploadFilename }],
  })
  if (!sent.ok) throw new Error(sent.why)
  const { id, attachments } = sent.value as { id: string; attachments: { url: string }[] }
  const url = String(attachments[0]?.url)
  expect(await rest.fetchFile(url, { maxBytes: 10_000 })).toEqual({
    ok: true,
    value: { bytes: png, contentType: 'image/png' },
  })
  expect(await rest.refreshUrls([url])).toMatchObject({ value: { refreshed_urls: [{ original: url }] } })
  expect(await rest.react({ channelId, messageId: id, emoji: '✉️' })).toMatchObject({ ok: true })
  expect(await rest.messages({ channelId, around: id, limit: 1 })).toMatchObject({ value: [{ id }] })

  const spare = await rest.createAttachment({
    channelId,
    filename: 'b.png',
    bytes: png,
    contentType: 'image/png',
  })
  if (!spare.ok) throw new Error(spare.why)
  expect(await rest.deleteUpload(spare.value.uploadFilename)).toMatchObject({ ok: true })

  const { direct, proxied, strayed } = counters()
  expect(direct).toEqual({ api: 0, gateway: 0, cdn: 0, upload: 0, activities: 0 })
  expect(strayed).toEqual({ api: 0, gateway: 0, cdn: 0, upload: 0, activities: 0 })
  const { activities: _, ...used } = proxied
  for (const count of Object.values(used)) expect(count).toBeGreaterThan(0)
})

describe('nothing reaches Discord', () => {
  const wrongPassword = (url: string) => url.replace(/drawer:[^@]+@/, 'drawer:guessed-wrong@')
  const noPassword = (url: string) => url.replace(/drawer:[^@]+@/, '')
  test.each<[string, ProxyMode, (url: string) => string]>([
    ['the proxy is down', 'down', (url) => url],
    ['the proxy refuses', 'refusing', (url) => url],
    ['the proxy wants other credentials', 'unauthorized', (url) => url],
    ['the password is wrong', 'up', wrongPassword],
    ['the password is missing', 'up', noPassword],
  ])('when %s, and no secret is told', async (_name, mode, change) => {
    const { rest, account, counters, lines, join } = member(change)
    await sim.setProxy(account.index, mode)
    const session = join()
    await until(() => session.state.state === 'waiting')
    const outcomes = [
      session.state,
      await rest.interact({ type: 2 }),
      await rest.me(),
      await rest.fetchFile(`${sim.urls.cdn}/attachments/1/2/a.png`, { maxBytes: 10 }),
    ]
    expect(outcomes.slice(1)).toEqual([
      expect.objectContaining({ outcome: 'not-sent' }),
      expect.objectContaining({ ok: false, status: null }),
      expect.objectContaining({ ok: false, status: null }),
    ])
    const { direct, proxied } = counters()
    expect({ direct, proxied }).toEqual({
      direct: { api: 0, gateway: 0, cdn: 0, upload: 0, activities: 0 },
      proxied: { api: 0, gateway: 0, cdn: 0, upload: 0, activities: 0 },
    })
    const all = JSON.stringify([outcomes, lines])
    for (const secret of [account.token, 'p@ss', 'p%40ss', 'guessed-wrong', 'drawer']) {
      expect(all).not.toContain(secret)
    }
  })
})

describe('an interaction', () => {
  test('is told what each answer of Discord means', async () => {
    const one = member()
    const body = await imagine(one)
    const account = one.account.index
    const answers: [RestAnswer, object][] = [
      ['rate-limit', { outcome: 'rate-limited', retryAfterMs: 2_500, global: false, scope: 'user' }],
      ['rate-limit-html', { outcome: 'refused', status: 429, verdict: 'blocked' }],
      ['unauthorized', { outcome: 'refused', status: 401, verdict: 'token-dead' }],
      ['missing-access', { outcome: 'refused', status: 403, code: 50001, verdict: 'channel-lost' }],
      ['verify-account', { outcome: 'refused', status: 403, code: 40002, verdict: 'attention' }],
      ['captcha', { outcome: 'refused', status: 400, verdict: 'attention' }],
      ['server-error', { outcome: 'unknown' }],
      ['bad-gateway-html', { outcome: 'unknown' }],
      ['hang', { outcome: 'unknown' }],
    ]
    for (const [answer, expected] of answers) {
      sim.faults.once({ kind: 'rest', answer, account, route: 'POST /interactions', retryAfterSeconds: 2.5 })
      expect(await one.rest.interact(body), answer).toMatchObject(expected)
    }
    expect(sim.truth.interactions().filter((seen) => seen.account === account)).toEqual([])
  })

  test('that took effect although the answer was lost is of unknown outcome', async () => {
    const one = member()
    const body = await imagine(one)
    const account = one.account.index
    sim.faults.once({ kind: 'rest', answer: 'hang', executed: true, account, route: 'POST /interactions' })
    expect(await one.rest.interact(body)).toMatchObject({ outcome: 'unknown' })
    const seen = sim.truth.interactions().filter((each) => each.account === account)
    expect(seen).toMatchObject([{ nonce: body.nonce, sessionLive: true, answered: 'none' }])
  })

  test('with an old version of the command is stale', async () => {
    const one = member()
    expect(await one.rest.interact(await imagine(one, '1077969938624553050'))).toMatchObject({
      outcome: 'refused',
      code: 50035,
      verdict: 'stale-command',
    })
  })
})

test('waits until the command index is ready', async () => {
  const { rest, account } = member()
  sim.faults.once({
    kind: 'rest',
    answer: 'not-ready',
    account: account.index,
    retryAfterSeconds: 3,
    times: 2,
  })
  const index = await rest.commandIndex({ channelId: account.channelId })
  expect(index).toMatchObject({ ok: true, value: { application_commands: expect.any(Array) } })
})

test('knows a dead token and a lost channel', async () => {
  const dead = member()
  sim.setAccount(dead.account.index, { tokenDead: true })
  expect(await dead.rest.me()).toMatchObject({ ok: false, status: 401, verdict: 'token-dead' })
  const kicked = member()
  sim.setAccount(kicked.account.index, { kicked: true })
  expect(await kicked.rest.messages({ channelId: kicked.account.channelId })).toMatchObject({
    ok: false,
    status: 403,
    verdict: 'channel-lost',
  })
})
