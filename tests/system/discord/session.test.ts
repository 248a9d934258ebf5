import { describe, expect, onTestFinished, test } from 'vitest'
import { createClock } from '../../../src/clock.ts'
import type { GatewayEvent } from '../../../src/discord/gateway/session.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import {
  oblige,
  type ScriptedConnection,
  type ScriptedGatewayOptions,
  startScriptedGateway,
} from '../../helpers/scripted-gateway.ts'
import { until } from '../../helpers/until.ts'
import { gatewaySession } from './gateway-session.ts'
import { token } from './rest-client.ts'

const finishing = { onTestFinished }
type Options = Parameters<typeof gatewaySession>[2]

/** A session that has begun against a gateway of the test's own. */
async function begun(script: ScriptedGatewayOptions = {}, options: Options = {}) {
  const gateway = await startScriptedGateway(finishing, script)
  const kept = gatewaySession(finishing, gateway, options)
  kept.session.start()
  return { gateway, ...kept }
}

async function ready(script: ScriptedGatewayOptions = {}, options: Options = {}) {
  const parts = await begun(script, options)
  await until(() => parts.session.state.state === 'ready', { what: 'ready' })
  return { ...parts, first: await parts.gateway.connection(0) }
}

/** Waits until what was sent before has been taken in: the answer to an op 1 comes after it. */
async function takenIn(connection: ScriptedConnection): Promise<void> {
  const before = connection.received.length
  connection.send({ op: 1 })
  await until(() => connection.received.slice(before).some(({ op }) => op === 1))
}

const record = (resumeUrl: string) => ({ sessionId: 'a-session', seq: 41, resumeUrl })

describe('a session', () => {
  test('identifies as a user after HELLO, and is ready with READY', async () => {
    const { gateway, session, states, first, gaps, events } = await ready()
    expect(first.path).toBe('/?encoding=json&v=9')
    expect(gateway.upgrades[0]).toMatchObject({
      origin: 'https://discord.com',
      'user-agent': expect.stringContaining('Mozilla/5.0'),
    })
    const { d } = await first.got(2)
    expect(d).toMatchObject({ token })
    expect(Object.keys(d as object)).not.toContain('intents')
    expect(states.map(({ state }) => state)).toEqual(['connecting', 'identifying', 'ready'])
    expect(session.state).toEqual({ state: 'ready', sessionId: 'session-0', userId: '42' })
    expect(session.record).toEqual({ sessionId: 'session-0', seq: 1, resumeUrl: gateway.url })
    expect(gaps()).toBe(1)
    expect(events.map(({ t }) => t)).toEqual(['READY'])
  })

  test('says nothing before HELLO', async () => {
    const { gateway, session } = await begun({ onConnection: () => {} })
    const connection = await gateway.connection(0)
    await takenIn(connection)
    expect(connection.received.map(({ op }) => op)).toEqual([1])
    connection.send({ op: 10, d: { heartbeat_interval: 41_250 } })
    await until(() => session.state.state === 'ready')
  })

  test('is ready over a compressed stream', async () => {
    const { first, events } = await ready({}, { compression: 'zlib-stream' })
    expect(first.path).toBe('/?encoding=json&v=9&compress=zlib-stream')
    first.dispatch('MESSAGE_CREATE', 2, { content: 'ü'.repeat(100_000) })
    first.dispatch('MESSAGE_CREATE', 3)
    await until(() => events.length === 3)
    expect(events.map(({ s }) => s)).toEqual([1, 2, 3])
  })

  test('waits for its turn to identify', async () => {
    let letThrough = () => {}
    const turn = new Promise<void>((resolve) => {
      letThrough = resolve
    })
    const { gateway, session } = await begun({}, { identifyGate: () => turn })
    const first = await gateway.connection(0)
    await takenIn(first)
    expect(first.received.some(({ op }) => op === 2)).toBe(false)
    letThrough()
    await until(() => session.state.state === 'ready')
  })

  test('comes back when its turn fails', async () => {
    let turns = 0
    const identifyGate = async () => {
      turns += 1
      if (turns === 1) throw new Error('no turn')
    }
    const { session } = await begun({}, { identifyGate })
    await until(() => session.state.state === 'ready')
  })

  test('identifies once in five seconds', async () => {
    const clock = createClock(20)
    const at: number[] = []
    const onPayload: ScriptedGatewayOptions['onPayload'] = ({ op }, connection, index) => {
      if (op !== 2) return
      at.push(clock.now())
      if (index < 2) connection.send({ op: 9, d: false })
      else connection.ready('at-last')
    }
    await ready({ onPayload }, { clock, random: () => 0 })
    expect(at).toHaveLength(3)
    // The clock of the server is read a little later than the client's.
    for (const [i, moment] of at.slice(1).entries()) expect(moment - (at[i] ?? 0)).toBeGreaterThan(4_500)
  })

  test.each([
    ['READY without a session', { op: 0, t: 'READY', s: 1, d: null }],
    ['READY with a session that is no text', { op: 0, t: 'READY', s: 1, d: { session_id: 7 } }],
  ])('comes back from %s', async (_name, malformed) => {
    const { gateway, session } = await begun({
      onPayload: (payload, connection, index) => {
        if (payload.op === 2 && index === 0) connection.send(malformed)
        else oblige(payload, connection, index)
      },
    })
    await until(() => session.state.state === 'ready')
    expect(gateway.connections).toHaveLength(2)
  })

  test.each([
    ['null', null],
    ['no interval', {}],
    ['an interval of nothing', { heartbeat_interval: 0 }],
  ])('does with a HELLO of %s', async (_name, d) => {
    const { gateway, session } = await begun({ onConnection: (connection) => connection.send({ op: 10, d }) })
    await until(() => session.state.state === 'ready')
    expect((await gateway.connection(0)).received.filter(({ op }) => op === 1).length).toBeLessThan(5)
  })

  test('uses the address that READY gives only if a socket can be opened to it', async () => {
    const { session, first, gateway } = await ready({
      onPayload: (payload, connection, index) => {
        if (payload.op === 2) connection.ready('s', { resume_gateway_url: 'not an address' })
        else oblige(payload, connection, index)
      },
    })
    first.cut()
    await (await gateway.connection(1)).got(6)
    await until(() => session.state.state === 'ready')
  })
})

