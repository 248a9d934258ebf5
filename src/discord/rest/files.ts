import type { Readable } from 'node:stream'
import { type Dispatcher, request } from 'undici'
import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import type { Transport } from '../transport.ts'
import { failureFrom } from './errors.ts'
import { failed, type RestResult, retryAfterMs } from './outcomes.ts'
import { type Attempt, repeat } from './repeat.ts'

export interface FetchedFile {
  bytes: Buffer
  /** As the server named it; null when it did not. */
  contentType: string | null
}

/** A file as it comes in. */
export type OpenedFile =
  | {
      ok: true
      body: Readable
      contentType: string | null
      /** Bytes, when the server said so. */
      size: number | null
    }
  | { ok: false; why: string; status: number | null }

export interface FetchOptions {
  /** More than that is not read. */
  maxBytes: number
  signal?: AbortSignal
}

interface FilesParts {
  userAgent: string
  transport: Transport
  clock: Clock
  log: Log
}

/**
 * Files that are not the API's: CDN pictures and the places uploads go to. They go the account's own way, but never get
 * its token, and what they answer says nothing about the account: the verdict is always null.
 */
export function createFiles({ userAgent, transport: { dispatcher }, clock, log }: FilesParts) {
  const get = (url: string, signal: AbortSignal | undefined) =>
    request(url, {
      headers: { 'user-agent': userAgent, accept: '*/*' },
      dispatcher,
      ...(signal ? { signal } : {}),
    })

  async function attemptFetch(
    url: string,
    { maxBytes, signal }: FetchOptions,
  ): Promise<Attempt<FetchedFile>> {
    const { statusCode, headers, body } = await get(url, signal)
    if (statusCode !== 200) {
      const text = await body.text()
      const limited = statusCode === 429
      const waitMs = limited ? retryAfterMs({ status: statusCode, headers, text }) : null
      const result = { ...turnedDown(statusCode), retryAfterMs: waitMs }
      return limited || statusCode >= 500 ? { again: result, waitMs } : { final: result }
    }
    const bytes = await readUpTo(body, maxBytes)
    if (!bytes) return { final: failed(tooLong(maxBytes)) }
    return { final: { ok: true, value: { bytes, contentType: typeIn(headers) } } }
  }

  return {
    /** Fetches a file whole. An expired CDN address gives status 404 (protocol page §3.4). Rejects only when aborted. */
    async fetch(url: string, options: FetchOptions): Promise<RestResult<FetchedFile>> {
      if (!isWeb(url)) return failed('not an http address')
      const { signal } = options
      return repeat(
        async () => {
          try {
            return await attemptFetch(url, options)
          } catch (error) {
            if (signal?.aborted) throw error
            return { again: failed(failureFrom(error).why), waitMs: null }
          }
        },
        {
          clock,
          signal,
          onWait: (waitMs) => log.debug({ host: new URL(url).host, waitMs }, 'download will be repeated'),
        },
      )
    },

    /**
     * Begins to fetch a file, once. The body ends with an error when the server falls silent. An expired CDN address gives
     * status 404 (protocol page §3.4). Rejects only when aborted.
     */
    async open(url: string, { maxBytes, signal }: FetchOptions): Promise<OpenedFile> {
      if (!isWeb(url)) return { ok: false, why: 'not an http address', status: null }
      try {
        const { statusCode, headers, body } = await get(url, signal)
        const length = Number(headers['content-length'] ?? Number.NaN)
        if (statusCode !== 200 || length > maxBytes) {
          await body.dump()
          return statusCode === 200
            ? { ok: false, why: tooLong(maxBytes), status: null }
            : { ok: false, why: turnedDown(statusCode).why, status: statusCode }
        }
        const size = Number.isNaN(length) ? null : length
        return { ok: true, body, contentType: typeIn(headers), size }
      } catch (error) {
        if (signal?.aborted) throw error
        return { ok: false, why: failureFrom(error).why, status: null }
      }
    },

    /** Puts bytes at a signed address (protocol page §3.2). Rejects only when aborted. */
    async put(
      url: string,
      { bytes, contentType, signal }: { bytes: Uint8Array; contentType: string; signal?: AbortSignal },
    ): Promise<RestResult<null>> {
      if (!isWeb(url)) return failed('not an http address')
      try {
        const { statusCode, body } = await request(url, {
          method: 'PUT',
          headers: { 'content-type': contentType, 'user-agent': userAgent },
          body: bytes,
          dispatcher,
          ...(signal ? { signal } : {}),
        })
        await body.dump()
        return statusCode === 200 ? { ok: true, value: null } : turnedDown(statusCode)
      } catch (error) {
        if (signal?.aborted) throw error
        return failed(failureFrom(error).why)
      }
    },
  }
}

/** The body, or null as soon as it is too long; the connection is then given up. */
async function readUpTo(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<Buffer | null> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of body) {
    length += piece.length
    // Leaving the loop destroys the body.
    if (length > maxBytes) return null
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

const turnedDown = (status: number): RestResult<never> & { ok: false } => {
  return { ok: false, why: `the file server answered ${status}`, status, verdict: null, retryAfterMs: null }
}

const tooLong = (maxBytes: number): string => `a file of more than ${maxBytes} bytes`

function typeIn({ 'content-type': type }: Dispatcher.ResponseData['headers']): string | null {
  return typeof type === 'string' ? type : null
}

function isWeb(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)
}
