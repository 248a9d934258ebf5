import type { BotName } from '../options.ts'

/** Application id = user id of each bot (protocol page §1). */
export const botIds: Record<BotName, string> = {
  midjourney: '936929561302675456',
  niji: '1022952195194359889',
}

export interface User {
  id: string
  username: string
  discriminator: string
  global_name: string | null
  avatar: string | null
  bot?: boolean
  public_flags: number
}

export const botUsers: Record<BotName, User> = {
  midjourney: {
    id: botIds.midjourney,
    username: 'Midjourney Bot',
    discriminator: '9282',
    global_name: null,
    avatar: 'f6ce562a6b4979c4b1cbc5b436d3be76',
    bot: true,
    public_flags: 589_824,
  },
  niji: {
    id: botIds.niji,
    username: 'niji・journey Bot',
    discriminator: '6992',
    global_name: null,
    avatar: '8ea2fa5ee9fa2c7f1e3fb4b2a3a8b6a5',
    bot: true,
    public_flags: 589_824,
  },
}

export function botNamed(id: string): BotName | undefined {
  return id === botIds.midjourney ? 'midjourney' : id === botIds.niji ? 'niji' : undefined
}

export interface Attachment {
  id: string
  filename: string
  size: number
  url: string
  proxy_url: string
  width: number
  height: number
  content_type: string
}

export interface Embed {
  type: 'rich'
  title?: string
  description?: string
  color?: number
  footer?: { text: string }
  image?: { url: string; proxy_url: string; width: number; height: number }
}

export interface SelectOption {
  label: string
  value: string
  default: boolean
}

export type Component =
  | {
      type: 2
      style: number
      custom_id?: string
      label?: string
      emoji?: { name: string }
      url?: string
    }
  | { type: 3; custom_id: string; options: SelectOption[]; min_values: number; max_values: number }

export interface Row {
  type: 1
  components: Component[]
}

/** `interaction_metadata` (§2.7): its id is the id of INTERACTION_CREATE. */
export interface InteractionMetadata {
  id: string
  type: number
  name?: string
  user: User
  authorizing_integration_owners: Record<string, string>
  original_response_message_id?: string
  interacted_message_id?: string
  /** Of a submitted form: the click that opened it. */
  triggering_interaction_metadata?: InteractionMetadata
}

/** A message as it is kept: whole, without what only its first dispatch carries (nonce, guild_id). */
export interface Message {
  id: string
  type: number
  channel_id: string
  author: User
  content: string
  timestamp: string
  edited_timestamp: string | null
  tts: boolean
  mention_everyone: boolean
  mentions: User[]
  mention_roles: string[]
  attachments: Attachment[]
  embeds: Embed[]
  components: Row[]
  pinned: boolean
  flags: number
  webhook_id?: string
  application_id?: string
  interaction?: { id: string; type: 2; name: string; user: User }
  interaction_metadata?: InteractionMetadata
  message_reference?: { type: number; message_id: string; channel_id: string; guild_id?: string }
  referenced_message?: Message | null
}

export const flagEphemeral = 64
export const flagLoading = 128

/** Message types (§2.7): plain, reply, answer to a slash command. */
export const messageTypes = { plain: 0, reply: 19, command: 20 } as const