describe('the heartbeat', () => {
  test('comes first after a random share of the interval, then every interval, with the last sequence', async () => {
    const clock = new ManualClock()
    const { gateway, session, events } = await begun(
      { heartbeatIntervalMs: 10_000 },
      { clock, random: () => 0.25 },
    )
    const first = await gateway.connection(0)
    const beats = () => first.received.filter(({ op }) => op === 1).map(({ d }) => d)
    await until(() => session.state.state === 'ready')
    clock.advance(2_499)
    expect(clock.sleeping).toBe(1)
    expect(beats()).toEqual([])
    clock.advance(1)
    await until(() => beats().length === 1)
    first.dispatch('MESSAGE_CREATE', 7)
    await until(() => events.some(({ s }) => s === 7) && clock.sleeping === 1)
    clock.advance(9_999)
    expect(clock.sleeping).toBe(1)
    clock.advance(1)
    await until(() => beats().length === 2)
    expect(beats()).toEqual([1, 7])
  })

  test('answers an op 1 at once', async () => {
    const { first } = await ready()
    first.send({ op: 1 })
    expect(await first.got(1)).toEqual({ op: 1, d: 1 })
  })

  test('that is not acknowledged closes with 4000 and resumes', async () => {
    const { gateway, session, gaps } = await ready({
      heartbeatIntervalMs: 2_000,
      onPayload: (payload, connection, index) => {
        if (payload.op !== 1 || index > 0) oblige(payload, connection, index)
      },
    })
    const second = await gateway.connection(1)
    expect(await second.got(6)).toEqual({ op: 6, d: { token, session_id: 'session-0', seq: 1 } })
    await until(() => session.state.state === 'ready')
    expect(gateway.connections[0]?.closedWith).toBe(4000)
    expect(gateway.connections[0]?.received.filter(({ op }) => op === 1)).toHaveLength(1)
    expect(gaps()).toBe(1)
  })

  test('that is acknowledged goes on', async () => {
    const { gateway, first, session } = await ready({ heartbeatIntervalMs: 500 })
    await until(() => first.received.filter(({ op }) => op === 1).length >= 10)
    expect(gateway.connections).toHaveLength(1)
    expect(session.state.state).toBe('ready')
  })
})

