import { asNumber, asRecord, asRecords, asText, type UnknownRecord } from '../read.ts'
import { isSnowflake, snowflakeTime } from '../snowflake.ts'
import type { RawMessage } from '../wire.ts'
import type { Envelope } from './bot-message.ts'
import { cancelUuid, readButtons } from './components.ts'

/** Message flags of Discord (protocol page §2.7). */
const ephemeralFlag = 64
const loadingFlag = 128

/**
 * What every message has, whatever it says. `taggedId` is the user that the text names behind the prompt: surer than
 * `mentions`, which also lists users that the prompt names and the author of the message replied to.
 */
export function readEnvelope(raw: RawMessage, taggedId: string | null): Envelope | { malformed: string } {
  const { id, channel_id: channelId } = raw
  const authorId = raw.author?.id
  if (!isSnowflake(authorId)) return { malformed: 'no author' }

  const interaction = asRecord(raw.interaction) ?? {}
  const metadata = asRecord(raw.interaction_metadata) ?? {}
  const trigger = asRecord(metadata['triggering_interaction_metadata']) ?? {}
  const flags = asNumber(raw.flags) ?? 0
  const buttons = readButtons(raw.components)
  return {
    id,
    channelId,
    guildId: asId(raw.guild_id),
    authorId,
    timestampMs: timeOf(raw.timestamp) ?? snowflakeTime(id),
    editedAt: asText(raw.edited_timestamp),
    nonce: asNonce(raw.nonce),
    interactionId: asId(metadata['id']) ?? asId(interaction['id']),
    triggeringInteractionId: asId(trigger['id']),
    interactedMessageId: asId(metadata['interacted_message_id']) ?? asId(trigger['interacted_message_id']),
    originalResponseMessageId: asId(metadata['original_response_message_id']),
    commandName: asText(metadata['name']) ?? asText(interaction['name']) ?? asText(trigger['name']),
    referenceId: asId(asRecord(raw.message_reference)?.['message_id']),
    requesterId: userOf(metadata) ?? userOf(interaction) ?? taggedId ?? mentionedUser(raw.mentions),
    ephemeral: (flags & ephemeralFlag) !== 0,
    loading: (flags & loadingFlag) !== 0,
    isAnswer: asId(raw.webhook_id) !== null || asId(raw.application_id) !== null,
    flags,
    cancelJobUuid: cancelUuid(buttons),
    content: raw.content ?? '',
    buttons,
  }
}

const asId = (value: unknown): string | null => (isSnowflake(value) ? value : null)

/** Seen as a string; Discord also allows a number. */
function asNonce(value: unknown): string | null {
  if (typeof value === 'string' && value !== '') return value
  return Number.isSafeInteger(value) ? String(value) : null
}

function timeOf(value: unknown): number | null {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? null : ms
}

const userOf = (interaction: UnknownRecord): string | null => asId(asRecord(interaction['user'])?.['id'])

/** The bot itself is mentioned when it replies to a message of its own. */
const mentionedUser = (mentions: unknown): string | null =>
  asRecords(mentions)
    .filter((user) => user['bot'] !== true)
    .flatMap((user) => asId(user['id']) ?? [])[0] ?? null
