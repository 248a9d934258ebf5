import type { Agent } from 'node:http'
import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import { backoffMs, stableMs } from './backoff.ts'
import { type CloseRow, closeCodes } from './close-codes.ts'
import { type Compression, Connection } from './connection.ts'
import { Heartbeat } from './heartbeat.ts'
import { type ClientProperties, defaultProperties, identifyPayload } from './identify.ts'
import { opcodes, type Payload } from './opcodes.ts'

/** What it takes to resume a session, from this node or another. */
export interface GatewaySessionRecord {
  sessionId: string
  /** Of the last event that was handled: a replay covers everything after it. */
  seq: number
  resumeUrl: string
}

export type GatewayState =
  | { state: 'idle' }
  | { state: 'connecting'; attempt: number }
  | { state: 'identifying' }
  | { state: 'resuming' }
  | { state: 'ready'; sessionId: string; userId: string | null }
  | { state: 'waiting'; until: number; why: string }
  | { state: 'stopped'; why: string; code: number | null; fatal: boolean }

export interface GatewayEvent {
  t: string
  d: unknown
  s: number
}

export interface GatewaySessionOptions {
  token: string
  gatewayUrl: string
  agent: Agent | undefined
  compression: Compression
  resumeFrom: GatewaySessionRecord | null
  properties?: ClientProperties
  /** Called strictly in order, one at a time. The event counts as handled when this settles. */
  onDispatch: (event: GatewayEvent) => void | Promise<void>
  onState: (state: GatewayState) => void
  /** A new session has begun: what happened since the last handled event may have been missed. */
  onGap?: () => void
  /** Waits for this account's turn to identify, so that many accounts do not all do so at once. */
  identifyGate?: (signal: AbortSignal) => Promise<void>
  clock: Clock
  random?: () => number
  log: Log
}

/** Discord allows one IDENTIFY in five seconds for a user (protocol page §2.4). */
const identifyEveryMs = 5_000
/** Leaves the session resumable, unlike 1000 and 1001 (protocol page §2.2). */
const keepSessionCode = 4000

/**
 * One account's gateway session, over as many connections as it takes.
 *
 * `connecting` opens a socket; HELLO starts the heartbeat and leads to `resuming` when a session is known, else to
 * `identifying`. READY or RESUMED make it `ready`; events that come in between are handed on all the same, in order. A lost or closed
 * socket, a silent server, op 7 and op 9 lead to `waiting`, for as long as the close code or the back-off says, and back to
 * `connecting`; what the close code says decides whether the session is kept for RESUME or forgotten. A fatal code or `stop`
 * ends in `stopped`, which nothing leaves. The sequence number is kept of the last event *handled*, so that a resume after a
 * crash replays what was received but not worked off.
 */
export class GatewaySession {
  readonly #options: GatewaySessionOptions
  readonly #random: () => number
  readonly #closing = new AbortController()
  #state: GatewayState = { state: 'idle' }
  #record: GatewaySessionRecord | null
  /** The last sequence number received on the wire; heartbeats and live resumes carry it. */
  #received: number | null
  #userId: string | null = null
  #connection: Connection | null = null
  #heartbeat: Heartbeat | null = null
  #handled: Promise<void> = Promise.resolve()
  #failures = 0
  #readyAt = 0
  #identifiedAt = Number.NEGATIVE_INFINITY

  constructor(options: GatewaySessionOptions) {
    this.#options = options
    this.#random = options.random ?? Math.random
    this.#record = options.resumeFrom
    this.#received = options.resumeFrom?.seq ?? null
  }

  get state(): GatewayState {
    return this.#state
  }

  /** Where another node could resume; null while there is no session. */
  get record(): GatewaySessionRecord | null {
    return this.#record
  }

