import { createServer, type Server, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { InteractionOutcome } from '../../../src/discord/rest/client.ts'
import { type ScriptedAnswer, startScriptedApi } from '../../helpers/scripted-api.ts'
import { until } from '../../helpers/until.ts'
import { restClient, token } from './rest-client.ts'

const interaction = { type: 2, nonce: '1234567890', data: { name: 'imagine' } }
const timeouts = { connectMs: 2_000, headersMs: 300, bodyMs: 300 }
const page = {
  headers: { 'content-type': 'text/html' },
  body: '<html>Attention Required! | Cloudflare</html>',
}

/** A client of an API that answers so. */
async function client(...answers: ScriptedAnswer[]) {
  const t = { onTestFinished }
  const api = await startScriptedApi(t, ...answers)
  return { api, ...restClient(t, { apiUrl: `${api.url}/api/v9`, timeouts }) }
}

describe('an interaction', () => {
  test.each<[string, ScriptedAnswer, InteractionOutcome]>([
    ['204', { status: 204 }, { outcome: 'accepted' }],
    [
      '429 with a body',
      {
        status: 429,
        headers: { 'retry-after': '1', 'x-ratelimit-scope': 'shared' },
        body: { message: 'slow', retry_after: 2.345, global: false },
      },
      { outcome: 'rate-limited', retryAfterMs: 2345, global: false, scope: 'shared' },
    ],
    [
      '429 with a header and no number in the body',
      { status: 429, headers: { 'retry-after': '7' }, body: { message: 'slow', global: true } },
      { outcome: 'rate-limited', retryAfterMs: 7000, global: true, scope: null },
    ],
    [
      '429 that says no time',
      { status: 429, body: { message: 'slow' } },
      { outcome: 'rate-limited', retryAfterMs: 1000, global: false, scope: null },
    ],
    [
      '429 in HTML',
      { status: 429, ...page },
      {
        outcome: 'refused',
        status: 429,
        code: null,
        message: 'an answer that is not JSON',
        verdict: 'blocked',
      },
    ],
    [
      '403 in HTML',
      { status: 403, ...page },
      {
        outcome: 'refused',
        status: 403,
        code: null,
        message: 'an answer that is not JSON',
        verdict: 'blocked',
      },
    ],
    [
      '401',
      { status: 401, body: { message: '401: Unauthorized', code: 0 } },
      { outcome: 'refused', status: 401, code: 0, message: '401: Unauthorized', verdict: 'token-dead' },
    ],
    ...(
      [
        [403, 40001, 'attention'],
        [403, 40002, 'attention'],
        [403, 10008, 'attention'],
        [403, 40333, 'blocked'],
        [403, 50001, 'channel-lost'],
        [403, 50013, 'channel-lost'],
        [403, 99999, 'attention'],
        [404, 10003, 'channel-lost'],
        [404, 10004, 'channel-lost'],
        [404, 10008, 'message-gone'],
        [404, 10062, 'interaction-expired'],
        [400, 10003, 'fail-job'],
        [400, 40060, 'already-done'],
        [400, 50014, 'token-dead'],
        [400, 50035, 'stale-command'],
        [400, 99999, 'fail-job'],
      ] as const
    ).map(([status, code, verdict]): [string, ScriptedAnswer, InteractionOutcome] => [
      `${status} with code ${code}`,
      { status, body: { message: 'no', code } },
      { outcome: 'refused', status, code, message: 'no', verdict },
    ]),
    [
      '400 with a captcha',
      {
        status: 400,
        body: { captcha_key: ['captcha-required'], captcha_sitekey: 'x', captcha_service: 'hcaptcha' },
      },
      { outcome: 'refused', status: 400, code: null, message: 'no message', verdict: 'attention' },
    ],
    [
      '500',
      { status: 500, body: { message: 'oops', code: 0 } },
      { outcome: 'unknown', why: 'Discord answered 500' },
    ],
    ['502 in HTML', { status: 502, ...page }, { outcome: 'unknown', why: 'Discord answered 502' }],
    ['503', { status: 503 }, { outcome: 'unknown', why: 'Discord answered 503' }],
  ])('answered %s is told as such, and sent once', async (_name, answer, expected) => {
    const { rest, api } = await client(answer)
    expect(await rest.interact(interaction)).toEqual(expected)
    expect(api.requests).toHaveLength(1)
  })

  test('carries the raw token and what a browser sends', async () => {
    const { rest, api } = await client({ status: 204 })
    await rest.interact(interaction)
    const [request] = api.requests
    expect(request).toMatchObject({
      method: 'POST',
      path: '/api/v9/interactions',
      body: JSON.stringify(interaction),
    })
    expect(request?.headers).toMatchObject({
      authorization: token,
      'content-type': 'application/json',
      origin: 'https://discord.com',
      'user-agent': expect.stringContaining('Mozilla/5.0'),
      'x-discord-locale': 'en-US',
    })
    const properties = Buffer.from(String(request?.headers['x-super-properties']), 'base64').toString()
    expect(JSON.parse(properties)).toMatchObject({ release_channel: 'stable' })
  })

  test.each<[string, ScriptedAnswer]>([
    ['is never answered', () => {}],
    [
      'is answered halfway',
      (response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{')
      },
    ],
    ['meets a reset', (_response, request) => request.socket.resetAndDestroy()],
    ['meets a closed connection', (_response, request) => request.socket.destroy()],
    ['is answered with no HTTP', (_response, request) => request.socket.end('nonsense\r\n\r\n')],
  ])('that %s after it was read is of unknown outcome, and not repeated', async (_name, answer) => {
    const { rest, api } = await client(answer)
    expect(await rest.interact(interaction)).toMatchObject({ outcome: 'unknown' })
    expect(api.requests).toHaveLength(1)
  })

  test('is of unknown outcome when it is aborted on its way', async () => {
    const { rest, api } = await client(() => {})
    const stopping = new AbortController()
    const outcome = rest.interact(interaction, stopping.signal)
    await until(() => api.requests.length === 1)
    stopping.abort(new Error('worker stops'))
    expect(await outcome).toMatchObject({ outcome: 'unknown' })
  })

  test('is not sent after it was aborted', async () => {
    const { rest, api } = await client({ status: 204 })
    expect(await rest.interact(interaction, AbortSignal.abort())).toMatchObject({ outcome: 'not-sent' })
    expect(api.peers).toEqual([])
  })

  test('is not sent where nobody listens', async (t) => {
    const port = await closedPort()
    const { rest } = restClient(t, { apiUrl: `http://127.0.0.1:${port}` })
    const expected = { outcome: 'not-sent', why: 'not reached: ECONNREFUSED' }
    expect(await rest.interact(interaction)).toEqual(expected)
    expect(await rest.interact(interaction)).toEqual(expected)
  })

  test.each([
    ['hangs up', 'not reached: ECONNRESET', (socket: Socket) => socket.destroy()],
    ['says nothing', 'not reached: UND_ERR_CONNECT_TIMEOUT', () => {}],
  ])('is not sent where TLS does not come about: the other side %s', async (_name, why, handle) => {
    const t = { onTestFinished }
    const { port, sockets } = await tcpServer(handle)
    const { rest } = restClient(t, {
      apiUrl: `https://127.0.0.1:${port}`,
      timeouts: { ...timeouts, connectMs: 200 },
    })
    expect(await rest.interact(interaction)).toEqual({ outcome: 'not-sent', why })
    expect(sockets()).toBe(1)
  })

  test('is of unknown outcome when a kept connection turns out to be dead', async () => {
    const taken = { status: 204 }
    const { rest, api } = await client(taken, taken, taken, (_response, request) => {
      request.socket.resetAndDestroy()
    })
    for (let count = 0; count < 3; count += 1) {
      expect(await rest.interact(interaction)).toEqual({ outcome: 'accepted' })
    }
    expect(await rest.interact(interaction)).toMatchObject({ outcome: 'unknown' })
    expect(api.requests).toHaveLength(4)
    expect(api.peers.length).toBeLessThan(4)
  })
})

describe('a call that may be repeated', () => {
  const me = { status: 200, body: { id: '1' } }

  test.each<[string, ScriptedAnswer[], number]>([
    ['429', [{ status: 429, body: { message: 'slow', retry_after: 0.5 } }], 500],
    ['202', [{ status: 202, body: { message: 'index not ready', retry_after: 5 } }], 5_000],
    ['429 with the header alone', [{ status: 429, headers: { 'retry-after': '3' } }], 3_000],
    ['5xx', [{ status: 502, ...page }, { status: 500 }], 500 + 1_000],
    ['a lost connection', [(_response, request) => request.socket.destroy()], 500],
    ['no answer', [() => {}], 500],
    ['an answer that is not JSON', [{ status: 200, ...page }], 500],
  ])('waits out %s', async (_name, answers, waitedMs) => {
    const { rest, api, waits } = await client(...answers, me)
    expect(await rest.me()).toEqual({ ok: true, value: { id: '1' } })
    expect(api.requests).toHaveLength(answers.length + 1)
    expect(waits().reduce((sum, ms) => sum + ms, 0)).toBe(waitedMs)
  })

  test('ends after four tries, and says why', async () => {
    const { rest, api } = await client({ status: 503, body: { message: 'down', code: 0 } })
    expect(await rest.me()).toMatchObject({ ok: false, status: 503, why: '503: down', retryAfterMs: null })
    expect(api.requests).toHaveLength(4)
  })

  test('hands a long limit back instead of waiting', async () => {
    const { rest, api } = await client({ status: 429, body: { message: 'slow', retry_after: 3600 } })
    expect(await rest.me()).toMatchObject({ ok: false, status: 429, retryAfterMs: 3_600_000 })
    expect(api.requests).toHaveLength(1)
  })

  test.each([
    [401, 0, 'token-dead'],
    [403, 50001, 'channel-lost'],
    [404, 10003, 'channel-lost'],
    [400, 50035, 'stale-command'],
  ])('does not repeat %i with code %i', async (status, code, verdict) => {
    const { rest, api } = await client({ status, body: { message: 'no', code } })
    expect(await rest.channel('1118961510123847772')).toMatchObject({ ok: false, status, verdict })
    expect(api.requests).toHaveLength(1)
  })

  test('ends its waiting when aborted', async () => {
    const { rest, api } = await client(() => {})
    const stopping = new AbortController()
    const call = rest.me(stopping.signal)
    await until(() => api.requests.length === 1)
    stopping.abort(new Error('worker stops'))
    await expect(call).rejects.toThrow('worker stops')
    expect(api.requests).toHaveLength(1)
  })

  test('asks for messages and commands as the page says', async () => {
    const { rest, api } = await client({ status: 200, body: [] })
    await rest.messages({ channelId: '11', after: '22', limit: 100 })
    await rest.messages({ channelId: '11', around: '33', limit: 1 })
    await rest.commandIndex({ guildId: '44' })
    await rest.commandIndex({ channelId: '11' })
    await rest.openDm('55')
    await rest.refreshUrls(['https://cdn.example/1.png'])
    expect(api.requests.map(({ method, path }) => `${method} ${path.replace('/api/v9', '')}`)).toEqual([
      'GET /channels/11/messages?limit=100&after=22',
      'GET /channels/11/messages?limit=1&around=33',
      'GET /guilds/44/application-command-index',
      'GET /channels/11/application-command-index',
      'POST /users/@me/channels',
      'POST /attachments/refresh-urls',
    ])
  })

  test('shows no ids, query or body in the log', async () => {
    const { rest, lines } = await client({ status: 500 }, { status: 200, body: [] })
    await rest.messages({ channelId: '1118961510123847772', after: '1118961510123847773' })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('/channels/:id/messages')
    expect(lines[0]).not.toContain('11189615101238477')
  })
})

describe('a message of our own', () => {
  const body = { content: '', nonce: '1' }

  test.each<[string, ScriptedAnswer]>([
    ['5xx', { status: 502, ...page }],
    ['a lost connection', (_response, request) => request.socket.destroy()],
    ['no answer', () => {}],
  ])('is not sent twice after %s', async (_name, answer) => {
    const { rest, api } = await client(answer)
    expect(await rest.sendMessage('11', body)).toMatchObject({ ok: false })
    expect(api.requests).toHaveLength(1)
  })

  test('is sent again after a rate limit', async () => {
    const { rest, api } = await client(
      { status: 429, body: { retry_after: 1 } },
      { status: 200, body: { id: '9' } },
    )
    expect(await rest.sendMessage('11', body)).toEqual({ ok: true, value: { id: '9' } })
    expect(api.requests).toHaveLength(2)
  })
})

describe('an upload', () => {
  const upload = {
    channelId: '11',
    filename: 'fox.png',
    bytes: Buffer.from('not really a picture'),
    contentType: 'image/png',
  }

  test('puts the bytes where Discord says, without the token', async (t) => {
    const store = await startScriptedApi(t, { status: 200 })
    const attachment = {
      id: 0,
      upload_url: `${store.url}/bucket/fox.png?sig=1`,
      upload_filename: 'uuid/fox.png',
    }
    const { rest, api } = await client({ status: 200, body: { attachments: [attachment] } })
    expect(await rest.createAttachment(upload)).toEqual({
      ok: true,
      value: { id: '0', uploadFilename: 'uuid/fox.png' },
    })
    expect(JSON.parse(api.requests[0]?.body ?? '')).toEqual({
      files: [{ filename: 'fox.png', file_size: upload.bytes.byteLength, id: '0' }],
    })
    const [put] = store.requests
    expect(put).toMatchObject({ method: 'PUT', path: '/bucket/fox.png?sig=1', body: 'not really a picture' })
    expect(put?.headers['content-type']).toBe('image/png')
    expect(JSON.stringify(put)).not.toContain(token)
    expect(Object.keys(put?.headers ?? {})).not.toContain('authorization')
    expect(Object.keys(put?.headers ?? {})).not.toContain('x-super-properties')
  })

  test('fails when the store refuses or is away', async (t) => {
    const store = await startScriptedApi(t, { status: 403, body: '<Error/>' })
    const at = (url: string) => {
      const attachment = { id: 0, upload_url: url, upload_filename: 'uuid/fox.png' }
      return { status: 200, body: { attachments: [attachment] } }
    }
    const { rest } = await client(at(`${store.url}/x`), at(`http://127.0.0.1:${await closedPort()}/x`))
    expect(await rest.createAttachment(upload)).toMatchObject({ ok: false, status: 403 })
    expect(await rest.createAttachment(upload)).toMatchObject({ ok: false, status: null })
  })

  test('fails when nothing is reserved', async () => {
    const { rest } = await client({ status: 200, body: { attachments: [] } })
    expect(await rest.createAttachment(upload)).toMatchObject({ ok: false })
  })
})

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer()
  const port = await listening(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A server that speaks no protocol; gone when the test ends. */
async function tcpServer(handle: (socket: Socket) => void) {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    handle(socket)
  })
  const port = await listening(server)
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port, sockets: () => sockets.length }
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('the server does not listen')
  return address.port
}
