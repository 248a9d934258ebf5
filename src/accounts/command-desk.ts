import type { BotMessage } from '../midjourney/parse/message.ts'

interface Pending {
  nonce: string
  interactionId: string | null
  /** The message that will be edited into the answer. */
  messageId: string | null
  answer: (message: BotMessage) => void
}

/** What the bot is waited for: its message, until it is forgotten. */
export interface Awaited<Value> {
  answer: Promise<Value>
  forget: () => void
}

/** The interactions of operators that wait for the bot's own answer, found by the same ids as jobs (protocol page §4.2, §4.6). */
export class CommandDesk {
  readonly #pending = new Set<Pending>()
  readonly #seeds = new Map<string, (seed: string) => void>()

  /** Waits for the answer to what goes out with this nonce, which may be an edit of the message `messageId`. */
  expect(nonce: string, messageId: string | null = null): Awaited<BotMessage> {
    const pending: Pending = { nonce, interactionId: null, messageId, answer: () => {} }
    const answer = new Promise<BotMessage>((resolve) => {
      pending.answer = resolve
    })
    this.#pending.add(pending)
    return { answer, forget: () => this.#pending.delete(pending) }
  }

  /** Waits for the bot to tell the seed of the job with this uuid of Midjourney's. */
  expectSeed(uuid: string): Awaited<string> {
    const answer = new Promise<string>((resolve) => this.#seeds.set(uuid, resolve))
    return { answer, forget: () => this.#seeds.delete(uuid) }
  }

  /** Seeds come in another channel, whose messages nobody else looks at. */
  get expectsSeeds(): boolean {
    return this.#seeds.size > 0
  }

  takeSeed(uuid: string, seed: string): void {
    this.#seeds.get(uuid)?.(seed)
  }

  /** INTERACTION_CREATE or _SUCCESS: which interaction our nonce became. */
  interactionLearnt(nonce: string, interactionId: string): void {
    for (const pending of this.#pending) if (pending.nonce === nonce) pending.interactionId = interactionId
  }

  /** Whether the message answers an operator. A "thinking" message only names the one that will be edited. */
  take(message: BotMessage): boolean {
    const found = [...this.#pending].find((pending) => isAnswer(pending, message))
    if (!found) return false
    if (message.type === 'thinking') {
      found.messageId = message.id
      return true
    }
    this.#pending.delete(found)
    found.answer(message)
    return true
  }
}

const isAnswer = ({ nonce, interactionId, messageId }: Pending, message: BotMessage): boolean =>
  message.nonce === nonce ||
  message.id === messageId ||
  (interactionId !== null && message.interactionId === interactionId)
