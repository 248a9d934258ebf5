import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import { type Encoder, plainEncoder, zlibEncoder } from './encoder.ts'
import type { Outlet, Session } from './session.ts'

/** Opcodes (protocol page §2.1). */
export const op = {
  dispatch: 0,
  heartbeat: 1,
  identify: 2,
  presence: 3,
  voiceState: 4,
  resume: 6,
  reconnect: 7,
  guildMembers: 8,
  invalidSession: 9,
  hello: 10,
  heartbeatAck: 11,
} as const

// What a user client may send besides; nothing that we need to answer (§2.1).
const ignored = new Set<number>([op.presence, op.voiceState, op.guildMembers, 12, 13, 14, 16, 36, 37, 40, 41])

const maxPayloadBytes = 15 * 1024
const maxSends = 120
const sendWindowMs = 60_000
/** Grace above the interval before 4009; the real one is not known (§2.2). */
const heartbeatGrace = 1.25

export interface ConnectionPort {
  heartbeatIntervalMs: number
  /** Real milliseconds for so many simulated ones. */
  real(ms: number): number
  frames(): number
  identify(connection: Connection, data: Record<string, unknown>): void
  resume(connection: Connection, data: Record<string, unknown>): void
  beat(connection: Connection): void
  closed(connection: Connection, code: number, byClient: boolean): void
}

/** One socket: framing, heartbeat watch, limits. What a session is, the gateway knows. */
export class Connection implements Outlet {
  readonly request: IncomingMessage
  readonly compression: 'zlib-stream' | 'none'
  session: Session | null = null
  /** Simulates a zombie: beats are no longer acknowledged. */
  acknowledges = true
  #socket: WebSocket
  #encoder: Encoder
  #port: ConnectionPort
  #watch: NodeJS.Timeout
  #sends: number[] = []
  #closedBy: number | null = null

  constructor(
    socket: WebSocket,
    request: IncomingMessage,
    compression: 'zlib-stream' | 'none',
    port: ConnectionPort,
  ) {
    this.#socket = socket
    this.request = request
    this.compression = compression
    this.#port = port
    const write = (frame: string | Buffer) => {
      if (socket.readyState === socket.OPEN) socket.send(frame)
    }
    this.#encoder = compression === 'zlib-stream' ? zlibEncoder(write, port.frames) : plainEncoder(write)
    this.#watch = setTimeout(() => this.close(4009), port.heartbeatIntervalMs * heartbeatGrace)
    socket.on('message', (data, isBinary) => this.#received(data as Buffer, isBinary))
    socket.on('close', (code) => this.#ended(code))
    socket.on('error', () => socket.terminate())
    this.sendOp(op.hello, {
      heartbeat_interval: port.heartbeatIntervalMs,
      _trace: ['["gateway-simulator",{}]'],
    })
  }

  send(payload: string): void {
    this.#encoder.encode(payload)
  }

  sendOp(code: number, data: unknown): void {
    this.send(JSON.stringify({ t: null, s: null, op: code, d: data }))
  }

  close(code: number): void {
    this.#closedBy ??= code
    this.#socket.close(code, closeReasons[code] ?? '')
  }

  /** Cuts the connection: the client sees 1006. */
  terminate(): void {
    this.#closedBy ??= 0
    this.#socket.terminate()
  }

  #received(data: Buffer, isBinary: boolean): void {
    if (this.#closedBy !== null) return
    if (this.#tooMany()) return this.close(4008)
    if (data.length > maxPayloadBytes) return this.close(4002)
    const payload = isBinary ? null : decode(data.toString())
    if (!payload) return this.close(4002)
    this.#handle(payload.op, payload.d)
  }

  #handle(code: number, data: unknown): void {
    if (code === op.heartbeat) return this.#beat()
    if (code === op.identify || code === op.resume) {
      if (this.session) return this.close(4005)
      if (typeof data !== 'object' || data === null) return this.close(4002)
      const fields = data as Record<string, unknown>
      return code === op.identify ? this.#port.identify(this, fields) : this.#port.resume(this, fields)
    }
    if (!ignored.has(code)) return this.close(4001)
    if (!this.session) this.close(4003)
  }

  #beat(): void {
    this.#watch.refresh()
    this.#port.beat(this)
    if (this.acknowledges) this.sendOp(op.heartbeatAck, null)
  }

  #tooMany(): boolean {
    const now = Date.now()
    const since = now - this.#port.real(sendWindowMs)
    this.#sends = this.#sends.filter((at) => at > since)
    this.#sends.push(now)
    return this.#sends.length > maxSends
  }

  #ended(code: number): void {
    clearTimeout(this.#watch)
    this.#port.closed(this, this.#closedBy ?? code, this.#closedBy === null)
  }
}

function decode(text: string): { op: number; d: unknown } | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('op' in value) || typeof value.op !== 'number')
      return null
    return { op: value.op, d: 'd' in value ? value.d : null }
  } catch {
    return null
  }
}

/** Texts that go with the codes of §2.5. */
export const closeReasons: Record<number, string> = {
  4000: 'Unknown error.',
  4001: 'Unknown opcode.',
  4002: 'Error while decoding payload.',
  4003: 'Not authenticated.',
  4004: 'Authentication failed.',
  4005: 'Already authenticated.',
  4007: 'Invalid seq.',
  4008: 'Rate limited.',
  4009: 'Session timed out.',
  4010: 'Invalid shard.',
  4011: 'Sharding required.',
  4012: 'Invalid API version.',
  4013: 'Invalid intents.',
  4014: 'Disallowed intents.',
  4015: 'Too many sessions.',
}
