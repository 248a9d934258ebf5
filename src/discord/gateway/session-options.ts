import type { Agent } from 'node:http'
import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import type { Compression } from './connection.ts'
import type { ClientProperties } from './identify.ts'

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
