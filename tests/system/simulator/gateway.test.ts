import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts'
import { until } from '../../helpers/until.ts'
import { RawClient, User } from './raw-client.ts'

let sim: Simulator
beforeAll(async () => {
  // Time that is 200 times faster keeps the IDENTIFY limit of 5 s at 25 ms.
  sim = await startSimulator({ accounts: 12, speed: 200, pictureSize: 'tiny', heartbeatIntervalMs: 60_000 })
})
afterAll(() => sim.close())

const identify = (index: number, more: object = {}) => ({ token: sim.accounts[index]?.token, ...more })

async function connected(options?: ConstructorParameters<typeof RawClient>[1]) {
  const client = new RawClient(sim.urls.gateway, options)
  await client.hello()
  return client
}

describe('a gateway connection', () => {
  test('greets with the heartbeat interval and answers heartbeats', async () => {
    const client = await connected()
    expect(client.received[0]).toMatchObject({ op: 10, s: null, t: null, d: { heartbeat_interval: 60_000 } })
    client.send(1, null)
    await client.waitFor(({ op }) => op === 11)
    client.close()
  })

  test('gives READY to IDENTIFY before or after HELLO', async () => {
    const early = new RawClient(sim.urls.gateway, { identifyFirst: identify(0) })
    const ready = await early.dispatched('READY')
    expect(ready).toMatchObject({
      v: 9,
      resume_gateway_url: sim.urls.gateway,
      user: { id: sim.accounts[0]?.userId },
    })
    expect(ready.guilds[0]?.id).toBe(sim.accounts[0]?.guildId)
    expect(ready.private_channels[0]).toMatchObject({ recipients: [{ id: '936929561302675456' }] })
    await early.dispatched('READY_SUPPLEMENTAL')
    expect(early.received.filter(({ op }) => op === 0).map(({ s }) => s)).toEqual([1, 2])
    early.close()
  })

  test('moves user objects out of the channels for clients that can do with ids', async () => {
    const client = await connected()
    client.send(2, identify(1, { capabilities: 1 << 4 }))
    const ready = await client.dispatched('READY')
    expect(ready.private_channels[0]).toMatchObject({ recipient_ids: ['936929561302675456'] })
    expect(ready.users).toHaveLength(2)
    client.close()
  })

  test('compresses as one zlib stream, payloads cut into frames', async () => {
    const users = await Promise.all([2, 3].map((index) => User.join(sim, index, { compress: true })))
    const nonces = await Promise.all(users.map((user) => user.imagine('a compressed fox')))
    await Promise.all(users.map((user, at) => user.final(nonces[at] ?? '')))
    for (const { gateway } of users) {
      const sequences = gateway.received.flatMap(({ s }) => s ?? [])
      expect(sequences).toEqual(sequences.map((_, at) => at + 1))
    }
    const [frames, payloads] = [
      users.flatMap((u) => u.gateway.frames),
      users.flatMap((u) => u.gateway.received),
    ]
    expect(frames.length).toBeGreaterThan(payloads.length)
    for (const user of users) user.leave()
  })

  test('resumes a dropped session and replays what was missed', async () => {
    const user = await User.join(sim, 4)
    const nonce = await user.imagine('a fox that is missed')
    await user.gateway.dispatched('MESSAGE_CREATE')
    const seen = user.gateway.sequence
    expect(sim.dropSockets({ account: 4 })).toBe(1)
    expect(await user.gateway.closed()).toBe(1006)
    await until(() => sim.truth.jobs().find((job) => job.nonce === nonce)?.state === 'done')

    const again = await connected()
    again.send(6, { token: user.account.token, session_id: user.sessionId, seq: seen })
    await again.dispatched('RESUMED')
    const finals = again.dispatches('MESSAGE_CREATE').filter(({ attachments }) => attachments.length > 0)
    expect(finals).toHaveLength(1)
    const sequences = again.received.flatMap(({ s }) => s ?? [])
    expect(sequences[0]).toBe(seen + 1)
    expect(sim.truth.counters(4)).toMatchObject({ resumes: 1, closes: { 0: 1 } })
    again.close()
  })

  test('refuses to resume what is gone: invalidated, closed by the client, unknown', async () => {
    const user = await User.join(sim, 5)
    sim.dropSockets({ account: 5, invalidSession: true })
    await user.gateway.closed()
    const client = await connected()
    client.send(6, { token: user.account.token, session_id: user.sessionId, seq: 1 })
    expect(await client.waitFor(({ op }) => op === 9)).toMatchObject({ d: false })
    // The same socket may identify.
    client.send(2, identify(5))
    const { session_id } = await client.dispatched('READY')
    client.close(1000)
    await until(() => !sim.truth.sessions().some(({ sessionId }) => sessionId === session_id))
  })

  test('closes with 4007 a resume from the future', async () => {
    const user = await User.join(sim, 6)
    sim.dropSockets({ account: 6 })
    await user.gateway.closed()
    const client = await connected()
    client.send(6, { token: user.account.token, session_id: user.sessionId, seq: 999 })
    expect(await client.closed()).toBe(4007)
  })

  test.each([
    [4001, 'an unknown opcode', [[99, null]]],
    [4003, 'presence before IDENTIFY', [[3, {}]]],
    [4004, 'an unknown token', [[2, { token: 'nobody' }]]],
    [4002, 'too much at once', [[2, { token: 'x'.repeat(16_000) }]]],
    [4008, 'too many sends', Array.from({ length: 121 }, () => [1, null])],
  ] as [number, string, [number, unknown][]][])('closes with %i on %s', async (code, _what, sends) => {
    // The window of the send limit is 60 s, which is too short to fill when time is fast.
    const slow = await startSimulator({ pictureSize: 'tiny' })
    const client = new RawClient(slow.urls.gateway)
    await client.hello()
    for (const [op, d] of sends) client.send(op, d)
    expect(await client.closed()).toBe(code)
    await slow.close()
  })

  test('closes with 4002 what is no JSON, 4005 a second IDENTIFY, 4012 an unknown encoding', async () => {
    const garbled = await connected()
    garbled.socket.send('{')
    expect(await garbled.closed()).toBe(4002)
    const user = await User.join(sim, 7)
    user.gateway.send(2, identify(7))
    expect(await user.gateway.closed()).toBe(4005)
    const etf = new RawClient(`${sim.urls.gateway}/?compress=zstd-stream&x=`)
    expect(await etf.closed()).toBe(4012)
  })

  test('closes with 4009 when heartbeats stay away, and forgets the session', async () => {
    const impatient = await startSimulator({ heartbeatIntervalMs: 40, pictureSize: 'tiny' })
    const user = await User.join(impatient)
    expect(await user.gateway.closed()).toBe(4009)
    await until(() => impatient.truth.sessions().length === 0)
    await impatient.close()
  })

  test('answers an IDENTIFY within five seconds of the last with INVALID_SESSION', async () => {
    const slow = await startSimulator({ pictureSize: 'tiny' })
    const user = await User.join(slow)
    const client = new RawClient(slow.urls.gateway)
    await client.hello()
    client.send(2, { token: user.account.token })
    expect(await client.waitFor(({ op }) => op === 9)).toMatchObject({ d: false })
    expect(slow.truth.counters(0)).toMatchObject({ identifies: 2, invalidSessions: 1 })
    await slow.close()
  })

  test('gives orders: reconnect, heartbeat, invalid session, silence, any close code', async () => {
    const user = await User.join(sim, 8)
    sim.orderGateway({ account: 8, send: 'reconnect' })
    await user.gateway.waitFor(({ op }) => op === 7)
    sim.orderGateway({ account: 8, send: 'heartbeat' })
    await user.gateway.waitFor(({ op }) => op === 1)
    sim.orderGateway({ account: 8, send: 'stop-acks' })
    user.gateway.send(1, 2)
    await until(() => sim.truth.counters(8).heartbeats === 1)
    expect(user.gateway.received.some(({ op }) => op === 11)).toBe(false)
    sim.orderGateway({ account: 8, send: 'invalid-session-resumable' })
    expect(await user.gateway.waitFor(({ op }) => op === 9)).toMatchObject({ d: true })
    user.gateway.send(6, { token: user.account.token, session_id: user.sessionId, seq: 2 })
    await user.gateway.dispatched('RESUMED')
    sim.orderGateway({ account: 8, code: 4000 })
    expect(await user.gateway.closed()).toBe(4000)
  })

  test('asks for a person in READY, and refuses a dead token', async () => {
    sim.faults.once({ kind: 'required-action', action: 'REQUIRE_VERIFIED_EMAIL', account: 9 })
    const client = await connected()
    client.send(2, identify(9))
    expect(await client.dispatched('READY')).toMatchObject({ required_action: 'REQUIRE_VERIFIED_EMAIL' })
    sim.setAccount(9, { tokenDead: true })
    const second = await connected()
    second.send(2, identify(9))
    expect(await second.closed()).toBe(4004)
    client.close()
  })

  test('forgets a session whose socket stays away', async () => {
    const forgetful = await startSimulator({ sessionLifetimeMs: 30, pictureSize: 'tiny' })
    const user = await User.join(forgetful)
    forgetful.dropSockets()
    await user.gateway.closed()
    await until(() => forgetful.truth.sessions().length === 0)
    await forgetful.close()
  })
})
