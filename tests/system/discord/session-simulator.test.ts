import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createClock } from '../../../src/clock.ts'
import type { GatewaySessionOptions } from '../../../src/discord/gateway/session.ts'
import { createDiscordRest } from '../../../src/discord/rest/client.ts'
import { createTransport } from '../../../src/discord/transport.ts'
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { until } from '../../helpers/until.ts'
import { gatewaySession } from './gateway-session.ts'
import { keepingLog } from './rest-client.ts'

let sim: Simulator
let next = 0
beforeAll(async () => {
  sim = await startSimulator({ accounts: 24, speed: 100, pictureSize: 'tiny', frameSplitRate: 0.7 })
})
afterAll(() => sim.close())

/** An account that no other test uses, its session, and its owner who writes to the channel. */
function member(options: Partial<GatewaySessionOptions> = {}) {
  const account = sim.accounts[next++]
  if (!account) throw new Error('the simulator needs more accounts')
  const t = { onTestFinished }
  const transport = createTransport({ proxyUrl: null })
  onTestFinished(() => transport.close())
  const rest = createDiscordRest({
    apiUrl: sim.urls.api,
    token: account.token,
    transport,
    clock: createClock(100),
    log: keepingLog().log,
  })
  const place = { url: sim.urls.gateway }
  const settings = { token: account.token, ...options }
  const told = gatewaySession(t, place, settings)
  const texts = () =>
    told.events
      .filter((event) => event.t === 'MESSAGE_CREATE')
      .map(({ d }) => (d as { content: string }).content)
  return {
    ...told,
    account,
    texts,
    counters: () => sim.truth.counters(account.index),
    write: async (content: string) => {
      expect(await rest.sendMessage(account.channelId, { content })).toMatchObject({ ok: true })
    },
    successor: (more: Partial<GatewaySessionOptions>) => gatewaySession(t, place, { ...settings, ...more }),
  }
}

const isReady = ({ session }: Pick<ReturnType<typeof member>, 'session'>) =>
  until(() => session.state.state === 'ready', { what: 'ready' })

async function ready(options?: Partial<GatewaySessionOptions>) {
  const one = member(options)
  one.session.start()
  await isReady(one)
  return one
}

/** Moves the clock on until the session is ready again. */
async function backWith(clock: ManualClock, one: Pick<ReturnType<typeof member>, 'session'>) {
  await until(() => {
    if (one.session.state.state === 'waiting') clock.advance(10_000)
    return one.session.state.state === 'ready'
  })
}

test.each(['none', 'zlib-stream'] as const)(
  'is ready and hears its channel, compression %s',
  async (compression) => {
    const one = await ready({ compression })
    expect(one.session.state).toMatchObject({ userId: one.account.userId })
    expect(one.session.record).toMatchObject({ resumeUrl: sim.urls.gateway })
    for (const text of ['a', 'ü'.repeat(1500), 'c']) await one.write(text)
    await until(() => one.texts().length === 3)
    expect(one.texts()).toEqual(['a', 'ü'.repeat(1500), 'c'])
    expect(one.events.map(({ s }) => s)).toEqual(one.events.map((_, at) => at + 1))
    expect(sim.truth.sessions()).toContainEqual(
      expect.objectContaining({ account: one.account.index, connected: true, compression }),
    )
  },
)

