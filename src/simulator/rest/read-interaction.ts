import type {
  ClickInteraction,
  CommandInteraction,
  Interaction,
  ModalInteraction,
  UploadedFile,
} from '../bot/interaction.ts'
import { componentOf } from '../bot/rows.ts'
import type { BotName } from '../options.ts'
import type { Account } from '../world/account.ts'
import { botNamed, type Component, flagEphemeral } from '../world/message.ts'
import type { Channel } from '../world/world.ts'
import { channelFor } from './access.ts'
import { discordError, invalidForm } from './discord-error.ts'
import { Form } from './read.ts'
import type { RestParts } from './visit.ts'

const maxNonceLength = 25
const maxOptionLength = 6_000
const attachmentOption = 11

type Common = Pick<Interaction, 'id' | 'nonce' | 'account' | 'channel' | 'bot' | 'sessionId' | 'receivedAt'>

/** Checks the body of POST /interactions as Discord does, in Discord's order as far as it is known (protocol page §3.1, §3.6). */
export function readInteraction(parts: RestParts, account: Account, body: unknown): Interaction {
  const form = new Form(body)
  const type = form.number('type')
  const common = readCommon(parts, account, form)
  if (type === 2) return readCommand(parts, common, form.form('data'))
  if (type === 3) return readClick(parts, common, form)
  if (type === 5) return readModal(parts, common, form.form('data'))
  throw invalidForm('type', 'BASE_TYPE_CHOICES', 'Value must be one of {2, 3, 4, 5}.')
}

function readCommon({ world }: RestParts, account: Account, form: Form): Common {
  const applicationId = form.snowflake('application_id')
  const sessionId = form.text('session_id')
  const nonce = form.optionalText('nonce') ?? ''
  if (nonce.length > maxNonceLength) {
    throw invalidForm('nonce', 'BASE_TYPE_MAX_LENGTH', `Must be ${maxNonceLength} or fewer in length.`)
  }
  const channel = channelFor(world, account, form.snowflake('channel_id'))
  checkGuild(channel, form)
  const bot = botNamed(applicationId)
  if (!bot) throw invalidForm('application_id', 'INTERACTION_UNKNOWN_APPLICATION', 'Unknown application.')
  // In a direct-message channel there is one bot.
  if (channel.bot !== null && channel.bot !== bot) throw discordError('missing-access')
  return { id: world.newId(), nonce, account, channel, bot, sessionId, receivedAt: world.time.now() }
}

function checkGuild(channel: Channel, form: Form): void {
  const guildId = form.optionalText('guild_id')
  if (channel.guildId !== null && guildId === undefined) throw discordError('guild-id-missing')
  if (guildId !== undefined && guildId !== channel.guildId) throw discordError('guild-id-missing')
}

function readCommand(parts: RestParts, common: Common, data: Form): CommandInteraction {
  const applicationId = commonApplication(common.bot)
  const command = parts.commands.find(applicationId, data.snowflake('id'))
  if (!command || command.name !== data.text('name')) {
    throw invalidForm('data', 'INTERACTION_APPLICATION_COMMAND_INVALID', 'Unknown application command.')
  }
  if (command.version !== data.text('version')) {
    const text = 'This command is outdated, please try again in a few minutes'
    throw invalidForm('data', 'INTERACTION_APPLICATION_COMMAND_INVALID_VERSION', text)
  }
  const options = readOptions(data)
  if (command.type === 3) options.set('target', data.snowflake('target_id'))
  for (const { name, required, choices } of command.options) {
    const value = options.get(name)
    const path = `data.options.${name}`
    if (required && value === undefined)
      throw invalidForm(path, 'BASE_TYPE_REQUIRED', 'This field is required')
    if (value !== undefined && choices && !choices.some((choice) => choice.value === value))
      throw invalidForm(path, 'APPLICATION_COMMAND_INVALID_CHOICE', 'Value is not one of the choices.')
  }
  return {
    ...common,
    kind: 'command',
    name: command.name,
    options,
    attachments: chosenFiles(data, readAttachments(parts, common.account, data)),
  }
}

const commonApplication = (bot: BotName): string =>
  bot === 'niji' ? '1022952195194359889' : '936929561302675456'

