import type { Account } from '../world/account.ts'

/** What a session needs of the socket it is attached to. */
export interface Outlet {
  send(payload: string): void
  readonly compression: 'zlib-stream' | 'none'
}

const replayLimit = 1_000

/**
 * A gateway session: made by IDENTIFY, outlives its socket. It numbers what is dispatched and keeps it, so that RESUME can
 * replay what a dead socket missed (protocol page §2.4).
 */
export class Session {
  readonly id: string
  readonly account: Account
  outlet: Outlet | null = null
  cancelExpiry: () => void = () => {}
  #sequence = 0
  #sent: { sequence: number; payload: string }[] = []

  constructor(id: string, account: Account) {
    this.id = id
    this.account = account
  }

  get sequence(): number {
    return this.#sequence
  }

  /** `data` is JSON text, made once for all sessions. */
  dispatch(type: string, data: string): void {
    this.#sequence++
    const payload = `{"t":"${type}","s":${this.#sequence},"op":0,"d":${data}}`
    this.#sent.push({ sequence: this.#sequence, payload })
    if (this.#sent.length > replayLimit * 1.2) this.#sent = this.#sent.slice(-replayLimit)
    this.outlet?.send(payload)
  }

  /** Whether everything after `sequence` is still kept. */
  canReplayAfter(sequence: number): boolean {
    const first = this.#sent[0]?.sequence ?? this.#sequence + 1
    return sequence <= this.#sequence && sequence >= first - 1
  }

  replayAfter(sequence: number): void {
    for (const entry of this.#sent) if (entry.sequence > sequence) this.outlet?.send(entry.payload)
  }
}
