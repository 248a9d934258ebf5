import { createServer, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Finishing } from './redis.ts'

/** `mute` takes connections and never answers, `hang-up` closes them without an answer. */
export type ProxyBehaviour = 'tunnel' | 'mute' | 'hang-up' | 'refuse'

export interface ConnectProxy {
  /** With the right credentials. */
  readonly url: string
  readonly port: number
  /** Destinations of the tunnels that were opened, as `host:port`. */
  readonly tunnels: string[]
  /** The local ports of those tunnels' far ends: what the target sees as the peer. */
  readonly exits: Set<number>
  /** Requests that came in another form than CONNECT. */
  readonly otherRequests: string[]
  readonly attempts: () => number
  behave(behaviour: ProxyBehaviour): void
  /** Stops listening and cuts what is open. */
  close(): Promise<void>
}

/** An HTTP proxy that knows CONNECT only, on a loopback port, with Basic credentials if asked for. */
export async function startConnectProxy(
  t: Finishing,
  { credentials, port = 0 }: { credentials?: { username: string; password: string }; port?: number } = {},
): Promise<ConnectProxy> {
  const tunnels: string[] = []
  const exits = new Set<number>()
  const otherRequests: string[] = []
  const sockets = new Set<Socket>()
  let behaviour: ProxyBehaviour = 'tunnel'
  let attempts = 0
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }
  const wanted = credentials
    ? `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`
    : undefined

  const server = createServer((request, response) => {
    otherRequests.push(`${request.method} ${request.url}`)
    response.writeHead(400).end()
  })
  server.on('connection', keep)
  server.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
    attempts += 1
    if (behaviour === 'mute') return
    if (behaviour === 'hang-up') {
      client.destroy()
      return
    }
    const authorized = wanted === undefined || request.headers['proxy-authorization'] === wanted
    if (behaviour === 'refuse' || !authorized) {
      const status = authorized ? '503 Service Unavailable' : '407 Proxy Authentication Required'
      client.end(`HTTP/1.1 ${status}\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    const [host = '', farPort = '443'] = (request.url ?? '').split(':')
    const upstream = connect(Number(farPort), host)
    keep(upstream)
    upstream.once('connect', () => {
      tunnels.push(`${host}:${farPort}`)
      exits.add(upstream.localPort ?? 0)
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      if (head.length > 0) upstream.write(head)
      client.pipe(upstream)
      upstream.pipe(client)
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('the proxy does not listen')
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  t.onTestFinished(close)
  const user = credentials
    ? `${encodeURIComponent(credentials.username)}:${encodeURIComponent(credentials.password)}@`
    : ''
  return {
    url: `http://${user}127.0.0.1:${address.port}`,
    port: address.port,
    tunnels,
    exits,
    otherRequests,
    attempts: () => attempts,
    behave(next) {
      behaviour = next
    },
    close,
  }
}
