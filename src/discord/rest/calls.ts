import { request } from 'undici'
import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import type { Transport } from '../transport.ts'
import { CoolDowns } from './cool-downs.ts'
import { failureFrom, parseBody } from './errors.ts'
import { type Answer, failed, type RestResult, refused, retryAfterMs } from './outcomes.ts'
import { type Attempt, longestWaitMs, repeat } from './repeat.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** The answer was well-formed, but is not what the protocol page says. The message is safe to log. */
export class UnexpectedAnswer extends Error {
  override name = 'UnexpectedAnswer'
}

export interface CallOptions<Value> {
  body?: object
  signal?: AbortSignal
  /** Gets the parsed body, null when it was empty; throws `UnexpectedAnswer`. */
  read: (value: unknown) => Value
  /** Repeat only where the call surely had no effect. */
  once?: boolean
}

interface CallsParts {
  apiUrl: string
  /** With the token; they go to `apiUrl` only. */
  headers: Record<string, string>
  transport: Transport
  clock: Clock
  log: Log
}

export type Calls = ReturnType<typeof createCalls>

/** Requests to the API of one account, with what is known of its rate limits. */
export function createCalls({ apiUrl, headers, transport, clock, log }: CallsParts) {
  const coolDowns = new CoolDowns()

  /** One request and its whole answer; throws what undici throws. */
  async function send(method: Method, path: string, body?: object, signal?: AbortSignal): Promise<Answer> {
    const { statusCode, ...rest } = await request(`${apiUrl}${path}`, {
      method,
      // Without a body a browser names no type, and a strict server refuses one as empty JSON.
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      dispatcher: transport.dispatcher,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
    const answer = { status: statusCode, headers: rest.headers, text: await rest.body.text() }
    if (statusCode === 429) noteLimit(routeOf(method, path), answer)
    return answer
  }

  function noteLimit(route: string, answer: Answer): void {
    const global = parseBody(answer.text)?.global === true || answer.headers['x-ratelimit-global'] === 'true'
    coolDowns.limited({ route, waitMs: retryAfterMs(answer), global, now: clock.now() })
  }

  /**
   * A call that may be repeated: waits out rate limits and 202, repeats after 5xx and lost connections. With `once` it is
   * repeated only where it surely had no effect. Rejects only when `signal` is aborted.
   */
  async function call<Value>(
    method: Method,
    path: string,
    options: CallOptions<Value>,
  ): Promise<RestResult<Value>> {
    const { body, signal, once = false } = options
    const coolMs = coolDowns.leftMs(routeOf(method, path), clock.now())
    if (coolMs > longestWaitMs) return limitedFor(coolMs)
    if (coolMs > 0) await clock.sleep(coolMs, signal)

    async function attempt(): Promise<Attempt<Value>> {
      try {
        return attemptFrom(await send(method, path, body, signal), options)
      } catch (error) {
        if (signal?.aborted) throw error
        if (error instanceof UnexpectedAnswer) return { final: failed(error.message) }
        const { sent, why } = failureFrom(error)
        return once && sent === 'perhaps' ? { final: failed(why) } : { again: failed(why), waitMs: null }
      }
    }

    return repeat(attempt, {
      clock,
      signal,
      onWait: (waitMs) =>
        log.debug({ method, route: withoutIds(path), waitMs }, 'REST call will be repeated'),
    })
  }

  return { send, call }
}

function attemptFrom<Value>(answer: Answer, { read, once = false }: CallOptions<Value>): Attempt<Value> {
  const { status, text } = answer
  if (status === 200 || status === 204) {
    return { final: { ok: true, value: read(text === '' ? null : JSON.parse(text)) } }
  }
  if (isLimit(answer)) {
    const waitMs = retryAfterMs(answer)
    return { again: { ...refused(answer), retryAfterMs: waitMs }, waitMs }
  }
  return once || status < 500 ? { final: refused(answer) } : { again: refused(answer), waitMs: null }
}

/** Whether waiting helps. Cloudflare's ban is a 429 in HTML; asking again makes it longer (protocol page §3.5). */
const isLimit = ({ status, headers, text }: Answer): boolean =>
  status === 202 || (status === 429 && (parseBody(text) !== null || headers['retry-after'] !== undefined))

const limitedFor = (waitMs: number): RestResult<never> => {
  return { ok: false, why: '429: still limited', status: 429, verdict: null, retryAfterMs: waitMs }
}

/** What Discord limits together: one route, of one channel or guild. */
const routeOf = (method: Method, path: string): string => `${method} ${path.replace(/\?.*$/, '')}`

/** The path without ids and query, for logs. */
const withoutIds = (path: string): string => path.replace(/\?.*$/, '').replaceAll(/\d{10,}/g, ':id')
