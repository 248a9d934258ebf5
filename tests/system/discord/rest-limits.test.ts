import { describe, expect, onTestFinished, test } from 'vitest'
import { type Clock, systemClock } from '../../../src/clock.ts'
import { createDiscordRest } from '../../../src/discord/rest/client.ts'
import { createTransport } from '../../../src/discord/transport.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { type ScriptedAnswer, startScriptedApi } from '../../helpers/scripted-api.ts'
import { until } from '../../helpers/until.ts'
import { keepingLog, token } from './rest-client.ts'

/** A client of an API that answers so, on this clock. */
async function client(clock: Clock, ...answers: ScriptedAnswer[]) {
  const api = await startScriptedApi({ onTestFinished }, ...answers)
  const transport = createTransport({ proxyUrl: null })
  onTestFinished(() => transport.close())
  const rest = createDiscordRest({ apiUrl: api.url, token, transport, clock, log: keepingLog().log })
  return { rest, api }
}

const limited = (retryAfter: number, more: object = {}): ScriptedAnswer => {
  return { status: 429, body: { message: 'slow', retry_after: retryAfter, global: false, ...more } }
}
const list = { status: 200, body: [] }

describe('after a 429', () => {
  test('the next call on that route waits, others go on', async () => {
    const clock = new ManualClock()
    const { rest, api } = await client(clock, limited(5), list)
    const first = rest.messages({ channelId: '11' })
    await until(() => clock.sleeping === 1)
    const second = rest.messages({ channelId: '11', after: '22' })
    await until(() => clock.sleeping === 2)
    expect(await rest.messages({ channelId: '12' })).toEqual({ ok: true, value: [] })
    expect(api.requests.map(({ path }) => path)).toEqual([
      '/channels/11/messages?limit=50',
      '/channels/12/messages?limit=50',
    ])
    clock.advance(5_000)
    expect(await Promise.all([first, second])).toEqual([
      { ok: true, value: [] },
      { ok: true, value: [] },
    ])
  })

  test('that is global everything waits, whatever was refused', async () => {
    const clock = new ManualClock()
    const { rest, api } = await client(clock, limited(5, { global: true }), list)
    expect(await rest.interact({})).toMatchObject({ outcome: 'rate-limited', global: true })
    const call = rest.messages({ channelId: '11' })
    await until(() => clock.sleeping === 1)
    expect(api.requests).toHaveLength(1)
    clock.advance(5_000)
    expect(await call).toMatchObject({ ok: true })
  })

  test('an interaction is posted all the same: its sender paces it', async () => {
    const { rest, api } = await client(new ManualClock(), limited(5), { status: 204 })
    expect(await rest.interact({})).toMatchObject({ outcome: 'rate-limited' })
    expect(await rest.interact({})).toEqual({ outcome: 'accepted' })
    expect(api.requests).toHaveLength(2)
  })

  test('that asks for long nothing is sent, and the rest of the time is told', async () => {
    const clock = new ManualClock()
    const { rest, api } = await client(clock, limited(3_600))
    expect(await rest.messages({ channelId: '11' })).toMatchObject({ retryAfterMs: 3_600_000 })
    clock.advance(600_000)
    expect(await rest.messages({ channelId: '11' })).toMatchObject({
      ok: false,
      status: 429,
      retryAfterMs: 3_000_000,
    })
    expect(api.requests).toHaveLength(1)
  })

  test('the waiting ends with its signal', async () => {
    const clock = new ManualClock()
    const { rest } = await client(clock, limited(5), list)
    const stopping = new AbortController()
    const call = () => expect(rest.messages({ channelId: '11' }, stopping.signal)).rejects.toThrow('stops')
    const first = call()
    await until(() => clock.sleeping === 1)
    const second = call()
    await until(() => clock.sleeping === 2)
    stopping.abort(new Error('worker stops'))
    await Promise.all([first, second])
    expect(clock.sleeping).toBe(0)
  })

  test('in HTML that names no time nothing is repeated: it is a ban', async () => {
    const page = { headers: { 'content-type': 'text/html' }, body: '<html>Cloudflare</html>' }
    const { rest, api } = await client(systemClock, { status: 429, ...page })
    expect(await rest.me()).toMatchObject({ ok: false, status: 429, verdict: 'blocked' })
    expect(api.requests).toHaveLength(1)
  })
})

describe('an answer of another form', () => {
  test.each<[string, (rest: Awaited<ReturnType<typeof client>>['rest']) => Promise<unknown>]>([
    ['messages', (rest) => rest.messages({ channelId: '11' })],
    ['the gateway', (rest) => rest.gatewayUrl()],
    [
      'an upload',
      (rest) =>
        rest.createAttachment({
          channelId: '11',
          filename: 'a.png',
          bytes: Buffer.of(1),
          contentType: 'image/png',
        }),
    ],
  ])('for %s fails the call, once', async (_name, call) => {
    const { rest, api } = await client(systemClock, { status: 200, body: { attachments: [{ id: 1 }] } })
    expect(await call(rest)).toMatchObject({ ok: false, status: null, verdict: null })
    expect(api.requests).toHaveLength(1)
  })
})

test('asks for the gateway, reacts and drops an upload as the page says', async () => {
  const { rest, api } = await client(
    systemClock,
    { status: 200, body: { url: 'wss://gateway.example' } },
    { status: 204 },
  )
  expect(await rest.gatewayUrl()).toEqual({ ok: true, value: 'wss://gateway.example' })
  expect(await rest.react({ channelId: '11', messageId: '22', emoji: '✉️' })).toMatchObject({ ok: true })
  expect(await rest.deleteUpload('uuid/a fox.png')).toMatchObject({ ok: true })
  for (const { headers } of api.requests) expect(headers).not.toHaveProperty('content-type')
  expect(api.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /gateway',
    'PUT /channels/11/messages/22/reactions/%E2%9C%89%EF%B8%8F/%40me?location=Message&type=0',
    'DELETE /attachments/uuid/a%20fox.png',
  ])
})
