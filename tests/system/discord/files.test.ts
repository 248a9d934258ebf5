import { describe, expect, onTestFinished, test } from 'vitest'
import { startConnectProxy } from '../../helpers/connect-proxy.ts'
import { type ScriptedAnswer, startScriptedApi } from '../../helpers/scripted-api.ts'
import { until } from '../../helpers/until.ts'
import { restClient, token } from './rest-client.ts'

const timeouts = { connectMs: 2_000, headersMs: 300, bodyMs: 300 }
const picture = { status: 200, headers: { 'content-type': 'image/png' }, body: 'not really a picture' }

/** A client, and a CDN that answers so. */
async function client(...answers: ScriptedAnswer[]) {
  const t = { onTestFinished }
  const cdn = await startScriptedApi(t, ...answers)
  return {
    cdn,
    url: `${cdn.url}/a/fox.png?ex=1`,
    ...restClient(t, { apiUrl: 'http://127.0.0.1:9', timeouts }),
  }
}

describe('a file', () => {
  test('comes whole, and without the token', async () => {
    const { rest, cdn, url } = await client(picture)
    expect(await rest.fetchFile(url, { maxBytes: 100 })).toEqual({
      ok: true,
      value: { bytes: Buffer.from(picture.body), contentType: 'image/png' },
    })
    expect(cdn.requests[0]).toMatchObject({ method: 'GET', path: '/a/fox.png?ex=1' })
    expect(JSON.stringify(cdn.requests)).not.toContain(token)
    expect(cdn.requests[0]?.headers).not.toHaveProperty('authorization')
    expect(cdn.requests[0]?.headers).not.toHaveProperty('x-super-properties')
  })

  test('may be as long as was said, and no longer', async () => {
    const { rest, cdn, url } = await client(picture)
    const { length } = picture.body
    expect(await rest.fetchFile(url, { maxBytes: length })).toMatchObject({ ok: true })
    expect(await rest.fetchFile(url, { maxBytes: length - 1 })).toMatchObject({
      ok: false,
      why: `a file of more than ${length - 1} bytes`,
    })
    expect(cdn.requests).toHaveLength(2)
  })

  test('that never ends is given up at that length', async () => {
    const { rest, cdn, url } = await client((response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      }
      response.on('drain', more)
      more()
    })
    expect(await rest.fetchFile(url, { maxBytes: 1_000_000 })).toMatchObject({ ok: false })
    expect(cdn.requests).toHaveLength(1)
  })

  test.each<[string, ScriptedAnswer]>([
    ['5xx', { status: 503 }],
    ['429', { status: 429, headers: { 'retry-after': '1' } }],
    ['no answer', () => {}],
    ['a lost connection', (_response, request) => request.socket.destroy()],
    [
      'half an answer',
      (response) => {
        response.writeHead(200, { 'content-length': '100' }).write('x')
      },
    ],
  ])('is asked for again after %s', async (_name, answer) => {
    const { rest, cdn, url } = await client(answer, picture)
    expect(await rest.fetchFile(url, { maxBytes: 100 })).toMatchObject({ ok: true })
    expect(cdn.requests).toHaveLength(2)
  })

  test.each([403, 404])('that the CDN turns down with %i says nothing about the account', async (status) => {
    const { rest, cdn, url } = await client({ status, body: 'This content is no longer available.' })
    expect(await rest.fetchFile(url, { maxBytes: 100 })).toEqual({
      ok: false,
      why: `the file server answered ${status}`,
      status,
      verdict: null,
      retryAfterMs: null,
    })
    expect(cdn.requests).toHaveLength(1)
  })

  test.each(['file:///etc/passwd', 'data:,x', 'fox.png', ''])('is not fetched from %j', async (url) => {
    const { rest } = await client(picture)
    expect(await rest.fetchFile(url, { maxBytes: 100 })).toMatchObject({ why: 'not an http address' })
  })

  test('is not waited for after the signal', async () => {
    const { rest, cdn, url } = await client(() => {})
    const stopping = new AbortController()
    const ends = expect(rest.fetchFile(url, { maxBytes: 100, signal: stopping.signal })).rejects.toThrow(
      'stops',
    )
    await until(() => cdn.requests.length === 1)
    stopping.abort(new Error('worker stops'))
    await ends
  })

  test('shows no signed address in the log', async () => {
    const { rest, lines, url } = await client({ status: 500 }, picture)
    await rest.fetchFile(url, { maxBytes: 100 })
    expect(lines).toHaveLength(1)
    expect(lines[0]).not.toContain('fox.png')
  })
})

test('a file comes through the proxy of the account, or not at all', async (t) => {
  const cdn = await startScriptedApi(t, picture)
  const proxy = await startConnectProxy(t, { credentials: { username: 'drawer', password: 'p@ss:word' } })
  const apiUrl = cdn.url
  const proxied = restClient(t, { apiUrl, proxyUrl: proxy.url, timeouts })
  expect(await proxied.rest.fetchFile(`${cdn.url}/1.png`, { maxBytes: 100 })).toMatchObject({ ok: true })
  expect(cdn.peers.every((port) => proxy.exits.has(port))).toBe(true)

  const wrong = restClient(t, { apiUrl, proxyUrl: `http://drawer:wrong@127.0.0.1:${proxy.port}`, timeouts })
  const refused = await wrong.rest.fetchFile(`${cdn.url}/1.png`, { maxBytes: 100 })
  expect(refused).toMatchObject({ ok: false, status: null })
  expect(JSON.stringify([refused, wrong.lines])).not.toMatch(/wrong|drawer/)
  expect(cdn.requests).toHaveLength(1)
})
