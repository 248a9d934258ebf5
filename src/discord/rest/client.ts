import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import { type ClientProperties, defaultProperties, superProperties } from '../gateway/identify.ts'
import type { Transport } from '../transport.ts'
import { createCalls, UnexpectedAnswer } from './calls.ts'
import { createFiles, type FetchedFile, type FetchOptions, type OpenedFile } from './files.ts'
import {
  type InteractionOutcome,
  interactionFailure,
  interactionOutcome,
  type RestResult,
} from './outcomes.ts'

export type { FetchedFile, OpenedFile } from './files.ts'
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

export type DiscordRest = ReturnType<typeof createDiscordRest>

/**
 * The REST calls of one account, through its own dispatcher. The token goes to Discord's API only, never to an upload or
 * CDN. What is not `interact` gives a RestResult and rejects only when its signal is aborted.
 */
export function createDiscordRest(options: DiscordRestOptions) {
  const { apiUrl, token, transport, properties = defaultProperties, clock, log } = options
  const { send, call } = createCalls({ apiUrl, headers: headersOf(token, properties), transport, clock, log })
  const files = createFiles({ userAgent: properties.browser_user_agent, transport, clock, log })

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

    /** Where the gateway is, without a query (protocol page §2.1). */
    gatewayUrl: (signal?: AbortSignal) => call('GET', '/gateway', { read: gatewayAddress, ...given(signal) }),

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

    /** Adds our reaction; `emoji` is the character itself (protocol page §3.3). */
    react({ channelId, messageId, emoji }: Reaction, signal?: AbortSignal): Promise<RestResult<unknown>> {
      const owner = `/channels/${channelId}/messages/${messageId}`
      const path = `${owner}/reactions/${encodeURIComponent(emoji)}/%40me?location=Message&type=0`
      return call('PUT', path, { read: asIs, ...given(signal) })
    },

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
      const reserved = await call('POST', `/channels/${channelId}/attachments`, {
        body: { files: [{ filename, file_size: bytes.byteLength, id: '0' }] },
        read: reservation,
        ...given(signal),
      })
      if (!reserved.ok) return reserved
      const { uploadUrl, ...attachment } = reserved.value
      const put = await files.put(uploadUrl, { bytes, contentType, ...given(signal) })
      return put.ok ? { ok: true, value: attachment } : put
    },

    /** Drops an upload that was not used (protocol page §3.2). */
    deleteUpload(uploadFilename: string, signal?: AbortSignal): Promise<RestResult<unknown>> {
      const path = uploadFilename.split('/').map(encodeURIComponent).join('/')
      return call('DELETE', `/attachments/${path}`, { read: asIs, ...given(signal) })
    },

    /** A picture or any other file, whole, without our token (protocol page §3.4). */
    openFile: (url: string, fetchOptions: FetchOptions): Promise<OpenedFile> => files.open(url, fetchOptions),

    fetchFile: (url: string, fetchOptions: FetchOptions): Promise<RestResult<FetchedFile>> =>
      files.fetch(url, fetchOptions),
  }
}

interface MessageQuery {
  channelId: string
  before?: string
  after?: string
  around?: string
  /** 1 to 100. */
  limit?: number
}

interface Reaction {
  channelId: string
  messageId: string
  emoji: string
}

interface Upload {
  channelId: string
  filename: string
  bytes: Uint8Array
  contentType: string
}

/** What a browser sends along (protocol page §3). */
function headersOf(token: string, properties: ClientProperties): Record<string, string> {
  return {
    authorization: token,
    'user-agent': properties.browser_user_agent,
    'x-super-properties': superProperties(properties),
    'x-discord-locale': properties.system_locale,
    origin: 'https://discord.com',
    referer: 'https://discord.com/channels/@me',
    accept: '*/*',
  }
}

const given = (signal: AbortSignal | undefined) => (signal ? { signal } : {})
const asIs = (value: unknown): unknown => value

function asList(value: unknown): unknown[] {
  // An empty list here would mean that nothing was missed.
  if (!Array.isArray(value)) throw new UnexpectedAnswer('an answer that is no list')
  return value
}

function gatewayAddress(value: unknown): string {
  const { url } = (value ?? {}) as { url?: unknown }
  if (typeof url !== 'string') throw new UnexpectedAnswer('an answer without an address')
  return url
}

function reservation(value: unknown): UploadedAttachment & { uploadUrl: string } {
  const { attachments } = (value ?? {}) as { attachments?: unknown }
  const [first] = (Array.isArray(attachments) ? attachments : []) as unknown[]
  const {
    id,
    upload_url: uploadUrl,
    upload_filename: uploadFilename,
  } = (first ?? {}) as Record<string, unknown>
  if (typeof uploadUrl !== 'string' || typeof uploadFilename !== 'string') {
    throw new UnexpectedAnswer('Discord reserved no upload')
  }
  return { id: String(id), uploadFilename, uploadUrl }
}