describe('missed events are replayed once, in order', () => {
  test.each<[string, (account: number) => number]>([
    ['the socket was cut', (account) => sim.dropSockets({ account })],
    ['the server asked for it (op 7)', (account) => sim.orderGateway({ account, send: 'reconnect' })],
    ['op 9 said: may resume', (account) => sim.orderGateway({ account, send: 'invalid-session-resumable' })],
    ['it was closed with 1000', (account) => sim.orderGateway({ account, code: 1000 })],
    ['it was closed with 4000', (account) => sim.orderGateway({ account, code: 4000 })],
    ['it was closed with 4008', (account) => sim.orderGateway({ account, code: 4008 })],
  ])('after %s', async (_name, lose) => {
    const clock = new ManualClock()
    const one = await ready({ clock, compression: 'zlib-stream' })
    await one.write('before')
    await until(() => one.texts().length === 1)
    expect(lose(one.account.index)).toBe(1)
    await until(() => one.session.state.state === 'waiting')
    await one.write('meanwhile')
    await one.write('meanwhile too')
    await backWith(clock, one)
    await one.write('after')
    await until(() => one.texts().length === 4)
    expect(one.texts()).toEqual(['before', 'meanwhile', 'meanwhile too', 'after'])
    expect(one.gaps()).toBe(1)
    expect(one.counters()).toMatchObject({ identifies: 1, resumes: 1, invalidSessions: expect.any(Number) })
  })
})

describe('a new session begins, and says so', () => {
  test.each<[string, (account: number) => number]>([
    ['the session was forgotten', (account) => sim.dropSockets({ account, invalidSession: true })],
    ['op 9 said: anew', (account) => sim.orderGateway({ account, send: 'invalid-session' })],
    ['it was closed with 4007', (account) => sim.orderGateway({ account, code: 4007 })],
    ['it was closed with 4009', (account) => sim.orderGateway({ account, code: 4009, forgetSession: true })],
  ])('after %s', async (_name, lose) => {
    const one = await ready()
    const before = one.session.record?.sessionId
    expect(lose(one.account.index)).toBe(1)
    await until(() => one.gaps() === 2)
    await isReady(one)
    expect(one.session.record?.sessionId).not.toBe(before)
    await one.write('heard')
    await until(() => one.texts().includes('heard'))
    expect(one.counters()).toMatchObject({ identifies: 2 })
  })
})

test('a server that stops acknowledging is left with 4000, and resumed', async () => {
  const one = await ready({ clock: createClock(400) })
  sim.orderGateway({ account: one.account.index, send: 'stop-acks' })
  await until(() => one.counters().resumes === 1)
  await isReady(one)
  expect(one.counters().closes).toMatchObject({ 4000: 1 })
  expect(one.gaps()).toBe(1)
})

test('answers an op 1 of the server', async () => {
  const one = await ready({ clock: new ManualClock() })
  sim.orderGateway({ account: one.account.index, send: 'heartbeat' })
  await until(() => one.counters().heartbeats === 1)
})

test('a dead token ends it', async () => {
  const one = member()
  sim.setAccount(one.account.index, { tokenDead: true })
  one.session.start()
  await until(() => one.session.state.state === 'stopped')
  expect(one.session.state).toEqual({ state: 'stopped', why: 'token refused', code: 4004, fatal: true })
  expect(one.session.record).toBeNull()
})

test('hands on what READY asks of a person', async () => {
  const one = member()
  sim.setAccount(one.account.index, { requiredAction: 'REQUIRE_VERIFIED_PHONE' })
  one.session.start()
  await isReady(one)
  expect(one.events[0]).toMatchObject({ t: 'READY', d: { required_action: 'REQUIRE_VERIFIED_PHONE' } })
})

test('another node goes on with a session that was kept', async () => {
  const one = await ready()
  await one.write('before')
  await until(() => one.texts().length === 1)
  await one.session.stop({ keepSession: true })
  await until(() => sim.truth.sessions().some((s) => s.account === one.account.index && !s.connected))
  await one.write('meanwhile')
  const other = one.successor({ resumeFrom: one.session.record })
  other.session.start()
  await isReady(other)
  expect(other.events.map(({ t }) => t)).toEqual(['MESSAGE_CREATE', 'RESUMED'])
  expect(other.gaps()).toBe(0)
})

test('is gone for Discord when it was not kept', async () => {
  const one = await ready()
  await one.session.stop({ keepSession: false })
  await until(() => sim.truth.sessions().every(({ account }) => account !== one.account.index))
  expect(one.session.record).toBeNull()
})
