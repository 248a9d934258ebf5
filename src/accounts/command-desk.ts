import type { BotMessage } from '../midjourney/parse/message.ts'
import type { BotCommand, CommandReply } from './pool.ts'

interface Pending {
  command: BotCommand
  interactionId: string | null
  messageId: string | null
  answer: (reply: CommandReply & { answered: true }) => void
}

/** The operators' commands that wait for the bot's own answer, found by the same ids as jobs (protocol page §4.2, §4.6). */
export class CommandDesk {
  readonly #pending = new Map<string, Pending>()

  /** Waits for the answer to the command that goes out with this nonce. */
  expect(nonce: string, command: BotCommand): Promise<CommandReply & { answered: true }> {
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
    pending.answer({ answered: true, ...wordsOf(message) })
    return true
  }
}

const isAnswer = (nonce: string, { interactionId, messageId }: Pending, message: BotMessage): boolean =>
  message.nonce === nonce ||
  message.id === messageId ||
  (interactionId !== null && message.interactionId === interactionId)

function wordsOf(message: BotMessage): { title: string; text: string } {
  switch (message.type) {
    case 'info':
      return { title: message.title, text: message.text }
    case 'notice':
      return { title: message.title, text: message.description }
    case 'reply':
      return { title: '', text: message.text }
    default:
      return { title: '', text: '' }
  }
}
