import type { LiveSession } from '../control.ts'
import type { Account } from '../world/account.ts'
import { Session } from './session.ts'

/** All sessions, by id and by account; forgets those whose socket has been gone for too long. */
export class SessionBook {
  #byId = new Map<string, Session>()
  #byAccount = new Map<Account, Set<Session>>()
  #lifetimeMs: number

  constructor(lifetimeMs: number) {
    this.#lifetimeMs = lifetimeMs
  }

  open(id: string, account: Account): Session {
    const session = new Session(id, account)
    this.#byId.set(id, session)
    const siblings = this.#byAccount.get(account) ?? new Set()
    this.#byAccount.set(account, siblings.add(session))
    return session
  }

  get(id: string): Session | undefined {
    return this.#byId.get(id)
  }

  of(account: Account): ReadonlySet<Session> {
    return this.#byAccount.get(account) ?? new Set()
  }

  forget(session: Session): void {
    session.cancelExpiry()
    this.#byId.delete(session.id)
    this.#byAccount.get(session.account)?.delete(session)
  }

  /** The socket is gone: from now on the session has its lifetime to be resumed in. */
  detach(session: Session): void {
    session.outlet = null
    const expiry = setTimeout(() => this.forget(session), this.#lifetimeMs).unref()
    session.cancelExpiry = () => clearTimeout(expiry)
  }

  live(): LiveSession[] {
    return [...this.#byId.values()].map((session) => ({
      sessionId: session.id,
      account: session.account.index,
      connected: session.outlet !== null,
      sequence: session.sequence,
      compression: session.outlet?.compression ?? 'none',
    }))
  }

  close(): void {
    for (const session of this.#byId.values()) session.cancelExpiry()
  }
}
