import type { BotName } from '../options.ts'
import type { Account } from '../world/account.ts'
import type { Message } from '../world/message.ts'
import type { Channel } from '../world/world.ts'
import type { OpenDialog } from './dialogs.ts'

export interface UploadedFile {
  filename: string
  contentType: string
  bytes: Buffer
}

/** The message that a click, or the click behind a form, was on; null for a command. */
export function clickedMessage(interaction: Interaction | null): Message | null {
  if (interaction?.kind === 'click') return interaction.message
  return interaction?.kind === 'modal' ? interaction.opened.click.message : null
}

interface Common {
  id: string
  nonce: string
  account: Account
  channel: Channel
  bot: BotName
  sessionId: string
  receivedAt: number
}

export interface CommandInteraction extends Common {
  kind: 'command'
  name: string
  /** Values by option name; a sub-command is `{ remix: true }`, its own options beside it. */
  options: ReadonlyMap<string, string>
  attachments: readonly UploadedFile[]
}

export interface ClickInteraction extends Common {
  kind: 'click'
  message: Message
  customId: string
  values: readonly string[]
}

export interface ModalInteraction extends Common {
  kind: 'modal'
  customId: string
  /** The dialog that it answers. */
  opened: OpenDialog
  fields: ReadonlyMap<string, string>
}

/** What Discord hands to the bot after it has accepted POST /interactions. */
export type Interaction = CommandInteraction | ClickInteraction | ModalInteraction

/** The number that says what sort it is on the wire. */
export const interactionTypes = { command: 2, click: 3, modal: 5 } as const