  start(): void {
    if (this.#state.state === 'idle') this.#connect()
  }

  /** Ends it. With `keepSession` Discord keeps the session for a while, so that it can be resumed elsewhere. */
  async stop({ keepSession }: { keepSession: boolean }): Promise<void> {
    if (this.#state.state !== 'stopped') {
      this.#enter({ state: 'stopped', why: 'stopped', code: null, fatal: false })
    }
    this.#closing.abort(new Error('gateway session stopped'))
    this.#drop(keepSession ? keepSessionCode : 1000)
    await this.#handled
  }

  #enter(state: GatewayState): void {
    if (this.#state.state === 'stopped') return
    this.#state = state
    this.#options.onState(state)
  }

  #connect(): void {
    const { gatewayUrl, compression, agent, properties = defaultProperties } = this.#options
    this.#enter({ state: 'connecting', attempt: this.#failures })
    const connection: Connection = new Connection({
      url: this.#record?.resumeUrl ?? gatewayUrl,
      compression,
      agent,
      userAgent: properties.browser_user_agent,
      onPayload: (payload) => {
        if (this.#connection === connection) this.#take(payload)
      },
      onClose: (code) => {
        if (this.#connection === connection) this.#closed(code)
      },
    })
    this.#connection = connection
  }

  #take({ op, d, s, t }: Payload): void {
    switch (op) {
      case opcodes.hello:
        return this.#greeted(d as { heartbeat_interval?: number })
      case opcodes.heartbeat:
        return this.#beat()
      case opcodes.heartbeatAck:
        return this.#heartbeat?.acknowledge()
      case opcodes.reconnect:
        return this.#reconnect({ next: 'resume', why: 'the server asked for it' })
      case opcodes.invalidSession:
        return this.#reconnect({
          next: d === true ? 'resume' : 'identify',
          why: 'session refused',
          // Discord asks for a pause of one to five seconds before a new session (protocol page §2.4).
          waitMs: d === true ? 0 : 1_000 + 4_000 * this.#random(),
        })
      case opcodes.dispatch:
        if (t !== null && s !== null) this.#dispatched({ t, d, s })
    }
  }

  #greeted({ heartbeat_interval: intervalMs = 41_250 }: { heartbeat_interval?: number }): void {
    this.#heartbeat = new Heartbeat({
      intervalMs,
      random: this.#random(),
      clock: this.#options.clock,
      beat: () => this.#beat(),
      onSilence: () => this.#reconnect({ next: 'resume', why: 'heartbeat not acknowledged' }),
    })
    if (this.#record) this.#resume(this.#record)
    else void this.#identify()
  }

  #resume({ sessionId, seq }: GatewaySessionRecord): void {
    this.#enter({ state: 'resuming' })
    // On this process everything received will still be handled; only a new process must ask for what was not.
    this.#connection?.send(opcodes.resume, {
      token: this.#options.token,
      session_id: sessionId,
      seq: Math.max(this.#received ?? 0, seq),
    })
  }

  async #identify(): Promise<void> {
    const { clock, identifyGate, token, properties = defaultProperties } = this.#options
    const connection = this.#connection
    this.#enter({ state: 'identifying' })
    try {
      await clock.sleep(this.#identifiedAt + identifyEveryMs - clock.now(), this.#closing.signal)
      await identifyGate?.(this.#closing.signal)
    } catch (error) {
      if (this.#closing.signal.aborted) return
      throw error
    }
    if (this.#connection !== connection) return
    this.#identifiedAt = clock.now()
    this.#received = null
    connection?.send(opcodes.identify, identifyPayload(token, properties))
  }

  #beat(): void {
    this.#connection?.send(opcodes.heartbeat, this.#received)
  }

  #dispatched(event: GatewayEvent): void {
    this.#received = event.s
    if (event.t === 'READY') this.#began(event)
    if (event.t === 'RESUMED') this.#settled()
    const { sessionId } = this.#record ?? {}
    this.#handled = this.#handled.then(async () => {
      await this.#hand(event)
      // A session that has since been replaced has sequence numbers of its own.
      if (this.#record && this.#record.sessionId === sessionId)
        this.#record = { ...this.#record, seq: event.s }
    })
    if (event.t === 'READY' || event.t === 'RESUMED')
      this.#handled = this.#handled.then(() => this.#announce())
  }

  async #hand(event: GatewayEvent): Promise<void> {
    try {
      await this.#options.onDispatch(event)
    } catch (error) {
      this.#options.log.error({ err: error, event: event.t }, 'gateway event not handled')
    }
  }

  #began({ d, s }: GatewayEvent): void {
    const { session_id, resume_gateway_url, user } = d as ReadyData
    this.#record = {
      sessionId: session_id,
      seq: s,
      resumeUrl: resume_gateway_url ?? this.#options.gatewayUrl,
    }
    this.#userId = user?.id ?? null
    this.#options.onGap?.()
    this.#settled()
  }

  #settled(): void {
    this.#readyAt = this.#options.clock.now()
  }

  /** Ready only when everything before has been handled: whoever waits for it finds no replay still under way. */
  #announce(): void {
    const before = this.#state.state
    if (!this.#record || (before !== 'identifying' && before !== 'resuming')) return
    this.#enter({ state: 'ready', sessionId: this.#record.sessionId, userId: this.#userId })
  }

  #closed(code: number): void {
    const row = closeCodes[code] ?? { next: 'resume', why: `closed with ${code}` }
    if (row.next === 'stop') {
      this.#drop(null)
      this.#enter({ state: 'stopped', why: row.why, code, fatal: true })
      return
    }
    this.#reconnect(row)
  }

  /** Leaves the present connection and comes back as the row says. */
  #reconnect({ next, why, waitMs = 0 }: CloseRow): void {
    const { clock, log } = this.#options
    this.#drop(keepSessionCode)
    if (this.#state.state === 'stopped') return
    if (next === 'identify') this.#record = null
    if (this.#readyAt > 0 && clock.now() - this.#readyAt > stableMs) this.#failures = 0
    const pauseMs = Math.max(waitMs, backoffMs(this.#failures, this.#random()))
    this.#readyAt = 0
    this.#failures += 1
    log.info({ why, next, pauseMs: Math.round(pauseMs) }, 'gateway connection lost')
    this.#enter({ state: 'waiting', until: clock.now() + pauseMs, why })
    void this.#comeBack(pauseMs)
  }

  async #comeBack(pauseMs: number): Promise<void> {
    try {
      await this.#options.clock.sleep(pauseMs, this.#closing.signal)
    } catch (error) {
      if (this.#closing.signal.aborted) return
      throw error
    }
    this.#connect()
  }

  #drop(code: number | null): void {
    const connection = this.#connection
    this.#connection = null
    this.#heartbeat?.stop()
    this.#heartbeat = null
    if (code !== null) connection?.close(code)
  }
}

interface ReadyData {
  session_id: string
  resume_gateway_url?: string
  user?: { id?: string }
}
