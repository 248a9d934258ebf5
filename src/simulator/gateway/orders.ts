import type { AccountKey } from '../faults/fault-types.ts'
import { type Connection, op } from './connection.ts'
import type { SessionBook } from './session-book.ts'

export interface DropOrder {
  account?: AccountKey
  /** Also forget the session: RESUME will get INVALID_SESSION with d = false. */
  invalidSession?: boolean
}

export interface CloseOrder {
  account?: AccountKey
  /** Close with this code … */
  code?: number
  /** … or send an opcode: 7, 9 with d = false, 9 with d = true, 1; or stop and resume acknowledging heartbeats. */
  send?:
    | 'reconnect'
    | 'invalid-session'
    | 'invalid-session-resumable'
    | 'heartbeat'
    | 'stop-acks'
    | 'start-acks'
  /** Forget the session as well. */
  forgetSession?: boolean
}

/** Carries out an order on one connection. */
export function carryOut(order: CloseOrder, connection: Connection, sessions: SessionBook): void {
  const { code, send, forgetSession = false } = order
  if (forgetSession && connection.session) sessions.forget(connection.session)
  if (send === 'reconnect') connection.sendOp(op.reconnect, null)
  if (send === 'heartbeat') connection.sendOp(op.heartbeat, null)
  if (send === 'invalid-session') invalidate(connection, sessions, false)
  if (send === 'invalid-session-resumable') invalidate(connection, sessions, true)
  if (send === 'stop-acks' || send === 'start-acks') connection.acknowledges = send === 'start-acks'
  if (code !== undefined) connection.close(code)
}

/** Op 9 leaves the socket open and unauthenticated, so that IDENTIFY or RESUME may follow on it (protocol page §2.4). */
function invalidate(connection: Connection, sessions: SessionBook, resumable: boolean): void {
  const { session } = connection
  if (session) {
    connection.session = null
    sessions.detach(session)
    if (!resumable) sessions.forget(session)
  }
  connection.sendOp(op.invalidSession, resumable)
}
