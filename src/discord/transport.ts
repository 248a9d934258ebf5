import type { Agent } from 'node:http'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { Agent as DirectDispatcher, type Dispatcher, ProxyAgent } from 'undici'

/** How an account reaches Discord: all its REST calls, uploads, downloads and its socket go this one way. */
export interface Transport {
  dispatcher: Dispatcher
  /** For the WebSocket; undefined without a proxy. */
  agent: Agent | undefined
  close(): Promise<void>
}

export interface TransportTimeouts {
  connectMs: number
  headersMs: number
  bodyMs: number
}

export const defaultTimeouts: TransportTimeouts = { connectMs: 10_000, headersMs: 15_000, bodyMs: 30_000 }

/** A proxy address that cannot be used. The message never holds the address: it may carry a password. */
export class ProxyAddressError extends Error {
  override name = 'ProxyAddressError'
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
  const options = {
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.bodyMs,
    keepAliveTimeout: 30_000,
    connect: { timeout: timeouts.connectMs },
  }
  const proxy = proxyUrl === null || proxyUrl.trim() === '' ? null : parseProxy(proxyUrl)
  if (!proxy) {
    const dispatcher = new DirectDispatcher(options)
    return { dispatcher, agent: undefined, close: () => dispatcher.destroy() }
  }
  const dispatcher = new ProxyAgent({ ...options, uri: proxy.href, proxyTunnel: true })
  const agent = new HttpsProxyAgent(proxy, { keepAlive: true, timeout: timeouts.connectMs })
  return {
    dispatcher,
    agent,
    async close() {
      agent.destroy()
      await dispatcher.destroy()
    },
  }
}

/** Accepts `http://user:password@host:port`, `https://…` and `host:port`. */
export function parseProxy(text: string): URL {
  const withScheme = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`
  const url = URL.canParse(withScheme) ? new URL(withScheme) : null
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    throw new ProxyAddressError('the proxy must be http://user:password@host:port, https://… or host:port')
  }
  return url
}
