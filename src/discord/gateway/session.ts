import { backoffMs, stableMs } from './backoff.ts'
import { type CloseRow, closeCodes } from './close-codes.ts'
import { Connection } from './connection.ts'
import { Deadline } from './deadline.ts'
import { Heartbeat } from './heartbeat.ts'
import { defaultProperties, identifyPayload } from './identify.ts'
import { opcodes, type Payload } from './opcodes.ts'
import { leadsTo, readInterval, readReady } from './server-words.ts'
import type {
  GatewayEvent,
  GatewaySessionOptions,
  GatewaySessionRecord,
  GatewayState,
} from './session-options.ts'

export type {
  GatewayEvent,
  GatewaySessionOptions,
  GatewaySessionRecord,
  GatewayState,
} from './session-options.ts'

/**
 * Discord allows one IDENTIFY in five seconds for a user (protocol page §2.4). It counts arrivals: a second one that travels
 * faster than the first would come too early, be refused and cost another.
 */
const identifyEveryMs = 5_500
/** Leaves the session resumable, unlike 1000 and 1001 (protocol page §2.2). */
const keepSessionCode = 4000
/** HELLO must follow the connecting, and READY or RESUMED our word, within this time (ms): longer than any of them takes. */
const answerWithinMs = 60_000
/** Failed connections to a session's own address, or refused resumes, before something else is tried. */
const patience = 2

