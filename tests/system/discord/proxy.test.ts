import { type AddressInfo, createServer } from 'node:net'
import { inspect } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createTransport, ProxyAddressError } from '../../../src/discord/transport.ts'
import { type ProxyBehaviour, startConnectProxy } from '../../helpers/connect-proxy.ts'
import { startScriptedApi } from '../../helpers/scripted-api.ts'
import { startScriptedGateway } from '../../helpers/scripted-gateway.ts'
import { until } from '../../helpers/until.ts'
import { gatewaySession } from './gateway-session.ts'
import { errorsToo, restClient, token } from './rest-client.ts'

const password = 'p@ss%/wörd:9f3'
const credentials = { username: 'so:me', password }
const timeouts = { connectMs: 300, headersMs: 300, bodyMs: 300 }
const finishing = { onTestFinished }
/** All forms that a secret may be written in. */
const secrets = [
  token,
  password,
  encodeURIComponent(password),
  Buffer.from(`so%3Ame:${password}`).toString('base64'),
]
secrets.push(Buffer.from(`so:me:${password}`).toString('base64'))

/** Discord behind a proxy: an API whose upload store is itself, and a gateway. */
async function behindProxy() {
  const proxy = await startConnectProxy(finishing, { credentials: { ...credentials, username: 'some' } })
  const api = await startScriptedApi(finishing, { status: 204 })
  const gateway = await startScriptedGateway(finishing)
  return { proxy, api, gateway }
}

