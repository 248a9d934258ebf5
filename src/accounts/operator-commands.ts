import type { Clock } from '../clock.ts'
import type { Lane } from '../jobs/job.ts'
import type { CommandDesk } from './command-desk.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { InteractionWriter } from './interaction-writer.ts'
import type { BotCommand, CommandReply } from './pool.ts'
import type { AccountStore } from './ports.ts'

/** How long (ms) the bot may take to answer a command. */
const answerWithinMs = 20_000

interface OperatorCommandParts {
  desk: CommandDesk
  dispatcher: Dispatcher
  writer: InteractionWriter
  store: Pick<AccountStore, 'replyTo'>
  clock: Clock
  signal: AbortSignal
  /** The bot has confirmed that the account now draws in this mode. */
  onMode: (mode: Lane) => Promise<void>
}

/** Sends an operator's command to the bot and hands the bot's own answer back. */
export class OperatorCommands {
  readonly #parts: OperatorCommandParts

  constructor(parts: OperatorCommandParts) {
    this.#parts = parts
  }

  async run(id: string, command: BotCommand): Promise<void> {
    const reply = await this.#ask(command).catch(
      (cause: Error): CommandReply => ({ answered: false, code: 'upstream-refused', message: cause.message }),
    )
    if (reply.answered && command !== 'info') await this.#parts.onMode(command)
    await this.#parts.store.replyTo(id, reply)
  }

  async #ask(command: BotCommand): Promise<CommandReply> {
    const { desk, dispatcher, writer, clock, signal } = this.#parts
    let nonce = ''
    let answer: Promise<CommandReply> | undefined
    const outcome = await dispatcher.interact(async (fresh) => {
      nonce = fresh
      answer = desk.expect(fresh, command)
      return writer.command(command, fresh)
    }, signal)
    if (!answer || outcome.outcome === 'refused' || outcome.outcome === 'not-sent') {
      desk.forget(nonce)
      return { answered: false, code: 'upstream-refused', message: 'Discord refused the command.' }
    }
    const silence = new AbortController()
    const late = clock
      .sleep(answerWithinMs, AbortSignal.any([signal, silence.signal]))
      .then((): CommandReply => {
        return { answered: false, code: 'command-timeout', message: 'The bot did not answer in time.' }
      })
    try {
      return await Promise.race([answer, late])
    } finally {
      silence.abort(new Error('answered'))
      desk.forget(nonce)
    }
  }
}
