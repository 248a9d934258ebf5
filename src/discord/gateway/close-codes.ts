/** What to do after the socket was closed (protocol page §2.5). */
export type AfterClose = 'resume' | 'identify' | 'stop'

export interface CloseRow {
  next: AfterClose
  why: string
  /** Wait at least this long first (ms). */
  waitMs?: number
}

/** Protocol page §2.5 as data. Only a refused token and a wrong configuration are fatal. */
export const closeCodes: Record<number, CloseRow> = {
  1000: { next: 'resume', why: 'closed by the server' },
  1001: { next: 'resume', why: 'server going away' },
  1005: { next: 'resume', why: 'closed without a code' },
  1006: { next: 'resume', why: 'connection lost' },
  4000: { next: 'resume', why: 'unknown error' },
  4001: { next: 'resume', why: 'unknown opcode sent' },
  4002: { next: 'resume', why: 'undecodable or too large payload sent' },
  4003: { next: 'identify', why: 'sent before identifying' },
  4004: { next: 'stop', why: 'token refused' },
  4005: { next: 'resume', why: 'identified twice' },
  4007: { next: 'identify', why: 'sequence refused' },
  4008: { next: 'resume', why: 'sent too fast', waitMs: 60_000 },
  4009: { next: 'identify', why: 'session timed out' },
  4010: { next: 'stop', why: 'invalid shard' },
  4011: { next: 'stop', why: 'sharding required' },
  4012: { next: 'stop', why: 'invalid gateway version' },
  4013: { next: 'stop', why: 'invalid intents' },
  4014: { next: 'stop', why: 'intents not allowed' },
  4015: { next: 'identify', why: 'too many sessions', waitMs: 180_000 },
  4016: { next: 'identify', why: 'connection request cancelled' },
}