/**
 * One account's gateway session, over as many connections as it takes.
 *
 * `connecting` opens a socket; HELLO starts the heartbeat and leads to `resuming` when a session is known, else to
 * `identifying`. READY or RESUMED make it `ready`; events that come in between are handed on all the same, in order. A lost or closed
 * socket, a server that is silent where it must answer, op 7 and op 9 lead to `waiting`, for as long as the close code or the
 * back-off says, and back to `connecting`; what the close code says decides whether the session is kept for RESUME or forgotten.
 * An address for resuming that cannot be reached gives way to the common one. A fatal code or `stop` ends in `stopped`, which
 * nothing leaves. The sequence number is kept of the last event *handled*, so that a resume after a
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
  /** A server that keeps the socket open and says nothing is as good as gone. */
  readonly #answer: Deadline
  #handled: Promise<void> = Promise.resolve()
  #failures = 0
  /** Connections in a row that came to no HELLO. */
  #unreached = 0
  /** Resumes in a row that were refused although Discord called the session resumable. */
  #refusals = 0
  #readyAt = 0
  #identifiedAt = Number.NEGATIVE_INFINITY

  constructor(options: GatewaySessionOptions) {
    this.#options = options
    this.#random = options.random ?? Math.random
    this.#record = options.resumeFrom
    this.#received = options.resumeFrom?.seq ?? null
    this.#answer = new Deadline(options.clock, answerWithinMs, (answer) =>
      this.#reconnect({ next: 'resume', why: `no ${answer}` }),
    )
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
    if (!keepSession) this.#record = null
  }

  #enter(state: GatewayState): void {
    if (this.#state.state === 'stopped') return
    this.#state = state
    this.#options.onState(state)
  }

  #connect(): void {
    const { compression, agent, properties = defaultProperties } = this.#options
    this.#enter({ state: 'connecting', attempt: this.#failures })
    const connection: Connection = new Connection({
      url: this.#address(),
      compression,
      agent,
      userAgent: properties.browser_user_agent,
      onPayload: (payload) => {
        if (this.#connection === connection) this.#take(payload)
      },
      onClose: (code, why) => {
        if (this.#connection === connection) this.#closed(code, why)
      },
    })
    this.#connection = connection
    this.#unreached += 1
    this.#answer.expect('HELLO')
  }

  /** Where to connect to: the session's own address as long as it can be reached. */
  #address(): string {
    const { gatewayUrl } = this.#options
    const own = this.#record?.resumeUrl
    return own !== undefined && this.#unreached < patience && leadsTo(own, gatewayUrl) ? own : gatewayUrl
  }

  #take({ op, d, s, t }: Payload): void {
    switch (op) {
      case opcodes.hello:
        return this.#greeted(d)
      case opcodes.heartbeat:
        return this.#beat()
      case opcodes.heartbeatAck:
        return this.#heartbeat?.acknowledge()
      case opcodes.reconnect:
        return this.#reconnect({ next: 'resume', why: 'the server asked for it' })
      case opcodes.invalidSession:
        return this.#refused(d === true)
      case opcodes.dispatch:
        if (t !== null && s !== null) this.#dispatched({ t, d, s })
    }
  }

  #refused(resumable: boolean): void {
    this.#refusals += 1
    const resume = resumable && this.#refusals <= patience
    this.#reconnect({
      next: resume ? 'resume' : 'identify',
      why: 'session refused',
      // Discord asks for a pause of one to five seconds before a new session (protocol page §2.4).
      waitMs: resume ? 0 : 1_000 + 4_000 * this.#random(),
    })
  }

  #greeted(hello: unknown): void {
    this.#unreached = 0
    this.#heartbeat?.stop()
    this.#heartbeat = new Heartbeat({
      intervalMs: readInterval(hello),
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
    this.#answer.expect('RESUMED')
  }

  async #identify(): Promise<void> {
    const { clock, identifyGate, token, properties = defaultProperties } = this.#options
    const connection = this.#connection
    this.#answer.met()
    this.#enter({ state: 'identifying' })
    try {
      const waitMs = this.#identifiedAt + identifyEveryMs - clock.now()
      if (waitMs > 0) await clock.sleep(waitMs, this.#closing.signal)
      await identifyGate?.(this.#closing.signal)
    } catch (error) {
      if (this.#closing.signal.aborted) return
      this.#options.log.error({ err: error }, 'no turn to identify')
      if (this.#connection === connection) this.#reconnect({ next: 'identify', why: 'no turn to identify' })
      return
    }
    if (this.#connection !== connection) return
    this.#identifiedAt = clock.now()
    connection?.send(opcodes.identify, identifyPayload(token, properties))
    this.#answer.expect('READY')
  }

  #beat(): void {
    this.#connection?.send(opcodes.heartbeat, this.#received)
  }

  #dispatched(event: GatewayEvent): void {
    this.#received = event.s
    if (event.t === 'READY' && !this.#began(event)) return
    if (event.t === 'RESUMED') this.#settled()
    const connection = this.#connection
    const { sessionId } = this.#record ?? {}
    this.#handled = this.#handled.then(async () => {
      await this.#hand(event)
      // A session that has since been replaced has sequence numbers of its own.
      if (this.#record && this.#record.sessionId === sessionId)
        this.#record = { ...this.#record, seq: event.s }
    })
    if (event.t !== 'READY' && event.t !== 'RESUMED') return
    this.#handled = this.#handled.then(() => {
      // Handling may have taken longer than the connection lasted; the next one will say so itself.
      if (this.#connection === connection) this.#announce()
    })
  }

  async #hand(event: GatewayEvent): Promise<void> {
    try {
      await this.#options.onDispatch(event)
    } catch (error) {
      this.#options.log.error({ err: error, event: event.t }, 'gateway event not handled')
    }
  }

  #began({ d, s }: GatewayEvent): boolean {
    const ready = readReady(d)
    if (!ready) {
      this.#reconnect({ next: 'identify', why: 'READY names no session' })
      return false
    }
    const { sessionId, resumeUrl, userId } = ready
    this.#record = { sessionId, seq: s, resumeUrl: resumeUrl ?? this.#options.gatewayUrl }
    this.#userId = userId
    this.#options.onGap?.()
    this.#settled()
    return true
  }

  #settled(): void {
    this.#answer.met()
    this.#refusals = 0
    this.#readyAt = this.#options.clock.now()
  }

  /** Ready only when everything before has been handled: whoever waits for it finds no replay still under way. */
  #announce(): void {
    const before = this.#state.state
    if (!this.#record || (before !== 'identifying' && before !== 'resuming')) return
    this.#enter({ state: 'ready', sessionId: this.#record.sessionId, userId: this.#userId })
  }

  #closed(code: number, why: string | null): void {
    const known: CloseRow = closeCodes[code] ?? { next: 'resume', why: `closed with ${code}` }
    const row = why === null ? known : { ...known, why: `${known.why}: ${why}` }
    if (row.next === 'stop') {
      this.#drop(null)
      this.#forget()
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
    if (next === 'identify') this.#forget()
    if (this.#readyAt > 0 && clock.now() - this.#readyAt > stableMs) this.#failures = 0
    const pauseMs = Math.max(waitMs, backoffMs(this.#failures, this.#random()))
    this.#readyAt = 0
    this.#failures += 1
    log.info({ why, next, pauseMs: Math.round(pauseMs) }, 'gateway connection lost')
    this.#enter({ state: 'waiting', until: clock.now() + pauseMs, why })
    void this.#comeBack(pauseMs)
  }

  #forget(): void {
    this.#record = null
    this.#received = null
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
    this.#answer.met()
    if (code !== null) connection?.close(code)
  }
}
