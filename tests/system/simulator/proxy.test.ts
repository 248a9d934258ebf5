import { HttpsProxyAgent } from 'https-proxy-agent'
import { ProxyAgent, fetch as undiciFetch } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import WebSocket from 'ws'
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts'
import { until } from '../../helpers/until.ts'
import { User } from './raw-client.ts'

let sim: Simulator
beforeAll(async () => {
  const proxyCredentials = { username: 'someone', password: 'p@ss' }
  sim = await startSimulator({
    accounts: [{ requireProxy: true }, { proxyCredentials }, {}, {}],
    speed: 100,
    pictureSize: 'tiny',
  })
})
afterAll(() => sim.close())

const account = (index: number) => {
  const found = sim.accounts[index]
  if (!found) throw new Error(`no account ${index}`)
  return found
}

async function me(
  index: number,
  { proxyUrl = account(index).proxyUrl, tunnel = true } = {},
): Promise<number> {
  const dispatcher = new ProxyAgent({ uri: proxyUrl, proxyTunnel: tunnel })
  const headers = { authorization: account(index).token }
  const { status } = await undiciFetch(`${sim.urls.api}/users/@me`, { dispatcher, headers })
  await dispatcher.close()
  return status
}

function identify(index: number, proxyUrl?: string): Promise<WebSocket> {
  const agent = proxyUrl === undefined ? undefined : new HttpsProxyAgent(proxyUrl)
  const socket = new WebSocket(sim.urls.gateway, agent ? { agent } : {})
  return new Promise((resolve, reject) => {
    socket.on('open', () => socket.send(JSON.stringify({ op: 2, d: { token: account(index).token } })))
    socket.on('message', (data) => String(data).includes('"READY"') && resolve(socket))
    socket.on('close', () => reject(new Error('closed')))
    socket.on('error', reject)
  })
}

describe('a proxy', () => {
  test('lets its account through, by tunnel, by absolute form and for the gateway', async () => {
    expect(await me(0)).toBe(200)
    expect(await me(0, { tunnel: false })).toBe(200)
    const socket = await identify(0, account(0).proxyUrl)
    const { proxied, direct, proxy } = sim.truth.counters(0)
    expect(proxied).toMatchObject({ api: 2, gateway: 1 })
    expect(direct).toMatchObject({ api: 0, gateway: 0 })
    expect(proxy).toMatchObject({ tunnels: { api: 1, gateway: 1 }, requests: { api: 1 } })
    expect(proxy.bytesDown).toBeGreaterThan(500)
    socket.terminate()
  })

  test('is required where the account says so', async () => {
    const answer = await fetch(`${sim.urls.api}/users/@me`, { headers: { authorization: account(0).token } })
    expect(answer.status).toBe(403)
    await expect(identify(0)).rejects.toThrow('closed')
    expect(sim.truth.counters(0).direct).toMatchObject({ api: 1, gateway: 1 })
  })

  test('asks for credentials', async () => {
    expect(await me(1)).toBe(200)
    const { port } = new URL(account(1).proxyUrl)
    await expect(me(1, { proxyUrl: `http://someone:wrong@127.0.0.1:${port}` })).rejects.toThrow()
    await expect(identify(1, `http://127.0.0.1:${port}`)).rejects.toThrow()
    expect(sim.truth.counters(1).proxy.unauthorized).toBe(2)
  })

  test('can be down, refuse, and be up again at the same place', async () => {
    await sim.setProxy(2, 'down')
    await expect(me(2)).rejects.toThrow()
    await sim.setProxy(2, 'refusing')
    await expect(me(2)).rejects.toThrow()
    await sim.setProxy(2, 'unauthorized')
    await expect(me(2)).rejects.toThrow()
    await sim.setProxy(2, 'up')
    expect(await me(2)).toBe(200)
    expect(sim.truth.counters(2).direct.api).toBe(0)
  })

  test('goes nowhere but to the simulator', async () => {
    const dispatcher = new ProxyAgent({ uri: account(2).proxyUrl, proxyTunnel: false })
    const answer = await undiciFetch('http://127.0.0.1:65000/', { dispatcher })
    expect(answer.status).toBe(403)
    await dispatcher.close()
  })

  test('is told from another account’s, and from none, for pictures as well', async () => {
    expect(await me(3, { proxyUrl: account(2).proxyUrl })).toBe(200)
    expect(sim.truth.counters(3).strayed.api).toBe(1)
    const user = await User.join(sim, 3)
    await user.final(await user.imagine('a fox behind a proxy'))
    const [job] = sim.truth.jobs()
    await fetch(job?.imageUrl ?? '')
    await until(() => sim.truth.counters(3).direct.cdn === 1)
    const dispatcher = new ProxyAgent({ uri: account(3).proxyUrl })
    expect((await undiciFetch(job?.imageUrl ?? '', { dispatcher })).status).toBe(200)
    expect(sim.truth.counters(3).proxied.cdn).toBe(1)
    await dispatcher.close()
    user.leave()
  })
})
