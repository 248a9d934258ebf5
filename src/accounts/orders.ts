import { DrawbridgeError } from '../errors.ts'
import type { Lane } from '../jobs/job.ts'
import {
  type CommandArguments,
  preferAutoDm,
  preferRemix,
  preferSuffix,
  preferVariability,
} from '../midjourney/build/commands.ts'
import type { BotMessage } from '../midjourney/parse/message.ts'
import type { Attachments } from './attachments.ts'
import type { BotTalk } from './bot-talk.ts'
import { changeSettings } from './change-settings.ts'
import type { InteractionWriter } from './interaction-writer.ts'
import type { JobErrands } from './job-errands.ts'
import type { AccountOrder, CommandReply } from './pool.ts'
import type { AccountStore } from './ports.ts'

/** What an account's own node carries out; the others are its supervisor's. */
export type WorkerOrder = Exclude<AccountOrder, { do: 'pause' | 'drain' | 'resume' }>

interface OrderParts {
  talk: BotTalk
  errands: JobErrands
  attachments: Attachments
  writer: InteractionWriter
  store: Pick<AccountStore, 'replyTo'>
  /** The bot has confirmed that the account now draws in this mode. */
  onMode: (mode: Lane) => Promise<void>
}

/** Carries out what operators and callers ask of an account beside its jobs, and hands the bot's own answer back. */
export class Orders {
  readonly #parts: OrderParts

  constructor(parts: OrderParts) {
    this.#parts = parts
  }

  async run(id: string, order: WorkerOrder): Promise<void> {
    const reply = await this.#carryOut(order).catch(
      (cause: Error): CommandReply => ({
        answered: false,
        code: cause instanceof DrawbridgeError ? cause.code : 'upstream-refused',
        message: cause.message,
      }),
    )
    await this.#parts.store.replyTo(id, reply)
  }

  async #carryOut(order: WorkerOrder): Promise<CommandReply> {
    const { talk, writer, errands, attachments, onMode } = this.#parts
    switch (order.do) {
      case 'settings':
        return changeSettings({ talk, writer }, order.change)
      case 'prefer':
        return replyFrom(await talk.ask(await writer.slash('prefer', preference(order))))
      case 'stop':
        return errands.stop(order.job)
      case 'seed':
        return errands.seed(order.job)
      case 'upload':
        return errands.upload(order.blobs, order.pictures)
      case 'fetch':
        return errands.fetch(order.url)
      case 'attach':
        return attachments.attach(order.message, order.job)
      default: {
        const reply = replyFrom(await talk.ask(await writer.slash(order.do)))
        if (reply.answered && (order.do === 'fast' || order.do === 'relax' || order.do === 'turbo')) {
          await onMode(order.do)
        }
        return reply
      }
    }
  }
}

function preference({ option, value }: AccountOrder & { do: 'prefer' }): CommandArguments {
  switch (option) {
    case 'suffix':
      return preferSuffix(value)
    case 'remix':
      return preferRemix()
    case 'variability':
      return preferVariability()
    case 'auto_dm':
      return preferAutoDm()
  }
}

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