describe('a server that keeps the socket and is silent', () => {
  test.each([
    ['instead of HELLO', { onConnection: silentFirst }, 'no HELLO'],
    ['after IDENTIFY', { onPayload: acknowledgingFirst }, 'no READY'],
  ])('%s is left after a while', async (_name, script, why) => {
    const { session, lines } = await begun({ heartbeatIntervalMs: 5_000, ...script })
    await until(() => session.state.state === 'ready')
    expect(lines.some((line) => line.includes(why))).toBe(true)
  })

  test('after RESUME is left after a while, and resumed', async () => {
    const gateway = await startScriptedGateway(finishing, {
      heartbeatIntervalMs: 5_000,
      onPayload: acknowledgingFirst,
    })
    const { session, lines } = gatewaySession(finishing, gateway, { resumeFrom: record(gateway.url) })
    session.start()
    await until(() => session.state.state === 'ready')
    expect(lines.some((line) => line.includes('no RESUMED'))).toBe(true)
    expect(gateway.connections[1]?.received[0]).toMatchObject({
      op: 6,
      d: { session_id: 'a-session', seq: 41 },
    })
  })

  function silentFirst(connection: ScriptedConnection, index: number) {
    if (index > 0) connection.send({ op: 10, d: { heartbeat_interval: 5_000 } })
  }
  function acknowledgingFirst(
    payload: { op: number; d: unknown },
    connection: ScriptedConnection,
    index: number,
  ) {
    if (payload.op === 1 || index > 0) oblige(payload, connection, index)
  }
})

