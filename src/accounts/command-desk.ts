import type { BotMessage } from '../midjourney/parse/message.ts'
import type { BotCommand, CommandReply } from './pool.ts'

interface Pending {
  command: BotCommand
  interactionId: string | null
  messageId: string | null
  answer: (reply: CommandReply) => void
}

/** The operators' commands that wait for the bot's own answer, found by the same ids as jobs (protocol page §4.2, §4.6). */
export class CommandDesk {
  readonly #pending = new Map<string, Pending>()

  /** Waits for the answer to the command that goes out with this nonce. */
  expect(nonce: string, command: BotCommand): Promise<CommandReply> {
    return new Promise((answer) => {
      this.#pending.set(nonce, { command, interactionId: null, messageId: null, answer })
    })
  }

  forget(nonce: string): void {
    this.#pending.delete(nonce)
  }

  /** INTERACTION_CREATE or _SUCCESS: which interaction our nonce became. */
  interactionLearnt(nonce: string, interactionId: string): void {
    const pending = this.#pending.get(nonce)
    if (pending) pending.interactionId = interactionId
  }

  /** Whether the message answers a command. A "thinking" message only names the one that will be edited. */
  take(message: BotMessage): boolean {
    const found = [...this.#pending].find(([nonce, pending]) => isAnswer(nonce, pending, message))
    if (!found) return false
    const [nonce, pending] = found
    if (message.type === 'thinking') {
      pending.messageId = message.id
      return true
    }
    this.#pending.delete(nonce)
    pending.answer(replyFrom(message))
    return true
  }
}

const isAnswer = (nonce: string, { interactionId, messageId }: Pending, message: BotMessage): boolean =>
  message.nonce === nonce ||
  message.id === messageId ||
  (interactionId !== null && message.interactionId === interactionId)

/** The bot's words; news in place of an answer say that the command was not carried out. */
function replyFrom(message: BotMessage): CommandReply {
  switch (message.type) {
    case 'info':
      return { answered: true, title: message.title, text: message.text }
    case 'notice':
      return { answered: false, code: 'upstream-refused', message: message.description || message.title }
    case 'reply':
      return { answered: true, title: '', text: message.text }
    default:
      return { answered: true, title: '', text: '' }
  }
}
