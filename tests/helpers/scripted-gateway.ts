import type { IncomingHttpHeaders } from 'node:http'
import { constants, createDeflate, type Deflate } from 'node:zlib'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Finishing } from './redis.ts'
import { until } from './until.ts'

export interface Sent {
  op: number
  d: unknown
}

/** One connection as the server sees it. */
export interface ScriptedConnection {
  readonly path: string
  readonly received: Sent[]
  /** The code it was closed with, 1006 for none; undefined while it is open. */
  closedWith: number | undefined
  send(payload: { op: number; d?: unknown; s?: number; t?: string }): void
  /** Sends text or bytes as they are. */
  raw(data: string | Buffer): void
  dispatch(t: string, s: number, d?: unknown): void
  ready(sessionId: string, more?: object): void
  close(code: number): void
  /** Cuts it without a close frame. */
  cut(): void
  /** The first payload with that op, once it is there. */
  got(op: number): Promise<Sent>
}

export interface ScriptedGatewayOptions {
  /** What to do instead of answering IDENTIFY with READY, RESUME with RESUMED and op 1 with op 11. */
  onPayload?: (payload: Sent, connection: ScriptedConnection, index: number) => void
  /** What to do instead of HELLO. */
  onConnection?: (connection: ScriptedConnection, index: number) => void
  heartbeatIntervalMs?: number
}

/** A gateway that does what the test says; left alone, it is an obliging one. */
export async function startScriptedGateway(t: Finishing, options: ScriptedGatewayOptions = {}) {
  const { heartbeatIntervalMs = 41_250 } = options
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('the gateway does not listen')
  const url = `ws://127.0.0.1:${address.port}`
  const connections: ScriptedConnection[] = []
  const upgrades: IncomingHttpHeaders[] = []
  const peers: number[] = []

  server.on('connection', (socket, request) => {
    const index = connections.length
    const connection = scripted(socket, request.url ?? '')
    connections.push(connection)
    upgrades.push(request.headers)
    peers.push(request.socket.remotePort ?? 0)
    socket.on('message', (data) => {
      const payload = JSON.parse(String(data)) as Sent
      connection.received.push(payload)
      if (options.onPayload) return options.onPayload(payload, connection, index)
      oblige(payload, connection, index)
    })
    if (options.onConnection) options.onConnection(connection, index)
    else connection.send({ op: 10, d: { heartbeat_interval: heartbeatIntervalMs } })
  })
  const close = () =>
    new Promise<void>((resolve) => {
      for (const socket of server.clients) socket.terminate()
      server.close(() => resolve())
    })
  t.onTestFinished(close)
  return {
    url,
    port: address.port,
    connections,
    /** Headers of each upgrade. */
    upgrades,
    /** Ports that connections came from. */
    peers,
    close,
    /** The connection of that number, once it is there. */
    connection: (index: number) => until(() => connections[index], { what: `connection ${index}` }),
  }
}

export type ScriptedGateway = Awaited<ReturnType<typeof startScriptedGateway>>

/** What Discord does: READY, RESUMED, op 11. */
export function oblige({ op, d }: Sent, connection: ScriptedConnection, index: number): void {
  if (op === 1) connection.send({ op: 11 })
  if (op === 2) connection.ready(`session-${index}`)
  if (op === 6) connection.dispatch('RESUMED', (d as { seq: number }).seq + 1)
}

function scripted(socket: WebSocket, path: string): ScriptedConnection {
  const received: Sent[] = []
  const deflate = path.includes('compress=zlib-stream') ? createDeflate() : null
  let sending = Promise.resolve()
  socket.on('error', () => {})
  socket.on('close', (code) => {
    connection.closedWith = code
  })
  const connection: ScriptedConnection = {
    path,
    received,
    closedWith: undefined,
    send({ op, d = null, s, t }) {
      const text = JSON.stringify({ op, d, s: s ?? null, t: t ?? null })
      if (!deflate) return socket.send(text)
      sending = sending.then(async () => socket.send(await flushed(deflate, text)))
    },
    raw: (data) => socket.send(data),
    dispatch: (t, s, d = {}) => connection.send({ op: 0, t, s, d }),
    ready(sessionId, more = {}) {
      const d = { v: 9, session_id: sessionId, user: { id: '42' }, ...more }
      connection.send({ op: 0, t: 'READY', s: 1, d })
    },
    close(code) {
      sending = sending.then(() => socket.close(code))
    },
    cut: () => socket.terminate(),
    got: (op) => until(() => received.find((payload) => payload.op === op), { what: `op ${op}` }),
  }
  return connection
}

async function flushed(deflate: Deflate, text: string): Promise<Buffer> {
  const pieces: Buffer[] = []
  const take = (piece: Buffer) => pieces.push(piece)
  deflate.on('data', take)
  deflate.write(text)
  await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, () => resolve()))
  deflate.off('data', take)
  return Buffer.concat(pieces)
}
