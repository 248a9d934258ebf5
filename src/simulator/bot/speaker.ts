import type { MessageEvent } from '../faults/fault-types.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { BotName } from '../options.ts'
import type { Account } from '../world/account.ts'
import {
  type Attachment,
  botIds,
  botUsers,
  type Embed,
  flagEphemeral,
  type InteractionMetadata,
  type Message,
  messageTypes,
  type Row,
  type User,
} from '../world/message.ts'
import type { Channel, World } from '../world/world.ts'
import { type ClickInteraction, type Interaction, interactionTypes } from './interaction.ts'

export interface Saying {
  content?: string
  embeds?: Embed[]
  components?: Row[]
  attachments?: Attachment[]
  flags?: number
  mentions?: User[]
  /** The message replied to. */
  reply?: Message | null
}

export interface AnswerOptions {
  /** Repeat the request's nonce: true only in the first answer (protocol page §2.7). */
  nonce: boolean
  event: MessageEvent | null
  /** For a follow-up: the first answer's id. */
  originalResponseId?: string
}

/** Where a message lives: in the channel for all, or with one session only. */
interface Place {
  channel: Channel
  audience: { sessionId: string; account: Account } | null
}

/** Writes, edits and deletes messages as the bot, with the fields that Discord puts on them (§2.7, §4.2). */
export class Speaker {
  #world: World
  #gateway: Gateway
  /** Ephemeral messages are in no history; only their session knows them. */
  #ephemeral = new Map<string, { message: Message; place: Place }>()

  constructor(world: World, gateway: Gateway) {
    this.#world = world
    this.#gateway = gateway
  }

  /** The answer to an interaction: made by the application's webhook, so it has webhook_id and application_id. */
  answer(
    interaction: Interaction,
    saying: Saying,
    { nonce, event, originalResponseId }: AnswerOptions,
  ): Message {
    const { account, channel, bot } = interaction
    const ephemeral = ((saying.flags ?? 0) & flagEphemeral) !== 0
    const message: Message = {
      ...this.#blank(channel, bot, saying),
      type: interaction.kind === 'command' ? messageTypes.command : messageTypes.reply,
      mentions: saying.mentions ?? [account.user],
      webhook_id: botIds[bot],
      application_id: botIds[bot],
      ...this.#interactionFields(interaction, originalResponseId),
    }
    const place = { channel, audience: ephemeral ? { sessionId: interaction.sessionId, account } : null }
    this.#publish(message, place, event, nonce ? interaction.nonce : null)
    return message
  }

