import type { Socket } from 'node:net'
import type { DestinationKind } from '../control.ts'
import type { CounterBook } from '../truth/counters.ts'

/**
 * Knows whether a connection that reached a server came through one of our proxies, and whose: each proxy reports the local
 * port of every socket that it opens. That is how a test proves that nothing went round an account's proxy.
 */
export class Origins {
  #byPort = new Map<number, number>()
  #counted = new WeakMap<Socket, Set<string>>()
  #counters: CounterBook

  constructor(counters: CounterBook) {
    this.#counters = counters
  }

  /** Called by a proxy when its outgoing socket is open. Ports are used again, so a closed one is forgotten. */
  opened(socket: Socket, account: number): void {
    const port = socket.localPort
    if (port === undefined) return
    this.#byPort.set(port, account)
    socket.once('close', () => {
      if (this.#byPort.get(port) === account) this.#byPort.delete(port)
    })
  }

  /** Whose proxy the connection came through; undefined if it came directly. */
  proxyOf(socket: Socket): number | undefined {
    return socket.remotePort === undefined ? undefined : this.#byPort.get(socket.remotePort)
  }

  /** Counts the connection for the account that turned out to use it, once. */
  count(
    socket: Socket,
    account: number | undefined,
    kind: DestinationKind,
  ): 'direct' | 'proxied' | 'strayed' {
    const proxy = this.proxyOf(socket)
    const way = proxy === undefined ? 'direct' : proxy === account ? 'proxied' : 'strayed'
    const seen = this.#counted.get(socket) ?? new Set()
    const key = `${account ?? ''}:${kind}`
    if (!seen.has(key)) {
      seen.add(key)
      this.#counted.set(socket, seen)
      this.#counters.of(account)[way][kind]++
    }
    return way
  }
}