describe('a lost connection', () => {
  test.each<[string, (connection: ScriptedConnection) => void]>([
    ['is cut', (connection) => connection.cut()],
    ['is closed by the server with 1000', (connection) => connection.close(1000)],
    ['is closed with 1001', (connection) => connection.close(1001)],
    ['is closed with 4000', (connection) => connection.close(4000)],
    ['is closed with 4001', (connection) => connection.close(4001)],
    ['is closed with 4002', (connection) => connection.close(4002)],
    ['is closed with 4005', (connection) => connection.close(4005)],
    ['is closed with a code that nobody knows', (connection) => connection.close(4999)],
    ['gets op 7', (connection) => connection.send({ op: 7 })],
    ['gets op 9 that allows it', (connection) => connection.send({ op: 9, d: true })],
    ['sends what is no JSON', (connection) => connection.raw('{"op":')],
    ['sends JSON that is no payload', (connection) => connection.raw('null')],
  ])('that %s is resumed, and what was missed is handled once, in order', async (_name, lose) => {
    const { gateway, session, events, gaps, first } = await ready({ onPayload: replaying })
    first.dispatch('MESSAGE_CREATE', 2)
    first.dispatch('MESSAGE_UPDATE', 3)
    await until(() => session.record?.seq === 3)
    lose(first)
    const second = await gateway.connection(1)
    expect(await second.got(6)).toEqual({ op: 6, d: { token, session_id: 'session-0', seq: 3 } })
    await until(() => session.state.state === 'ready' && session.record?.seq === 6)
    expect(events.map(({ t, s }) => `${t} ${s}`)).toEqual([
      'READY 1',
      'MESSAGE_CREATE 2',
      'MESSAGE_UPDATE 3',
      'MESSAGE_CREATE 4',
      'MESSAGE_DELETE 5',
      'RESUMED 6',
    ])
    expect(session.state).toEqual({ state: 'ready', sessionId: 'session-0', userId: '42' })
    expect(gaps()).toBe(1)
  })

  test.each<[string, (connection: ScriptedConnection) => void]>([
    ['op 9 that forbids to resume', (connection) => connection.send({ op: 9, d: false })],
    ['close code 4003', (connection) => connection.close(4003)],
    ['close code 4007', (connection) => connection.close(4007)],
    ['close code 4009', (connection) => connection.close(4009)],
    ['close code 4016', (connection) => connection.close(4016)],
    ['close code 4015', (connection) => connection.close(4015)],
  ])('with %s begins a new session, and says that something may be missing', async (_name, lose) => {
    const { gateway, session, leftWith, gaps, first } = await ready({}, { clock: createClock(500) })
    first.dispatch('MESSAGE_CREATE', 9)
    await until(() => session.record?.seq === 9)
    lose(first)
    const second = await gateway.connection(1)
    await second.got(2)
    await until(() => session.state.state === 'ready')
    expect(leftWith).toEqual([null])
    expect(second.received.some(({ op }) => op === 6)).toBe(false)
    expect(second.received.filter(({ op, d }) => op === 1 && d === 9)).toEqual([])
    expect(session.record).toMatchObject({ sessionId: 'session-1', seq: 1 })
    expect(gaps()).toBe(2)
  })

  test.each<[string, number, (connection: ScriptedConnection) => void]>([
    ['op 7', 4000, (connection) => connection.send({ op: 7 })],
    ['op 9 that allows to resume', 4000, (connection) => connection.send({ op: 9, d: true })],
    ['op 9 that forbids it', 4000, (connection) => connection.send({ op: 9, d: false })],
    ['a frame that is no JSON', 4002, (connection) => connection.raw('{"op":')],
    [
      'a frame that is not compressed data',
      4002,
      (connection) => connection.raw(Buffer.from('nonsense\0\0\xff\xff', 'latin1')),
    ],
  ])('is left after %s with %i, which does not end the session', async (_name, code, lose) => {
    const { first } = await ready({}, { compression: 'zlib-stream' })
    lose(first)
    await until(() => first.closedWith !== undefined)
    expect(first.closedWith).toBe(code)
  })

  test('heeds op 9 although the close comes on its heels', async () => {
    const { gateway, session, first } = await ready({}, { compression: 'zlib-stream' })
    first.send({ op: 9, d: false })
    first.close(1000)
    await (await gateway.connection(1)).got(2)
    await until(() => session.state.state === 'ready')
    expect(session.record?.sessionId).toBe('session-1')
  })

  test('whose resume is refused identifies, and says that something may be missing', async () => {
    const { session, gaps, gateway, first } = await ready({
      onPayload: (payload, connection, index) => {
        if (payload.op === 6) connection.send({ op: 9, d: false })
        else oblige(payload, connection, index)
      },
    })
    first.cut()
    await until(() => session.record?.sessionId === 'session-2' && session.state.state === 'ready')
    expect(gateway.connections[1]?.received.map(({ op }) => op)).toContain(6)
    expect(gaps()).toBe(2)
  })

  test('whose resumes are refused again and again, as if they were allowed, identifies in the end', async () => {
    const { session, gaps, first } = await ready({
      onPayload: (payload, connection, index) => {
        if (payload.op === 6) connection.send({ op: 9, d: true })
        else oblige(payload, connection, index)
      },
    })
    first.cut()
    await until(() => gaps() === 2 && session.state.state === 'ready')
  })

  test('waits a minute after sending too fast, minutes after too many sessions', async () => {
    const clock = new ManualClock()
    for (const [code, leastMs] of [
      [4008, 60_000],
      [4015, 180_000],
    ] as const) {
      const { session, gateway } = await begun({}, { clock })
      ;(await gateway.connection(0)).close(code)
      await until(() => session.state.state === 'waiting')
      const { state } = session
      expect(state.state === 'waiting' && state.until - clock.now()).toBe(leastMs)
      await session.stop({ keepSession: true })
    }
  })

  test.each([4004, 4010, 4011, 4012, 4013, 4014])('ends for good with %i', async (code) => {
    const { session, gateway, states, first } = await ready()
    first.close(code)
    await until(() => session.state.state === 'stopped')
    expect(session.state).toMatchObject({ code, fatal: true })
    expect(states.at(-1)).toEqual(session.state)
    expect(session.record).toBeNull()
    session.start()
    expect(session.state.state).toBe('stopped')
    expect(gateway.connections).toHaveLength(1)
  })
})

