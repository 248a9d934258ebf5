import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { connect, type Socket } from 'node:net'
import type { DestinationKind, ProxyMode } from '../control.ts'
import type { CounterBook } from '../truth/counters.ts'
import type { Account } from '../world/account.ts'
import type { Origins } from './origins.ts'

interface ProxyParts {
  account: Account
  counters: CounterBook
  origins: Origins
  /** What a destination is to us; undefined for addresses that are none of ours. */
  kindOf(host: string, port: number, path: string | null): DestinationKind | undefined
}

/**
 * An HTTP proxy of one account: CONNECT tunnels and absolute-form requests. It counts what passes, tells the servers which
 * connections are its own, and goes nowhere but to the simulator's servers.
 */
export class ProxyServer {
  #parts: ProxyParts
  #server: Server | null = null
  #sockets = new Set<Socket>()
  #mode: ProxyMode = 'up'
  #port = 0

  constructor(parts: ProxyParts) {
    this.#parts = parts
  }

  async listen(port: number): Promise<string> {
    const server = createServer((request, response) => this.#forward(request, response))
    server.on('connect', (request, socket, head) => this.#tunnel(request, socket as Socket, head))
    server.on('connection', (socket) => this.#keep(socket))
    await new Promise<void>((resolve, reject) =>
      server.listen(port, '127.0.0.1', resolve).once('error', reject),
    )
    const address = server.address()
    this.#port = typeof address === 'object' && address ? address.port : port
    this.#server = server
    const { proxyCredentials } = this.#parts.account
    const user = proxyCredentials
      ? `${encodeURIComponent(proxyCredentials.username)}:${encodeURIComponent(proxyCredentials.password)}@`
      : ''
    return `http://${user}127.0.0.1:${this.#port}`
  }

  /** `down` cuts what is open and refuses connections, as a dead host does. */
  async setMode(mode: ProxyMode): Promise<void> {
    this.#mode = mode
    if (mode === 'down') await this.close()
    else if (!this.#server) await this.listen(this.#port)
  }

  async close(): Promise<void> {
    const server = this.#server
    this.#server = null
    for (const socket of this.#sockets) socket.destroy()
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  }

  get #counters() {
    return this.#parts.counters.of(this.#parts.account.index).proxy
  }

  /** The status that refuses a request, or null. */
  #refusal({ headers }: IncomingMessage): 407 | 503 | null {
    const { proxyCredentials } = this.#parts.account
    const wanted = proxyCredentials && basic(proxyCredentials)
    if (this.#mode === 'unauthorized' || (wanted && headers['proxy-authorization'] !== wanted)) {
      this.#counters.unauthorized++
      return 407
    }
    if (this.#mode !== 'refusing') return null
    this.#counters.refused++
    return 503
  }

  #tunnel(request: IncomingMessage, client: Socket, head: Buffer): void {
    const refusal = this.#refusal(request)
    const [host = '', port = '443'] = (request.url ?? '').split(':')
    const kind = this.#parts.kindOf(host, Number(port), null)
    if (refusal || !kind) {
      const status = refusal ?? 403
      const challenge = status === 407 ? 'Proxy-Authenticate: Basic realm="simulator"\r\n' : ''
      client.end(`HTTP/1.1 ${status} Refused\r\n${challenge}Content-Length: 0\r\n\r\n`)
      return
    }
    this.#counters.tunnels[kind]++
    const upstream = connect(Number(port), host)
    this.#keep(upstream)
    upstream.once('connect', () => {
      this.#parts.origins.opened(upstream, this.#parts.account.index)
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      if (head.length > 0) upstream.write(head)
      this.#join(client, upstream)
    })
    upstream.once('error', () => client.destroy())
  }

  #join(client: Socket, upstream: Socket): void {
    client.on('data', (chunk) => {
      this.#counters.bytesUp += chunk.length
    })
    upstream.on('data', (chunk) => {
      this.#counters.bytesDown += chunk.length
    })
    client.pipe(upstream)
    upstream.pipe(client)
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  }

  /** `GET http://host/path`: the proxy makes the request itself. */
  #forward(request: IncomingMessage, response: ServerResponse): void {
    const refusal = this.#refusal(request)
    const target = parseUrl(request.url ?? '')
    const kind = target && this.#parts.kindOf(target.hostname, Number(target.port), target.pathname)
    if (refusal || !target || !kind) {
      const status = refusal ?? (target ? 403 : 400)
      response
        .writeHead(status, status === 407 ? { 'proxy-authenticate': 'Basic realm="simulator"' } : {})
        .end()
      return
    }
    this.#counters.requests[kind]++
    const { 'proxy-authorization': _, 'proxy-connection': __, ...headers } = request.headers
    const upstream = httpRequest(
      target,
      { method: request.method ?? 'GET', headers, agent: false },
      (answer) => {
        answer.on('data', (chunk: Buffer) => {
          this.#counters.bytesDown += chunk.length
        })
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    upstream.on('socket', (socket) => {
      this.#keep(socket)
      socket.once('connect', () => this.#parts.origins.opened(socket, this.#parts.account.index))
    })
    upstream.on('error', () => response.destroy())
    request.on('data', (chunk: Buffer) => {
      this.#counters.bytesUp += chunk.length
    })
    request.pipe(upstream)
    response.on('close', () => upstream.destroy())
  }
}

function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) && text.startsWith('http://') ? new URL(text) : null
}
