/** What an error of Discord means for the account and the request (protocol page §3.6). */
export type RestVerdict =
  | 'token-dead'
  /** A person must look: verification, captcha, anti-abuse. */
  | 'attention'
  /** The channel or guild is gone, or we may not use it. */
  | 'channel-lost'
  | 'message-gone'
  /** The interaction is too old; click again. */
  | 'interaction-expired'
  | 'already-done'
  /** The form is not valid, most often because the command's version is stale. */
  | 'stale-command'
  /** Cloudflare refuses us before Discord sees the request. */
  | 'blocked'
  | 'fail-job'

interface ErrorRow {
  status?: number
  /** Discord's own code in the body. */
  code?: number
  verdict: RestVerdict
}

/** Protocol page §3.6, first match wins. */
const rows: ErrorRow[] = [
  { status: 401, verdict: 'token-dead' },
  { code: 50014, verdict: 'token-dead' },
  { status: 403, code: 40001, verdict: 'attention' },
  { status: 403, code: 40002, verdict: 'attention' },
  { status: 403, code: 10008, verdict: 'attention' },
  { code: 40333, verdict: 'blocked' },
  { code: 50001, verdict: 'channel-lost' },
  { code: 50013, verdict: 'channel-lost' },
  { status: 404, code: 10003, verdict: 'channel-lost' },
  { code: 10004, verdict: 'channel-lost' },
  { status: 404, code: 10008, verdict: 'message-gone' },
  { code: 10062, verdict: 'interaction-expired' },
  { code: 40060, verdict: 'already-done' },
  { code: 50035, verdict: 'stale-command' },
  { status: 403, verdict: 'attention' },
]

/** A refusal as far as its body tells; Cloudflare answers in HTML, which is then all we know. */
export interface Refusal {
  status: number
  code: number | null
  message: string
  verdict: RestVerdict
}

export function refusalFrom(status: number, text: string): Refusal {
  const body = parseBody(text)
  if (!body) {
    const verdict = status === 403 || status === 429 ? 'blocked' : verdictOf(status, null)
    return { status, code: null, message: 'an answer that is not JSON', verdict }
  }
  const code = typeof body.code === 'number' ? body.code : null
  const message = typeof body.message === 'string' ? body.message : 'no message'
  // Never answered by machine: a person is called (protocol page, "Read this first").
  const captcha = Object.keys(body).some((key) => key.startsWith('captcha_'))
  return { status, code, message, verdict: captcha ? 'attention' : verdictOf(status, code) }
}

function verdictOf(status: number, code: number | null): RestVerdict {
  const row = rows.find(
    (candidate) =>
      (candidate.status === undefined || candidate.status === status) &&
      (candidate.code === undefined || candidate.code === code),
  )
  return row?.verdict ?? 'fail-job'
}

/** The body as an object, or null when it is something else. */
export function parseBody(text: string): Record<string, unknown> | null {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null && !Array.isArray(body)
      ? (body as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

/** Errors before a byte of the request can have reached Discord; any other leaves the outcome unknown. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_PRX_TLS',
])

/**
 * Why a request failed, as a short text without addresses, and whether it surely never reached Discord. undici reports a
 * proxy's refusal of the tunnel as a RequestAbortedError that names the proxy's status.
 */
export function failureFrom(error: unknown): { sent: 'no' | 'perhaps'; why: string } {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
    if (neverSent.has(code)) return { sent: 'no', why: code }
    if (/proxy (response|authentication)|Proxy response/i.test(cause.message)) {
      return { sent: 'no', why: 'the proxy refused the tunnel' }
    }
    if (code) return { sent: 'perhaps', why: code }
  }
  return { sent: 'perhaps', why: error instanceof Error ? error.name : 'unknown failure' }
}
