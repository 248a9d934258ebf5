import { Agent, buildConnector, request } from 'undici'
import { type AddressRules, checkUrl, publicLookup, RefusedAddressError } from './address-guard.ts'

const mostRedirects = 3
const redirects = [301, 302, 307, 308]
/** What a receiver says does not matter; so much (bytes) is read that the connection can be kept. */
const mostRead = 16 * 1024

/** What came of one attempt. */
export interface Answer {
  /** Null: there was none. */
  status: number | null
  error?: string
  /** How long (ms) the receiver asks to be left alone. */
  askedMs?: number
  /** The address is one that callbacks may not go to. */
  refused?: true
}

export interface Poster {
  /** Posts a JSON body, following redirects. Never throws, unless `signal` is aborted. */
  post(url: string, headers: Record<string, string>, body: string, signal: AbortSignal): Promise<Answer>
  close(): Promise<void>
}

/**
 * The way to receivers. Each address is checked when it is connected to, those of redirects too; an attempt has `patienceMs`
 * in all, whatever the receiver does with it.
 */
export function createPoster({ patienceMs, ...rules }: AddressRules & { patienceMs: number }): Poster {
  const lookup = rules.allowPrivate ? {} : { lookup: publicLookup(rules.isPublic) }
  const dispatcher = new Agent({
    connect: buildConnector({ timeout: patienceMs, ...lookup }),
    headersTimeout: patienceMs,
    bodyTimeout: patienceMs,
  })

  async function send(url: string, headers: Record<string, string>, body: string, signal: AbortSignal) {
    let place = new URL(url)
    for (let hop = 0; ; hop += 1) {
      checkUrl(place, rules)
      const answer = await request(place, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'Drawbridge', ...headers },
        body,
        dispatcher,
        signal,
      })
      // The answer counts from its first line on: a body that does not end takes nothing of it back.
      await answer.body.dump({ limit: mostRead, signal }).catch(() => {})
      const { location, 'retry-after': after } = answer.headers
      if (!redirects.includes(answer.statusCode) || typeof location !== 'string') {
        return { status: answer.statusCode, ...askedBy(after) }
      }
      if (hop === mostRedirects) return { status: answer.statusCode, error: 'too many redirects' }
      const next = new URL(location, place)
      if (place.protocol === 'https:' && next.protocol === 'http:') {
        throw new RefusedAddressError('a redirect from https to http')
      }
      place = next
    }
  }

  return {
    async post(url, headers, body, signal) {
      const patience = AbortSignal.timeout(patienceMs)
      try {
        return await send(url, headers, body, AbortSignal.any([signal, patience]))
      } catch (error) {
        signal.throwIfAborted()
        const refusal = refusalIn(error)
        if (refusal !== null) return { status: null, error: refusal, refused: true }
        return { status: null, error: patience.aborted ? 'no answer in time' : messageOf(error) }
      }
    },
    close: () => dispatcher.destroy(),
  }
}

function askedBy(after: string | string[] | undefined): { askedMs?: number } {
  const seconds = Number(after)
  return seconds > 0 ? { askedMs: seconds * 1000 } : {}
}

/** Why an address was refused, wherever among the causes it stands. */
function refusalIn(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof RefusedAddressError) return at.message
  }
  return null
}

/** Node gives one failure for each address of a name, without words of its own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0])
  return error instanceof Error ? error.message : 'unknown failure'
}
