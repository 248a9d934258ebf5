import type { Clock } from '../clock.ts'
import { DrawbridgeError } from '../errors.ts'
import type { BotMessage } from '../midjourney/parse/message.ts'
import type { Awaited, CommandDesk } from './command-desk.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { Written } from './interaction-writer.ts'

/** How long (ms) the bot may take to answer an operator. */
const answerWithinMs = 20_000

interface BotTalkParts {
  desk: CommandDesk
  dispatcher: Pick<Dispatcher, 'interact'>
  clock: Clock
  signal: AbortSignal
}

/** Interactions that are no jobs: sent between the jobs, at their pace, and waited for until the bot has answered. */
export class BotTalk {
  readonly #parts: BotTalkParts

  constructor(parts: BotTalkParts) {
    this.#parts = parts
  }

  /** Posts it and resolves once Discord has taken it. Throws `upstream-refused` when it has not. */
  async send(written: Written, onNonce: (nonce: string) => void = () => {}): Promise<void> {
    const { dispatcher, signal } = this.#parts
    if (written.outcome !== 'ready') throw new DrawbridgeError('upstream-refused', written.why)
    const outcome = await dispatcher.interact((nonce) => {
      onNonce(nonce)
      return written.body(nonce)
    }, signal)
    if (
      outcome.outcome === 'refused' ||
      outcome.outcome === 'not-sent' ||
      outcome.outcome === 'rate-limited'
    ) {
      throw new DrawbridgeError('upstream-refused', 'Discord refused the command.')
    }
  }

  /**
   * Posts it and waits for the bot's answer, which may be an edit of the message `edits`. Throws `upstream-refused` when
   * Discord does not take it, `command-timeout` when the bot says nothing.
   */
  async ask(written: Written, edits: string | null = null): Promise<BotMessage> {
    const { desk } = this.#parts
    let awaited: Awaited<BotMessage> | undefined
    try {
      await this.send(written, (nonce) => {
        awaited = desk.expect(nonce, edits)
      })
      return await this.within(awaited as Awaited<BotMessage>)
    } finally {
      awaited?.forget()
    }
  }

  /** What is awaited, or `command-timeout`. */
  async within<Value>({ answer, forget }: Awaited<Value>): Promise<Value> {
    const { clock, signal } = this.#parts
    const done = new AbortController()
    const late = clock.sleep(answerWithinMs, AbortSignal.any([signal, done.signal])).then(() => {
      throw new DrawbridgeError('command-timeout')
    })
    try {
      return await Promise.race([answer, late])
    } finally {
      done.abort(new Error('answered'))
      forget()
    }
  }
}
