/**
 * Bodies of `POST /interactions` (protocol page §3.1), as plain JSON. Each needs the session id that READY gave: ephemeral
 * answers and INTERACTION events go to that session only.
 */

/** Where an interaction happens and what knows it again. */
export interface Place {
  /** The bot's. */
  applicationId: string
  /** null in a DM with the bot, where the body has no `guild_id`. */
  guildId: string | null
  /** A thread's id takes the place of its channel's. */
  channelId: string
  sessionId: string
  nonce: string
}

/** A command as Discord lists it at present. Ids are stable for years, versions are not. */
export interface CommandRef {
  id: string
  version: string
  name: string
  applicationId: string
}

interface InteractionBody {
  type: number
  application_id: string
  guild_id?: string
  channel_id: string
  session_id: string
  nonce: string
  data: object
  message_id?: string
  message_flags?: number
}

const applicationCommand = 2
const messageComponent = 3
const modal = 5

export function slashCommand({
  command: { id, version, name, applicationId },
  options = [],
  attachments = [],
  ...place
}: Omit<Place, 'applicationId'> & {
  command: CommandRef
  options?: readonly object[] | undefined
  attachments?: readonly object[] | undefined
}): InteractionBody {
  const data = { version, id, name, type: 1, options: [...options], attachments: [...attachments] }
  return { type: applicationCommand, ...common({ ...place, applicationId }), data }
}

/** A command of a message's context menu, such as "Cancel Job" (protocol page §3.1). */
export function messageCommand({
  command: { id, version, name, applicationId },
  messageId,
  ...place
}: Place & { command: CommandRef; messageId: string }): InteractionBody {
  const data = { version, id, name, type: 3, target_id: messageId }
  return { type: applicationCommand, ...common({ ...place, applicationId }), data }
}

interface Clicked extends Place {
  messageId: string
  /** The flags of the clicked message: 0, or 64 for an ephemeral one. */
  messageFlags: number
  customId: string
}

export function componentClick({ messageId, messageFlags, customId, ...place }: Clicked): InteractionBody {
  return {
    type: messageComponent,
    ...common(place),
    message_flags: messageFlags,
    message_id: messageId,
    data: { component_type: 2, custom_id: customId },
  }
}

export function selectMenu({
  messageId,
  messageFlags,
  customId,
  values,
  ...place
}: Clicked & { values: readonly string[] }): InteractionBody {
  return {
    type: messageComponent,
    ...common(place),
    message_flags: messageFlags,
    message_id: messageId,
    data: { component_type: 3, type: 3, custom_id: customId, values: [...values] },
  }
}

/**
 * The filled-in form. `modalId` and `customId` are those that INTERACTION_MODAL_CREATE delivered; the nonce is a new one.
 */
export function modalSubmit({
  modalId,
  customId,
  fields,
  ...place
}: Place & {
  modalId: string
  customId: string
  fields: readonly { customId: string; value: string }[]
}): InteractionBody {
  const components = fields.map((field) => ({
    type: 1,
    components: [{ type: 4, custom_id: field.customId, value: field.value }],
  }))
  return { type: modal, ...common(place), data: { id: modalId, custom_id: customId, components } }
}

const common = ({ applicationId, guildId, channelId, sessionId, nonce }: Place) => ({
  application_id: applicationId,
  ...(guildId === null ? {} : { guild_id: guildId }),
  channel_id: channelId,
  session_id: sessionId,
  nonce,
})
