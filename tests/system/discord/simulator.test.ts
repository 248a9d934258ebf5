import { expect, test } from 'vitest'
import { createClock } from '../../../src/clock.ts'
import { createDiscordRest } from '../../../src/discord/rest/client.ts'
import { createTransport } from '../../../src/discord/transport.ts'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { until } from '../../helpers/until.ts'
import { gatewaySession } from './gateway-session.ts'
import { keepingLog } from './rest-client.ts'

test('keeps one session over drops, op 7 and op 9, and a second over a forgotten one', async (t) => {
  const speed = 50
  const sim = await startSimulator({
    accounts: [{ requireProxy: true, proxyCredentials: { username: 'some', password: 'p@ss' } }],
    speed,
    pictureSize: 'tiny',
    frameSplitRate: 1,
  })
  t.onTestFinished(() => sim.close())
  const [account] = sim.accounts
  if (!account) throw new Error('no account')
  const transport = createTransport({ proxyUrl: account.proxyUrl })
  t.onTestFinished(() => transport.close())
  const clock = createClock(speed)
  const { session, events, gaps } = gatewaySession(
    t,
    { url: sim.urls.gateway },
    { token: account.token, compression: 'zlib-stream', agent: transport.agent, clock },
  )
  const { log } = keepingLog()
  const rest = createDiscordRest({ apiUrl: sim.urls.api, token: account.token, transport, clock, log })
  const ready = () => until(() => session.state.state === 'ready')
  session.start()
  await ready()
  expect(await rest.me()).toMatchObject({ ok: true, value: { id: account.userId } })

  const { sessionId } = session.record ?? {}
  for (const lose of [
    () => sim.dropSockets(),
    () => sim.orderGateway({ send: 'reconnect' }),
    () => sim.orderGateway({ send: 'invalid-session-resumable' }),
    () => sim.orderGateway({ code: 4000 }),
  ]) {
    const { resumes } = sim.truth.counters(0)
    lose()
    await until(() => sim.truth.counters(0).resumes === resumes + 1)
    await ready()
    expect(session.record?.sessionId).toBe(sessionId)
  }
  expect(gaps()).toBe(1)
  sim.dropSockets({ invalidSession: true })
  await until(() => gaps() === 2)
  await ready()
  expect(session.record?.sessionId).not.toBe(sessionId)
  // No event twice and none out of order within a session.
  const firstSession = events.slice(
    0,
    events.findLastIndex(({ t: type }) => type === 'READY'),
  )
  const sequence = firstSession.map(({ s }) => s)
  expect(sequence).toEqual(sequence.map((_, at) => at + 1))

  sim.setAccount(0, { tokenDead: true })
  sim.dropSockets({ invalidSession: true })
  await until(() => session.state.state === 'stopped')
  expect(session.state).toMatchObject({ code: 4004, fatal: true })
  expect(await rest.interact({ type: 2 })).toMatchObject({ outcome: 'refused', verdict: 'token-dead' })
  const { direct, strayed } = sim.truth.counters()
  expect([direct, strayed]).toEqual([
    { api: 0, gateway: 0, cdn: 0, upload: 0, activities: 0 },
    { api: 0, gateway: 0, cdn: 0, upload: 0, activities: 0 },
  ])
})