describe('a proxy', () => {
  test('carries REST, uploads and the socket, and nothing goes around it', async () => {
    const { proxy, api, gateway } = await behindProxy()
    const { rest, transport } = restClient(finishing, { apiUrl: `${api.url}/api/v9`, proxyUrl: proxy.url })
    expect(await rest.interact({ type: 2 })).toEqual({ outcome: 'accepted' })
    const attachment = { id: 0, upload_url: `${api.url}/bucket/fox.png`, upload_filename: 'uuid/fox.png' }
    api.answer({ status: 200, body: { attachments: [attachment] } }, { status: 200 })
    const upload = { channelId: '1', filename: 'fox.png', bytes: Buffer.from('x'), contentType: 'image/png' }
    expect(await rest.createAttachment(upload)).toMatchObject({ ok: true })
    const { session } = gatewaySession(finishing, gateway, { agent: transport.agent })
    session.start()
    await until(() => session.state.state === 'ready')

    expect(api.requests.map(({ method }) => method)).toEqual(['POST', 'POST', 'PUT'])
    for (const port of [...api.peers, ...gateway.peers]) expect([...proxy.exits]).toContain(port)
    expect(new Set(proxy.tunnels)).toEqual(new Set([new URL(api.url).host, new URL(gateway.url).host]))
    expect(proxy.otherRequests).toEqual([])
    // The credentials are for the proxy alone.
    const seen = JSON.stringify([api.requests, gateway.upgrades]).toLowerCase()
    expect(seen).not.toContain('proxy-')
  })

  test.each(['https', 'wss'])('carries %s as TLS that it cannot read', async (scheme) => {
    const { proxy } = await behindProxy()
    const first: Buffer[] = []
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', (data) => {
        first.push(data)
        socket.destroy()
      })
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    onTestFinished(() => {
      server.close()
    })
    const { port } = server.address() as AddressInfo
    const url = `${scheme}://127.0.0.1:${port}`
    const { rest, transport } = restClient(finishing, { apiUrl: url, proxyUrl: proxy.url, timeouts })
    if (scheme === 'https') {
      expect(await rest.interact({})).toEqual({ outcome: 'not-sent', why: 'not reached: ECONNRESET' })
    } else {
      gatewaySession(finishing, { url }, { agent: transport.agent }).session.start()
      await until(() => first.length > 0)
    }
    // A TLS record of type handshake.
    expect(first[0]?.[0]).toBe(0x16)
    expect(proxy.tunnels[0]).toBe(`127.0.0.1:${port}`)
  })

  test.each<[string, ProxyBehaviour | 'down' | 'wrong password' | 'no credentials', string]>([
    ['is down', 'down', 'not reached: ECONNREFUSED'],
    ['refuses', 'refuse', 'not reached: the proxy answered 503'],
    ['hangs up', 'hang-up', 'not reached: UND_ERR_SOCKET'],
    ['says nothing', 'mute', 'not reached: UND_ERR_HEADERS_TIMEOUT'],
    ['gets a wrong password', 'wrong password', 'not reached: the proxy answered 407'],
    ['gets no credentials', 'no credentials', 'not reached: the proxy answered 407'],
  ])('that %s lets nothing through, and nothing goes around it', async (_name, what, why) => {
    const { proxy, api, gateway } = await behindProxy()
    const wrong = { 'wrong password': 'some:wr0ng-pass@', 'no credentials': '' } as Record<string, string>
    const proxyUrl = what in wrong ? `http://${wrong[what]}127.0.0.1:${proxy.port}` : proxy.url
    if (what === 'down') await proxy.close()
    else if (!(what in wrong)) proxy.behave(what as ProxyBehaviour)

    const { rest, transport, lines } = restClient(finishing, { apiUrl: api.url, proxyUrl, timeouts })
    expect(await rest.interact({ type: 2 })).toEqual({ outcome: 'not-sent', why })
    expect(await rest.me()).toMatchObject({ ok: false, why })
    const {
      session,
      states,
      lines: gatewayLines,
    } = gatewaySession(finishing, gateway, { agent: transport.agent })
    session.start()
    await until(() => states.filter(({ state }) => state === 'waiting').length >= 3)
    expect(states.some(({ state }) => state === 'stopped')).toBe(false)

    expect(api.peers).toEqual([])
    expect(gateway.peers).toEqual([])
    expect(proxy.tunnels).toEqual([])
    const told = [...lines, ...gatewayLines, JSON.stringify(states)].join('\n')
    for (const secret of [...secrets, 'wr0ng-pass']) expect(told).not.toContain(secret)
  })

  test('that comes up later is used by the gateway that has waited for it', async () => {
    const { proxy, gateway } = await behindProxy()
    proxy.behave('refuse')
    const { transport } = restClient(finishing, { apiUrl: 'http://127.0.0.1:1', proxyUrl: proxy.url })
    const { session, states } = gatewaySession(finishing, gateway, { agent: transport.agent })
    session.start()
    await until(() => states.filter(({ state }) => state === 'waiting').length >= 2)
    proxy.behave('tunnel')
    await until(() => session.state.state === 'ready')
    expect(gateway.peers.every((port) => proxy.exits.has(port))).toBe(true)
  })

  test('that loses its tunnels makes an interaction of unknown outcome', async () => {
    const { proxy, api } = await behindProxy()
    api.answer(() => {
      void proxy.close()
    })
    const { rest } = restClient(finishing, { apiUrl: api.url, proxyUrl: proxy.url })
    expect(await rest.interact({ type: 2 })).toMatchObject({ outcome: 'unknown' })
    expect(await rest.interact({ type: 2 })).toMatchObject({ outcome: 'not-sent' })
    expect(api.requests).toHaveLength(1)
  })

  test.each([
    ['percent-encoded', `so%3Ame:${encodeURIComponent(password)}`, { username: 'so:me', password }],
    ['with a bare percent sign', 'some:100%sure', { username: 'some', password: '100%sure' }],
    ['without a password', 'some:', { username: 'some', password: '' }],
  ])('gets credentials that are %s', async (_name, userinfo, expected) => {
    const proxy = await startConnectProxy(finishing, { credentials: expected })
    const api = await startScriptedApi(finishing, { status: 204 })
    const gateway = await startScriptedGateway(finishing)
    const proxyUrl = `http://${userinfo}@127.0.0.1:${proxy.port}`
    const { rest, transport } = restClient(finishing, { apiUrl: api.url, proxyUrl })
    expect(await rest.interact({})).toEqual({ outcome: 'accepted' })
    const { session } = gatewaySession(finishing, gateway, { agent: transport.agent })
    session.start()
    await until(() => session.state.state === 'ready')
  })

  test('may be written as host:port', async () => {
    const proxy = await startConnectProxy(finishing)
    const api = await startScriptedApi(finishing, { status: 204 })
    const { rest } = restClient(finishing, { apiUrl: api.url, proxyUrl: ` 127.0.0.1:${proxy.port} ` })
    expect(await rest.interact({})).toEqual({ outcome: 'accepted' })
    expect(proxy.tunnels).toHaveLength(1)
  })
})

describe('a proxy address that cannot be used', () => {
  test.each([
    'socks5://some:s3cret-pass@127.0.0.1:1080',
    'ftp://some:s3cret-pass@127.0.0.1:21',
    'http://some:s3cret-pass@',
    'http://some:s3cret-pass@127.0.0.1:99999',
    'some:s3cret-pass@127.0.0.1:port',
    'http://some:s3cret-pass@ho st:80',
  ])('is refused, without its password: %s', (proxyUrl) => {
    const refusal = (() => {
      try {
        return createTransport({ proxyUrl })
      } catch (error) {
        return error
      }
    })()
    expect(refusal).toBeInstanceOf(ProxyAddressError)
    expect(inspect(refusal, { depth: 9, showHidden: true })).not.toContain('s3cret-pass')
    expect(JSON.stringify(refusal, errorsToo)).not.toContain('s3cret-pass')
  })
})
