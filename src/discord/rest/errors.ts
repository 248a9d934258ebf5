import { UnreachableError } from '../transport.ts'

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

/**
 * Why a request failed, as a short text without addresses, and whether it surely never reached Discord: no connection came
 * about, or the request was not even well formed.
 */
export function failureFrom(error: unknown): { sent: 'no' | 'perhaps'; why: string } {
  if (error instanceof UnreachableError) return { sent: 'no', why: `not reached: ${reasonOf(error.cause)}` }
  const why = reasonOf(error)
  return { sent: why === 'UND_ERR_INVALID_ARG' ? 'no' : 'perhaps', why }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown failure'
  // undici tells a refused tunnel by its text only.
  const [, status] = /^Proxy response \((\d+)\)/.exec(error.message) ?? []
  if (status !== undefined) return `the proxy answered ${status}`
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
