import type { IncomingMessage } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import type { LiveSession } from '../control.ts'
import type { Faults } from '../faults/fault-desk.ts'
import type { AccountKey, MessageEvent } from '../faults/fault-types.ts'
import type { Origins } from '../proxy/origins.ts'
import { Random } from '../random.ts'
import { type CounterBook, count } from '../truth/counters.ts'
import type { Account } from '../world/account.ts'
import type { Channel, World } from '../world/world.ts'
import { Connection, op } from './connection.ts'
import { Courier } from './courier.ts'
import { type CloseOrder, carryOut, type DropOrder } from './orders.ts'
import { readyPayload, readySupplementalPayload } from './ready.ts'
import type { Session } from './session.ts'
import { SessionBook } from './session-book.ts'

/** After these the session cannot be resumed (protocol page §2.5). */
const sessionEnds = new Set([4003, 4004, 4007, 4009, 4010, 4011, 4012, 4013, 4014])
const maxSessions = 50

interface GatewayParts {
  world: World
  faults: Faults
  counters: CounterBook
  origins: Origins
}

/** The gateway of Discord (§2): accepts sockets, keeps sessions, hands out dispatches. */
export class Gateway {
  #world: World
  #counters: CounterBook
  #origins: Origins
  #faults: Faults
  #random: Random
  #server: WebSocketServer | null = null
  #url = ''
  #connections = new Set<Connection>()
  #sessions: SessionBook
  #identifiedAt = new Map<string, number>()
  #courier: Courier