describe('a gateway that is not there', () => {
  test('is waited for, longer each time, and used when it is back', async () => {
    const away = await startScriptedGateway(finishing)
    await away.close()
    const gateway = await startScriptedGateway(finishing)
    const clock = createClock(1_000)
    const { session, states, lines } = gatewaySession(finishing, away, {
      resumeFrom: null,
      clock,
      random: () => 1,
    })
    session.start()
    const waits = () => states.filter(({ state }) => state === 'waiting')
    await until(() => waits().length >= 8)
    expect(lines.some((line) => line.includes('ECONNREFUSED'))).toBe(true)
    const pauses = lines.flatMap((line) => /"pauseMs":(\d+)/.exec(line)?.[1] ?? []).map(Number)
    expect(pauses.slice(0, 8)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
    expect(gateway.connections).toHaveLength(0)
  })

  test('gives way to the common address when it is the session’s own', async () => {
    const away = await startScriptedGateway(finishing)
    await away.close()
    const gateway = await startScriptedGateway(finishing)
    const { session, states } = gatewaySession(finishing, gateway, { resumeFrom: record(away.url) })
    session.start()
    await until(() => session.state.state === 'ready')
    expect(states.filter(({ state }) => state === 'waiting')).toHaveLength(2)
    expect(gateway.connections[0]?.received[0]).toMatchObject({
      op: 6,
      d: { session_id: 'a-session', seq: 41 },
    })
  })

  test('is resumed at the session’s own address, the query given once', async () => {
    const own = await startScriptedGateway(finishing)
    const common = await startScriptedGateway(finishing)
    const resumeUrl = `${own.url}/?encoding=json&v=9&compress=zlib-stream`
    const { session, gaps } = gatewaySession(finishing, common, { resumeFrom: record(resumeUrl) })
    session.start()
    await until(() => session.state.state === 'ready')
    expect(own.connections[0]?.path).toBe('/?encoding=json&v=9')
    expect(common.connections).toHaveLength(0)
    expect(gaps()).toBe(0)
    expect(session.record).toMatchObject({ sessionId: 'a-session', seq: 42 })
  })
})

describe('dispatches', () => {
  test('are handled one at a time and in order, however slow', async () => {
    const log: string[] = []
    const release = gate()
    const { first, session } = await ready(
      {},
      {
        onDispatch: async ({ s }) => {
          log.push(`begin ${s}`)
          if (s > 1) await release.pass()
          log.push(`end ${s}`)
        },
      },
    )
    for (const s of [2, 3, 4]) first.dispatch('MESSAGE_CREATE', s)
    await takenIn(first)
    expect(log).toEqual(['begin 1', 'end 1', 'begin 2'])
    expect(session.record?.seq).toBe(1)
    release.one()
    await until(() => session.record?.seq === 2)
    await until(() => log.at(-1) === 'begin 3')
    release.one()
    release.one()
    await until(() => session.record?.seq === 4)
    expect(log.slice(2)).toEqual(['begin 2', 'end 2', 'begin 3', 'end 3', 'begin 4', 'end 4'])
  })

  test('count as handled when the handler fails, and those after it are handled', async () => {
    const seen: number[] = []
    const { first, session, lines } = await ready(
      {},
      {
        onDispatch: ({ s }) => {
          seen.push(s)
          if (s === 2) throw new Error('cannot read this')
        },
      },
    )
    first.dispatch('MESSAGE_CREATE', 2)
    first.dispatch('MESSAGE_CREATE', 3)
    await until(() => session.record?.seq === 3)
    expect(seen).toEqual([1, 2, 3])
    expect(lines.some((line) => line.startsWith('error gateway event not handled'))).toBe(true)
  })

  test('that were received but not handled are not asked for again by this process, but counted out for the next', async () => {
    const release = gate()
    const handled: number[] = []
    const { first, gateway, session } = await ready(
      {},
      {
        onDispatch: async ({ s }) => {
          if (s > 1) await release.pass()
          handled.push(s)
        },
      },
    )
    for (const s of [2, 3]) first.dispatch('MESSAGE_CREATE', s)
    await takenIn(first)
    expect(session.record?.seq).toBe(1)
    first.cut()
    expect(await (await gateway.connection(1)).got(6)).toMatchObject({ d: { seq: 3 } })
    expect(session.record?.seq).toBe(1)
    // Resumed, but not ready as long as events from before are being handled.
    await takenIn(await gateway.connection(1))
    expect(session.state.state).toBe('resuming')
    release.all()
    await until(() => session.state.state === 'ready')
    expect(handled).toEqual([1, 2, 3, 4])
    expect(session.record?.seq).toBe(4)
  })

  test('that are slow do not make a session ready whose connection is gone', async () => {
    const release = gate()
    const { gateway, session, states } = await begun(
      {
        onPayload: (payload, connection, index) => {
          // The second connection is never told that it has resumed.
          if (payload.op !== 6 || index !== 1) oblige(payload, connection, index)
        },
      },
      { onDispatch: () => release.pass() },
    )
    const first = await gateway.connection(0)
    await first.got(2)
    await takenIn(first)
    first.cut()
    const second = await gateway.connection(1)
    await second.got(6)
    release.all()
    await takenIn(second)
    expect(session.state.state).toBe('resuming')
    expect(states.map(({ state }) => state)).not.toContain('ready')
    second.cut()
    await until(() => session.state.state === 'ready')
  })

  test('of a session that was replaced leave the new one’s sequence alone', async () => {
    const release = gate()
    const seen: GatewayEvent[] = []
    const { first, session } = await ready(
      {},
      {
        onDispatch: async (event) => {
          if (event.t === 'MESSAGE_CREATE') await release.pass()
          seen.push(event)
        },
      },
    )
    first.dispatch('MESSAGE_CREATE', 800)
    first.dispatch('MESSAGE_CREATE', 801)
    await takenIn(first)
    first.send({ op: 9, d: false })
    await until(() => session.record?.sessionId === 'session-1')
    release.all()
    await until(() => session.state.state === 'ready')
    expect(seen.map(({ s }) => s)).toEqual([1, 800, 801, 1])
    expect(session.record?.seq).toBe(1)
  })
})

describe('stopping', () => {
  test.each([
    [true, 4000],
    [false, 1000],
  ])('with keepSession %s closes with %i, after what was received is handled', async (keepSession, code) => {
    const release = gate()
    const { first, session, states, gateway } = await ready(
      {},
      { onDispatch: ({ s }) => release.pass(s > 1) },
    )
    first.dispatch('MESSAGE_CREATE', 2)
    await takenIn(first)
    let stopped = false
    const stopping = session.stop({ keepSession }).then(() => {
      stopped = true
    })
    await until(() => first.closedWith !== undefined)
    expect(first.closedWith).toBe(code)
    expect(stopped).toBe(false)
    release.all()
    await stopping
    expect(session.record?.seq ?? null).toBe(keepSession ? 2 : null)
    expect(states.at(-1)).toEqual({ state: 'stopped', why: 'stopped', code: null, fatal: false })
    expect(gateway.connections).toHaveLength(1)
  })

  test('ends the waiting for a gateway that is not there', async () => {
    const away = await startScriptedGateway(finishing)
    await away.close()
    const clock = new ManualClock()
    const { session } = gatewaySession(finishing, away, { clock })
    session.start()
    await until(() => session.state.state === 'waiting')
    await session.stop({ keepSession: true })
    await until(() => clock.sleeping === 0)
    expect(session.state).toMatchObject({ state: 'stopped', fatal: false })
  })

  test('ends a handshake that is under way', async () => {
    const gateway = await startScriptedGateway(finishing)
    const { session, states } = gatewaySession(finishing, gateway)
    session.start()
    await session.stop({ keepSession: true })
    expect(states.map(({ state }) => state)).toEqual(['connecting', 'stopped'])
  })

  test('ends the wait for a turn to identify', async () => {
    const { gateway, session } = await begun(
      {},
      {
        identifyGate: (signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason))
          }),
      },
    )
    await until(() => session.state.state === 'identifying')
    await session.stop({ keepSession: true })
    expect((await gateway.connection(0)).received.some(({ op }) => op === 2)).toBe(false)
  })
})

