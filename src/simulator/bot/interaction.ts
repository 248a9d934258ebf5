import type { BotName } from '../options.ts'
import type { Account } from '../world/account.ts'
import type { Message } from '../world/message.ts'
import type { Channel } from '../world/world.ts'

export interface UploadedFile {
  filename: string
  contentType: string
  bytes: Buffer
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
  modalId: string
  customId: string
  fields: ReadonlyMap<string, string>
}

/** What Discord hands to the bot after it has accepted POST /interactions. */
export type Interaction = CommandInteraction | ClickInteraction | ModalInteraction

/** The number that says what sort it is on the wire. */
export const interactionTypes = { command: 2, click: 3, modal: 5 } as const