/** Values by name; sub-commands become `{ name: true }` and their own options join the map. */
function readOptions(form: Form): Map<string, string> {
  const options = new Map<string, string>()
  for (const option of form.list('options')) {
    const name = option.text('name')
    if (!option.has('value')) {
      options.set(name, 'true')
      for (const [inner, value] of readOptions(option)) options.set(inner, value)
      continue
    }
    const value = option.text('value')
    if (value.length > maxOptionLength) {
      throw invalidForm(
        `${option.path}.value`,
        'BASE_TYPE_MAX_LENGTH',
        `Must be ${maxOptionLength} or fewer in length.`,
      )
    }
    options.set(name, value)
  }
  return options
}

/** The files that the options name, in the options' order; all of them where none is named. */
function chosenFiles(data: Form, files: ReadonlyMap<string, UploadedFile>): UploadedFile[] {
  const named = data
    .list('options')
    .filter((option) => option.has('type') && option.number('type') === attachmentOption)
    .map((option) => ({ name: option.text('name'), id: option.text('value') }))
    .sort((a, b) => a.name.localeCompare(b.name))
  if (named.length === 0) return [...files.values()]
  return named.map(({ name, id }) => {
    const file = files.get(id)
    if (!file) throw invalidForm(`data.options.${name}`, 'ATTACHMENT_NOT_FOUND', 'Attachment not found.')
    return file
  })
}

function readAttachments({ uploads }: RestParts, account: Account, data: Form): Map<string, UploadedFile> {
  const files = data.list('attachments').map((form, at) => {
    const upload = uploads.get(form.text('uploaded_filename'))
    if (!upload?.bytes || upload.account !== account.index) {
      throw invalidForm(
        `${form.path}.uploaded_filename`,
        'ATTACHMENT_NOT_FOUND',
        'Uploaded attachment not found.',
      )
    }
    const { filename, contentType, bytes } = upload
    return [form.optionalText('id') ?? String(at), { filename, contentType, bytes }] as const
  })
  return new Map(files)
}

function readClick({ speaker }: RestParts, common: Common, form: Form): ClickInteraction {
  const message = speaker.find(common.channel, form.snowflake('message_id'), common.account)
  // A client that leaves the ephemeral flag out asks for a message of the history, where an ephemeral one is not.
  const flags = form.has('message_flags') ? form.number('message_flags') : 0
  const hidden = message && (message.flags & flagEphemeral) !== 0 && (flags & flagEphemeral) === 0
  if (!message || hidden) throw discordError('unknown-message')
  const data = form.form('data')
  const customId = data.text('custom_id')
  const component = componentOf(message, customId)
  const values = data.texts('values')
  const fits = component?.type === data.number('component_type') && accepts(component, values)
  if (message.author.id !== commonApplication(common.bot) || !fits) {
    throw invalidForm('data.custom_id', 'COMPONENT_VALIDATION_FAILED', 'Component validation failed')
  }
  return { ...common, kind: 'click', message, customId, values }
}

/** A menu takes as many of its own values as it says. */
function accepts(component: Component, values: readonly string[]): boolean {
  if (component.type === 2) return true
  const { options, min_values, max_values } = component
  const known = values.every((value) => options.some((option) => option.value === value))
  return known && values.length >= min_values && values.length <= max_values
}

function readModal({ bot }: RestParts, common: Common, data: Form): ModalInteraction {
  const fields = new Map<string, string>()
  for (const row of data.list('components')) {
    for (const field of row.list('components')) fields.set(field.text('custom_id'), field.text('value'))
  }
  const modalId = data.snowflake('id')
  const customId = data.text('custom_id')
  if (fields.size === 0) throw invalidForm('data.components', 'BASE_TYPE_REQUIRED', 'This field is required')
  const opened = bot.dialogs.find(modalId, customId, common.account)
  if (!opened) throw discordError('unknown-interaction')
  if (opened.field && !fields.has(opened.field.customId)) {
    throw invalidForm('data.components', 'BASE_TYPE_REQUIRED', 'This field is required')
  }
  return { ...common, kind: 'modal', customId, opened, fields }
}
