import { request } from 'undici'
import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import { type ClientProperties, defaultProperties, superProperties } from '../gateway/identify.ts'
import type { Transport } from '../transport.ts'
import { failureFrom, refusalFrom } from './errors.ts'
import {
  type Answer,
  type InteractionOutcome,
  interactionFailure,
  interactionOutcome,
  type RestResult,
  retryAfterMs,
} from './outcomes.ts'

export type { InteractionOutcome, RestResult } from './outcomes.ts'

export interface DiscordRestOptions {
  /** Such as `https://discord.com/api/v9`. */
  apiUrl: string
  /** The raw user token. */
  token: string
  transport: Transport
  properties?: ClientProperties
  clock: Clock
  log: Log
}

export interface UploadedAttachment {
  id: string
  /** What a message or command names the upload by (protocol page §3.2). */
  uploadFilename: string
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** Tries of a call that may be repeated, and the longest wait (ms) that one of them is worth. */
const mostTries = 4
const longestWaitMs = 30_000

export type DiscordRest = ReturnType<typeof createDiscordRest>

/** The REST calls of one account, through its own dispatcher. The token goes to Discord's API only, never to an upload or CDN. */
export function createDiscordRest({
  apiUrl,
  token,
  transport,
  properties = defaultProperties,
  clock,
  log,
}: DiscordRestOptions) {
  const headers = {
    authorization: token,
    'content-type': 'application/json',
    'user-agent': properties.browser_user_agent,
    'x-super-properties': superProperties(properties),
    'x-discord-locale': properties.system_locale,
    origin: 'https://discord.com',
    referer: 'https://discord.com/channels/@me',
    accept: '*/*',
  }

  async function send(method: Method, path: string, body?: object, signal?: AbortSignal): Promise<Answer> {
    const answer = await request(`${apiUrl}${path}`, {
      method,
      headers,
      dispatcher: transport.dispatcher,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() }
  }

  /**
   * A call that may be repeated: waits out rate limits and 202, repeats after 5xx and lost connections. With `once` it is
   * repeated only where it surely had no effect.
   */
  async function call<Value>(
    method: Method,
    path: string,
    { body, signal, read, once = false }: CallOptions<Value>,
  ): Promise<RestResult<Value>> {
    let last: RestResult<Value> = failed('not tried')
    for (let attempt = 0; attempt < mostTries; attempt += 1) {
      let waitMs = 500 * 2 ** attempt
      try {
        const answer = await send(method, path, body, signal)
        const { status, text } = answer
        if (status === 200 || status === 204) {
          return { ok: true, value: read(text === '' ? null : JSON.parse(text)) }
        }
        const limited = status === 429 || status === 202
        if (!limited && (once || status < 500)) return refused<Value>(answer)
        if (limited) waitMs = retryAfterMs(answer)
        last = { ...refused<Value>(answer), retryAfterMs: limited ? waitMs : null }
      } catch (error) {
        if (signal?.aborted) throw error
        const { sent, why } = failureFrom(error)
        last = failed(why)
        if (once && sent === 'perhaps') break
      }
      if (waitMs > longestWaitMs || attempt === mostTries - 1) break
      log.debug({ method, route: routeOf(path), waitMs }, 'REST call will be repeated')
      await clock.sleep(waitMs, signal)
    }
    return last
  }

  return {
    /** Posts an interaction, once: never repeated here, because a lost answer does not mean a lost request. */
    async interact(body: object, signal?: AbortSignal): Promise<InteractionOutcome> {
      if (signal?.aborted) return { outcome: 'not-sent', why: 'stopped before it was sent' }
      try {
        return interactionOutcome(await send('POST', '/interactions', body, signal))
      } catch (error) {
        return interactionFailure(error)
      }
    },

    me: (signal?: AbortSignal) => call('GET', '/users/@me', { read: asIs, ...given(signal) }),

    channel: (id: string, signal?: AbortSignal) =>
      call('GET', `/channels/${id}`, { read: asIs, ...given(signal) }),

    /** The DM channel with a bot (protocol page §1). */
    openDm: (botId: string, signal?: AbortSignal) =>
      call('POST', '/users/@me/channels', { body: { recipients: [botId] }, read: asIs, ...given(signal) }),

    /** Messages of a channel, newest first (protocol page §3.3). */
    messages(
      { channelId, limit = 50, ...marks }: MessageQuery,
      signal?: AbortSignal,
    ): Promise<RestResult<unknown[]>> {
      const query = new URLSearchParams({ limit: String(limit), ...marks })
      return call('GET', `/channels/${channelId}/messages?${query}`, { read: asList, ...given(signal) })
    },

    /** The slash commands of a guild or of a DM channel (protocol page §3.1). */
    commandIndex(
      place: { guildId: string } | { channelId: string },
      signal?: AbortSignal,
    ): Promise<RestResult<unknown>> {
      const owner = 'guildId' in place ? `/guilds/${place.guildId}` : `/channels/${place.channelId}`
      return call('GET', `${owner}/application-command-index`, { read: asIs, ...given(signal) })
    },

    sendMessage: (channelId: string, body: object, signal?: AbortSignal) =>
      call('POST', `/channels/${channelId}/messages`, { body, read: asIs, once: true, ...given(signal) }),

    /** Fresh signatures for CDN addresses (protocol page §3.4). */
    refreshUrls: (urls: string[], signal?: AbortSignal) =>
      call('POST', '/attachments/refresh-urls', {
        body: { attachment_urls: urls },
        read: asIs,
        ...given(signal),
      }),

    /** Reserves an upload and puts the bytes there, without our token (protocol page §3.2). */
    async createAttachment(
      { channelId, filename, bytes, contentType }: Upload,
      signal?: AbortSignal,
    ): Promise<RestResult<UploadedAttachment>> {
      const files = [{ filename, file_size: bytes.byteLength, id: '0' }]
      const reserved = await call('POST', `/channels/${channelId}/attachments`, {
        body: { files },
        read: reservation,
        ...given(signal),
      })
      if (!reserved.ok) return reserved
      const { uploadUrl, ...attachment } = reserved.value
      try {
        const put = await request(uploadUrl, {
          method: 'PUT',
          headers: { 'content-type': contentType, 'user-agent': properties.browser_user_agent },
          body: bytes,
          dispatcher: transport.dispatcher,
          ...given(signal),
        })
        const text = await put.body.text()
        if (put.statusCode !== 200) return refused({ status: put.statusCode, headers: put.headers, text })
        return { ok: true, value: attachment }
      } catch (error) {
        if (signal?.aborted) throw error
        return failed(failureFrom(error).why)
      }
    },
  }
}

interface CallOptions<Value> {
  body?: object
  signal?: AbortSignal
  read: (value: unknown) => Value
  once?: boolean
}

interface MessageQuery {
  channelId: string
  before?: string
  after?: string
  around?: string
  /** 1 to 100. */
  limit?: number
}

interface Upload {
  channelId: string
  filename: string
  bytes: Uint8Array
  contentType: string
}

const asIs = (value: unknown): unknown => value
const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const given = (signal: AbortSignal | undefined) => (signal ? { signal } : {})

function reservation(value: unknown): UploadedAttachment & { uploadUrl: string } {
  const { attachments = [] } = value as {
    attachments?: { id: unknown; upload_url: string; upload_filename: string }[]
  }
  const [first] = attachments
  if (!first) throw new Error('Discord reserved no upload')
  return { id: String(first.id), uploadFilename: first.upload_filename, uploadUrl: first.upload_url }
}

const failed = (why: string): RestResult<never> => {
  return { ok: false, why, status: null, verdict: null, retryAfterMs: null }
}

function refused<Value>({ status, text }: Answer): RestResult<Value> & { ok: false } {
  const { message, verdict } = refusalFrom(status, text)
  return { ok: false, why: `${status}: ${message}`, status, verdict, retryAfterMs: null }
}

/** The path without ids and query, for logs. */
const routeOf = (path: string): string => path.replace(/\?.*$/, '').replaceAll(/\d{10,}/g, ':id')