test('shows the token in no log line and no state', async () => {
  const { gateway, session, lines, states } = await ready({
    onPayload: (payload, connection, index) => {
      if (payload.op === 6) connection.send({ op: 9, d: false })
      else oblige(payload, connection, index)
    },
  })
  ;(await gateway.connection(0)).cut()
  await until(() => session.record?.sessionId === 'session-2')
  ;(await gateway.connection(2)).close(4004)
  await until(() => session.state.state === 'stopped')
  expect(lines.length).toBeGreaterThan(1)
  expect([...lines, JSON.stringify(states)].join('\n')).not.toContain(token)
})

/** Answers RESUME with two missed events and RESUMED. */
function replaying(payload: { op: number; d: unknown }, connection: ScriptedConnection, index: number): void {
  if (payload.op !== 6) return oblige(payload, connection, index)
  const { seq } = payload.d as { seq: number }
  connection.dispatch('MESSAGE_CREATE', seq + 1)
  connection.dispatch('MESSAGE_DELETE', seq + 2)
  connection.dispatch('RESUMED', seq + 3)
}

/** Holds up those who come to it. */
function gate() {
  const waiting: (() => void)[] = []
  let permits = 0
  return {
    async pass(held = true): Promise<void> {
      if (!held) return
      if (permits > 0) permits -= 1
      else await new Promise<void>((resolve) => waiting.push(resolve))
    },
    one() {
      const pass = waiting.shift()
      if (pass) pass()
      else permits += 1
    },
    all() {
      permits = Number.POSITIVE_INFINITY
      for (const pass of waiting.splice(0)) pass()
    },
  }
}
