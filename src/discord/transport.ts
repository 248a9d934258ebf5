import type { Agent } from 'node:http'
import { buildConnector, Agent as DirectDispatcher, type Dispatcher, Pool, ProxyAgent } from 'undici'
import { parseProxy } from './proxy-address.ts'
import { TunnelAgent } from './tunnel-agent.ts'

export { ProxyAddressError, parseProxy } from './proxy-address.ts'

/** How an account reaches Discord: all its REST calls, uploads, downloads and its socket go this one way. */
export interface Transport {
  dispatcher: Dispatcher
  /** For the WebSocket; undefined without a proxy. */
  agent: Agent | undefined
  close(): Promise<void>
}

export interface TransportTimeouts {
  /** For each step on the way: to the proxy, for its answer, to Discord, for TLS. */
  connectMs: number
  headersMs: number
  bodyMs: number
}

export const defaultTimeouts: TransportTimeouts = { connectMs: 10_000, headersMs: 15_000, bodyMs: 30_000 }

/** No connection came about: the proxy or Discord could not be reached, so nothing of the request was sent. */
export class UnreachableError extends Error {
  override name = 'UnreachableError'
}

/**
 * One dispatcher an account. With a proxy there is no way around it: requests are tunnelled (CONNECT), also those to plain
 * http targets, and a proxy that fails makes the request fail.
 */
export function createTransport({
  proxyUrl,
  timeouts = defaultTimeouts,
}: {
  proxyUrl: string | null
  timeouts?: TransportTimeouts
}): Transport {
  const { connectMs, headersMs, bodyMs } = timeouts
  const options = {
    headersTimeout: headersMs,
    bodyTimeout: bodyMs,
    keepAliveTimeout: 30_000,
    factory: poolOf,
  }
  if (proxyUrl === null || proxyUrl.trim() === '') {
    const dispatcher = new DirectDispatcher({ ...options, connect: buildConnector({ timeout: connectMs }) })
    return { dispatcher, agent: undefined, close: () => dispatcher.destroy() }
  }
  const proxy = parseProxy(proxyUrl)
  const dispatcher = new ProxyAgent({
    ...options,
    uri: proxy.origin,
    ...(proxy.authorization === null ? {} : { token: proxy.authorization }),
    proxyTunnel: true,
    proxyTls: { timeout: connectMs },
    requestTls: { timeout: connectMs },
    // Without it a proxy that takes the connection and says nothing would be waited for for five minutes.
    clientFactory: (origin, given) => new Pool(origin, { ...given, headersTimeout: connectMs }),
  })
  const agent = new TunnelAgent(proxy, connectMs)
  return {
    dispatcher,
    agent,
    async close() {
      agent.destroy()
      await dispatcher.destroy()
    },
  }
}

/**
 * A pool that marks the failure to connect. undici would give the same codes to a connection lost after the request was
 * sent; and it tries for ever where the proxy hangs up before its answer (UND_ERR_SOCKET counts as recoverable).
 */
function poolOf(origin: string | URL, options: Pool.Options): Pool {
  const { connect } = options
  if (typeof connect !== 'function') throw new TypeError('the pool needs a connector')
  return new Pool(origin, {
    ...options,
    connect: (target, callback) => {
      connect(target, (error, socket) => {
        if (error) callback(new UnreachableError('no connection', { cause: error }), null)
        else callback(null, socket)
      })
    },
  })
}