  constructor({ world, faults, counters, origins }: GatewayParts) {
    this.#world = world
    this.#faults = faults
    this.#counters = counters
    this.#origins = origins
    this.#random = new Random(`${world.settings.seed}:gateway`)
    this.#sessions = new SessionBook(world.settings.sessionLifetimeMs)
    this.#courier = new Courier({
      faults,
      time: world.time,
      deliver: (account, type, data) => this.#deliver(account, type, data),
      drop: (account, invalidSession) => this.drop({ account: account.index, invalidSession }),
    })
  }

  async listen(port: number): Promise<string> {
    const server = new WebSocketServer({ host: '127.0.0.1', port, maxPayload: 1024 * 1024 })
    this.#server = server
    server.on('connection', (socket, request) => this.#accept(socket, request))
    await new Promise<void>((resolve, reject) => server.once('listening', resolve).once('error', reject))
    const address = server.address()
    this.#url = `ws://127.0.0.1:${typeof address === 'object' && address ? address.port : port}`
    return this.#url
  }

  #accept(socket: WebSocket, request: IncomingMessage): void {
    const query = new URL(request.url ?? '/', 'ws://gateway').searchParams
    const compress = query.get('compress')
    const connection = new Connection(socket, request, compress === 'zlib-stream' ? 'zlib-stream' : 'none', {
      heartbeatIntervalMs: this.#world.settings.heartbeatIntervalMs,
      real: (ms) => this.#world.time.real(ms),
      frames: () =>
        this.#random.chance(this.#world.settings.frameSplitRate) ? this.#random.integer(2, 4) : 1,
      identify: (from, data) => this.#identify(from, data),
      resume: (from, data) => this.#resume(from, data),
      beat: (from) => this.#counters.of(from.session?.account.index).heartbeats++,
      closed: (from, code, byClient) => this.#closed(from, code, byClient),
    })
    this.#connections.add(connection)
    const version = query.get('v') ?? '9'
    const unsupported =
      (compress !== null && compress !== 'zlib-stream') || (query.get('encoding') ?? 'json') !== 'json'
    if (unsupported || !['9', '10'].includes(version)) connection.close(4012)
  }

  #identify(connection: Connection, data: Record<string, unknown>): void {
    const account = this.#admit(connection, data['token'])
    if (!account) return
    this.#counters.of(account.index).identifies++
    if (this.#identifiesTooSoon(account)) return this.#refuseSession(connection, account, false)
    if (this.#sessions.of(account).size >= maxSessions) return connection.close(4015)
    const session = this.#sessions.open(this.#random.hex(32), account)
    this.#attach(session, connection)
    const capabilities = typeof data['capabilities'] === 'number' ? data['capabilities'] : 0
    const scripted = this.#faults.take('required-action', account.index)
    const ready = readyPayload({
      world: this.#world,
      account,
      sessionId: session.id,
      resumeUrl: this.#url,
      capabilities,
      requiredAction: scripted?.action ?? account.requiredAction,
    })
    session.dispatch('READY', JSON.stringify(ready))
    session.dispatch('READY_SUPPLEMENTAL', JSON.stringify(readySupplementalPayload(this.#world, account)))
  }

  /** The account behind a token; closes the socket where there is none, or where a required proxy was gone round. */
  #admit(connection: Connection, token: unknown): Account | null {
    const account = typeof token === 'string' ? this.#world.withToken(token) : undefined
    const way = this.#origins.count(connection.request.socket, account?.index, 'gateway')
    if (!account || account.tokenDead) {
      connection.close(4004)
      return null
    }
    if (account.requireProxy && way !== 'proxied') {
      connection.terminate()
      return null
    }
    return account
  }

  #identifiesTooSoon(account: Account): boolean {
    const now = Date.now()
    const last = this.#identifiedAt.get(account.userId)
    const spacing = this.#world.time.real(this.#world.settings.identifySpacingMs)
    if (last !== undefined && now - last < spacing) return true
    this.#identifiedAt.set(account.userId, now)
    return false
  }

  #resume(connection: Connection, data: Record<string, unknown>): void {
    const account = this.#admit(connection, data['token'])
    if (!account) return
    const session = this.#sessions.get(String(data['session_id']))
    const sequence = data['seq']
    if (!session || session.account !== account || typeof sequence !== 'number')
      return this.#refuseSession(connection, account, false)
    if (sequence > session.sequence) {
      this.#sessions.forget(session)
      return connection.close(4007)
    }
    if (!session.canReplayAfter(sequence)) return this.#refuseSession(connection, account, false)
    this.#counters.of(account.index).resumes++
    const before = session.outlet
    this.#attach(session, connection)
    // A socket that still hung on to the session is the dead one.
    if (before instanceof Connection) before.terminate()
    session.replayAfter(sequence)
    session.dispatch('RESUMED', '{"_trace":["[\\"gateway-simulator\\",{}]"]}')
  }

  #attach(session: Session, connection: Connection): void {
    session.cancelExpiry()
    session.outlet = connection
    connection.session = session
  }

  #refuseSession(connection: Connection, account: Account, resumable: boolean): void {
    this.#counters.of(account.index).invalidSessions++
    connection.sendOp(op.invalidSession, resumable)
  }

  #closed(connection: Connection, code: number, byClient: boolean): void {
    this.#connections.delete(connection)
    const { session } = connection
    count(this.#counters.of(session?.account.index).closes, String(code))
    if (!session || session.outlet !== connection) return
    this.#sessions.detach(session)
    if (byClient ? code === 1000 || code === 1001 : sessionEnds.has(code)) this.#sessions.forget(session)
  }

  /** To everybody who can see the channel; `event` opens it to message faults. */
  publish(channel: Channel, type: string, data: object, event: MessageEvent | null): void {
    const text = JSON.stringify(data)
    for (const account of channel.members) this.#courier.send(account, type, text, event)
  }

  /** To one session only: INTERACTION_* and ephemeral messages (§2.7). */
  whisper(sessionId: string, account: Account, type: string, data: object): void {
    const session = this.#sessions.get(sessionId)
    if (session?.account !== account) return
    this.#counters.of(account.index).dispatches++
    session.dispatch(type, JSON.stringify(data))
  }

  /** Whether an interaction that names this session will be told about. */
  isLive(sessionId: string, account: Account): boolean {
    return this.#sessions.get(sessionId)?.account === account
  }

  #deliver(account: Account, type: string, data: string): void {
    for (const session of this.#sessions.of(account)) {
      this.#counters.of(account.index).dispatches++
      session.dispatch(type, data)
    }
  }

  #chosen(key: AccountKey | undefined): Connection[] {
    const account = key === undefined ? null : this.#world.require(key)
    return [...this.#connections].filter(({ session }) => account === null || session?.account === account)
  }

  drop({ account, invalidSession = false }: DropOrder = {}): number {
    const connections = this.#chosen(account)
    for (const connection of connections) {
      if (invalidSession && connection.session) this.#sessions.forget(connection.session)
      connection.terminate()
    }
    return connections.length
  }

  order(order: CloseOrder): number {
    const connections = this.#chosen(order.account)
    for (const connection of connections) {
      const { session } = connection
      const invalidates = order.send?.startsWith('invalid-session')
      if (session && invalidates) this.#counters.of(session.account.index).invalidSessions++
      carryOut(order, connection, this.#sessions)
    }
    return connections.length
  }

  live(): LiveSession[] {
    return this.#sessions.live()
  }

  async close(): Promise<void> {
    this.#sessions.close()
    for (const connection of this.#connections) connection.terminate()
    const server = this.#server
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()))
  }
}