  #interactionFields(interaction: Interaction, originalResponseId?: string): Partial<Message> {
    const { id, kind, account, bot } = interaction
    const name = kind === 'command' ? interaction.name : undefined
    const deprecated = name ? { interaction: { id, type: 2 as const, name, user: account.user } } : {}
    if (account.readings.era === '2023') return deprecated
    return {
      ...deprecated,
      interaction_metadata: {
        id,
        type: interactionTypes[kind],
        ...(name ? { name } : {}),
        user: account.user,
        authorizing_integration_owners: { '0': interaction.channel.guildId ?? botIds[bot] },
        ...(originalResponseId ? { original_response_message_id: originalResponseId } : {}),
        ...(kind === 'click' ? { interacted_message_id: interaction.message.id } : {}),
        ...(kind === 'modal'
          ? { triggering_interaction_metadata: triggering(interaction.opened.click) }
          : {}),
      },
    }
  }

  /** An ordinary message of the bot: finals are such. No nonce, no webhook_id. */
  say(channel: Channel, bot: BotName, saying: Saying, event: MessageEvent | null): Message {
    const message = this.#blank(channel, bot, saying)
    this.#publish(message, { channel, audience: null }, event, null)
    return message
  }

  #blank(channel: Channel, bot: BotName, saying: Saying): Message {
    const { reply } = saying
    return {
      id: this.#world.newId(),
      type: reply ? messageTypes.reply : messageTypes.plain,
      channel_id: channel.id,
      author: botUsers[bot],
      content: saying.content ?? '',
      timestamp: stamp(this.#world.time.now()),
      edited_timestamp: null,
      tts: false,
      mention_everyone: false,
      mentions: saying.mentions ?? [],
      mention_roles: [],
      attachments: saying.attachments ?? [],
      embeds: saying.embeds ?? [],
      components: saying.components ?? [],
      pinned: false,
      flags: saying.flags ?? 0,
      ...(reply
        ? { message_reference: reference(reply, channel), referenced_message: withoutReference(reply) }
        : {}),
    }
  }

  #publish(message: Message, place: Place, event: MessageEvent | null, nonce: string | null): void {
    if (place.audience) this.#hide(message, place)
    else place.channel.log.add(message)
    this.#send('MESSAGE_CREATE', { ...message, ...(nonce === null ? {} : { nonce }) }, place, event)
  }

  #hide(message: Message, place: Place): void {
    this.#ephemeral.set(message.id, { message, place })
    const [oldest] = this.#ephemeral.keys()
    if (oldest && this.#ephemeral.size > this.#world.settings.memory) this.#ephemeral.delete(oldest)
  }

  /** MESSAGE_UPDATE; whether it carries the whole message is an option (§10). The nonce is not repeated. */
  edit(message: Message, changes: Partial<Message>, event: MessageEvent | null, partial: boolean): void {
    if (!this.#exists(message)) return
    const edited = { ...changes, edited_timestamp: stamp(this.#world.time.now()) }
    Object.assign(message, edited)
    const payload = partial ? { id: message.id, channel_id: message.channel_id, ...edited } : message
    this.#send('MESSAGE_UPDATE', payload, this.#placeOf(message), event)
  }

  remove(message: Message, event: MessageEvent | null): void {
    if (!this.#exists(message)) return
    const place = this.#placeOf(message)
    place.channel.log.remove(message.id)
    this.#ephemeral.delete(message.id)
    this.#send('MESSAGE_DELETE', { id: message.id, channel_id: message.channel_id }, place, event)
  }

  /** A message that this account may click on. */
  find(channel: Channel, id: string, account: Account): Message | undefined {
    const hidden = this.#ephemeral.get(id)
    if (hidden) return hidden.place.audience?.account === account ? hidden.message : undefined
    return channel.log.get(id)
  }

  #exists({ id, channel_id }: Message): boolean {
    return this.#ephemeral.has(id) || this.#world.channels.get(channel_id)?.log.get(id) !== undefined
  }

  #placeOf(message: Message): Place {
    const channel = this.#world.channels.get(message.channel_id)
    if (!channel) throw new Error(`message ${message.id} is in no channel`)
    return this.#ephemeral.get(message.id)?.place ?? { channel, audience: null }
  }

  #send(type: string, data: object, { channel, audience }: Place, event: MessageEvent | null): void {
    const payload = channel.guildId === null ? data : { ...data, guild_id: channel.guildId }
    if (audience) this.#gateway.whisper(audience.sessionId, audience.account, type, payload)
    else this.#gateway.publish(channel, type, payload, event)
  }
}

const triggering = ({ id, account, bot, channel, message }: ClickInteraction): InteractionMetadata => ({
  id,
  type: interactionTypes.click,
  user: account.user,
  authorizing_integration_owners: { '0': channel.guildId ?? botIds[bot] },
  interacted_message_id: message.id,
})

/** Discord writes microseconds and an offset. */
export function stamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000+00:00')
}

function reference(to: Message, channel: Channel) {
  return {
    type: 0,
    message_id: to.id,
    channel_id: to.channel_id,
    ...(channel.guildId === null ? {} : { guild_id: channel.guildId }),
  }
}

/** referenced_message is whole, but one level deep. */
function withoutReference({ referenced_message: _, ...message }: Message): Message {
  return message
}
