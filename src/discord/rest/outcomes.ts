import { failureFrom, parseBody, type Refusal, type RestVerdict, refusalFrom } from './errors.ts'

/** What came of posting an interaction. Only `not-sent`, `rate-limited` and `refused` prove that nothing will be drawn. */
export type InteractionOutcome =
  | { outcome: 'accepted' }
  | { outcome: 'rate-limited'; retryAfterMs: number; global: boolean; scope: string | null }
  | ({ outcome: 'refused' } & Refusal)
  /** Time-out, lost connection, 5xx: Discord may have taken it. */
  | { outcome: 'unknown'; why: string }
  /** It never left: the proxy or Discord could not be reached. */
  | { outcome: 'not-sent'; why: string }

/** The answer to any other call. */
export type RestResult<Value> =
  | { ok: true; value: Value }
  | {
      ok: false
      why: string
      status: number | null
      verdict: RestVerdict | null
      retryAfterMs: number | null
    }

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

export function interactionOutcome(answer: Answer): InteractionOutcome {
  const { status, headers, text } = answer
  if (status >= 200 && status < 300) return { outcome: 'accepted' }
  if (status === 429) {
    const body = parseBody(text)
    // An HTML body is Cloudflare's: waiting a little does not help (protocol page §3.5).
    if (!body) return { outcome: 'refused', ...refusalFrom(status, text) }
    const scope = headers['x-ratelimit-scope']
    return {
      outcome: 'rate-limited',
      retryAfterMs: retryAfterMs(answer),
      global: body.global === true,
      scope: typeof scope === 'string' ? scope : null,
    }
  }
  if (status >= 500) return { outcome: 'unknown', why: `Discord answered ${status}` }
  return { outcome: 'refused', ...refusalFrom(status, text) }
}

export function interactionFailure(error: unknown): InteractionOutcome {
  const { sent, why } = failureFrom(error)
  return sent === 'no' ? { outcome: 'not-sent', why } : { outcome: 'unknown', why }
}

/** Nothing was answered, or nothing that can be used. */
export const failed = (why: string): RestResult<never> => {
  return { ok: false, why, status: null, verdict: null, retryAfterMs: null }
}

/** Discord said no. */
export function refused({ status, text }: Answer): RestResult<never> & { ok: false } {
  const { message, verdict } = refusalFrom(status, text)
  return { ok: false, why: `${status}: ${message}`, status, verdict, retryAfterMs: null }
}

/** `retry_after` of the body or the `Retry-After` header, both in seconds (protocol page §3.5); a second when neither says. */
export function retryAfterMs({ headers, text }: Answer): number {
  const { retry_after: fromBody } = parseBody(text) ?? {}
  const seconds = typeof fromBody === 'number' ? fromBody : Number(headers['retry-after'])
  return Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds * 1000) : 1000
}
