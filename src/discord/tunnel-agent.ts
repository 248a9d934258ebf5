import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'
import { HttpsProxyAgent } from 'https-proxy-agent'
import type { ProxyAddress } from './proxy-address.ts'

/** What a request gives its agent. */
type Destination = Parameters<HttpsProxyAgent<string>['connect']>[1]

/**
 * The WebSocket's way through the proxy. A proxy that takes the connection and then says nothing is given up after
 * `connectMs`: the handshake's own time-out only starts when the tunnel stands.
 */
export class TunnelAgent extends HttpsProxyAgent<string> {
  readonly #connectMs: number
  readonly #pending = new Set<AbortController>()

  constructor({ origin, authorization }: ProxyAddress, connectMs: number) {
    super(origin, authorization === null ? {} : { headers: { 'Proxy-Authorization': authorization } })
    this.#connectMs = connectMs
  }

  override async connect(request: ClientRequest, destination: Destination): Promise<Socket> {
    const attempt = new AbortController()
    const giveUp = () => attempt.abort()
    const timer = setTimeout(giveUp, this.#connectMs)
    request.once('abort', giveUp)
    this.#pending.add(attempt)
    // Read synchronously by the call below, which opens the socket with it.
    this.connectOpts = { ...this.connectOpts, signal: attempt.signal }
    try {
      return await super.connect(request, destination)
    } finally {
      clearTimeout(timer)
      request.off('abort', giveUp)
      this.#pending.delete(attempt)
    }
  }

  override destroy(): void {
    for (const attempt of this.#pending) attempt.abort()
    super.destroy()
  }
}
