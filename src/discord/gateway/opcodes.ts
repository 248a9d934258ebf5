/** Gateway opcodes (protocol page §2.1). */
export const opcodes = {
  dispatch: 0,
  heartbeat: 1,
  identify: 2,
  resume: 6,
  reconnect: 7,
  invalidSession: 9,
  hello: 10,
  heartbeatAck: 11,
} as const

/** A payload of the gateway; `s` and `t` are null unless it is a dispatch. */
export interface Payload {
  op: number
  d: unknown
  s: number | null
  t: string | null
}
