/** What a session takes from READY (protocol page §2.4). */
export interface Ready {
  sessionId: string
  resumeUrl: string | null
  userId: string | null
}

/** READY's data, or null when it names no session. */
export function readReady(d: unknown): Ready | null {
  const { session_id: sessionId, resume_gateway_url: resumeUrl, user } = fieldsOf(d)
  if (typeof sessionId !== 'string') return null
  const { id } = fieldsOf(user)
  return { sessionId, resumeUrl: textOf(resumeUrl), userId: textOf(id) }
}

/** Milliseconds between beats; what is typical (protocol page §2.1) when HELLO gives no usable number. */
export function readInterval(hello: unknown): number {
  const { heartbeat_interval: ms } = fieldsOf(hello)
  return typeof ms === 'number' && ms > 0 && Number.isFinite(ms) ? ms : 41_250
}

/** Whether an address is one that a socket can be opened to, as safely as to the common one. */
export function leadsTo(url: string, gatewayUrl: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol } = new URL(url)
  return protocol === 'wss:' || (protocol === 'ws:' && new URL(gatewayUrl).protocol === 'ws:')
}

const fieldsOf = (value: unknown): Record<string, unknown> => (value ?? {}) as Record<string, unknown>
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
