import { isBot } from './bots.ts'
import { asRecord, asText } from './read.ts'
import { isSnowflake } from './snowflake.ts'

/**
 * A message as the gateway or REST gives it, in so far as we rely on it (protocol page §2.7). Only the ids are promised:
 * each other field is checked where it is read. An update may lack any of them.
 */
export interface RawMessage {
  readonly id: string
  readonly channel_id: string
  readonly author?: { readonly id?: unknown; readonly [other: string]: unknown }
  readonly content?: string
  readonly guild_id?: unknown
  readonly timestamp?: unknown
  readonly edited_timestamp?: unknown
  readonly nonce?: unknown
  readonly flags?: unknown
  readonly attachments?: unknown
  readonly embeds?: unknown
  readonly components?: unknown
  readonly mentions?: unknown
  readonly webhook_id?: unknown
  readonly application_id?: unknown
  readonly interaction?: unknown
  readonly interaction_metadata?: unknown
  readonly message_reference?: unknown
  readonly [other: string]: unknown
}

/** The message, whole or partial; null for what has no ids to know it by. */
export function readRawMessage(raw: unknown): RawMessage | null {
  const message = asRecord(raw)
  if (!message) return null
  const { id, channel_id, author, content, ...others } = message
  if (!isSnowflake(id) || !isSnowflake(channel_id)) return null
  const writer = asRecord(author)
  const text = asText(content)
  return {
    ...others,
    id,
    channel_id,
    ...(writer ? { author: writer } : {}),
    ...(text === null ? {} : { content: text }),
  }
}

/** Said once, when the message is made, or never changed: an update that leaves them out or empty does not take them back. */
const lasting = [
  'nonce',
  'interaction',
  'interaction_metadata',
  'message_reference',
  'webhook_id',
  'application_id',
  'author',
  'mentions',
  'channel_id',
  'guild_id',
  'timestamp',
] as const

/** Whether one of Midjourney's bots wrote it: a cheap look before anything is parsed. */
export const isFromBot = (raw: unknown): boolean => isBot(asRecord(asRecord(raw)?.['author'])?.['id'])

/**
 * A MESSAGE_UPDATE over the stored copy: what is absent is unchanged (protocol page §2.7). A patch that is older than the
 * stored copy, because events came out of order, only fills in what is missing.
 */
export function mergeMessage(stored: RawMessage, patch: RawMessage): RawMessage {
  const [older, newer] = isOlder(patch, stored) ? [patch, stored] : [stored, patch]
  const kept = lasting.filter((field) => isEmpty(newer[field]) && !isEmpty(older[field]))
  const takenBack = new Set<string>(kept)
  const said = Object.entries(newer).filter(([field, value]) => value !== undefined && !takenBack.has(field))
  return { ...older, ...Object.fromEntries(said) }
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0)

/** Without a time in the patch (Discord sends such ones when it adds embeds of links) the order of arrival counts. */
function isOlder(patch: RawMessage, stored: RawMessage): boolean {
  if (patch.edited_timestamp === undefined) return false
  const [patchedAt, storedAt] = [editedAt(patch), editedAt(stored)]
  return storedAt !== null && (patchedAt === null || patchedAt < storedAt)
}

function editedAt({ edited_timestamp: time }: RawMessage): number | null {
  const ms = typeof time === 'string' ? Date.parse(time) : Number.NaN
  return Number.isNaN(ms) ? null : ms
}
