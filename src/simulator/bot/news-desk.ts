import type { Delivery } from '../faults/fault-types.ts'
import { flagEphemeral, type Message } from '../world/message.ts'
import { type BadNewsName, isBadNews, notice } from './bad-news.ts'
import type { BotParts } from './bot.ts'
import { clickedMessage, type Interaction } from './interaction.ts'
import type { Job } from './job.ts'

const slowDownMs = 30_000

export interface Telling {
  delivery: Delivery
  detail?: string
  /** The job that the news is about, if it has shown itself already. */
  job?: Job
  retryAfterMs?: number | undefined
  /** False where the answer may not repeat the nonce. */
  nonce?: boolean
}

export interface Refusal {
  news: BadNewsName
  delivery: Delivery
  retryAfterMs?: number
}

/** Tells bad news, and remembers which of it lasts: Slow Down! and Blocked hold until the time they named (protocol page §5). */
export class NewsDesk {
  #parts: BotParts
  #standing = new Map<number, { news: BadNewsName; untilMs: number }>()

  constructor(parts: BotParts) {
    this.#parts = parts
  }

  /** What keeps a job from starting at all: scripted news, news still in force, or no hours left. */
  refusalFor({ account, truth, plan }: Job): Refusal | null {
    if (!account) return null
    const refusal = this.#scripted(account.index) ?? this.#inForce(account.index)
    if (refusal) return refusal
    if (account.subscription === 'paused') return { news: 'subscription-paused', delivery: 'create' }
    if (account.subscription === 'inactive') return { news: 'subscription-required', delivery: 'create' }
    const costsHours = plan.takesSlot && truth.mode !== 'relax'
    return costsHours && account.fastHours <= 0 ? { news: 'credits-exhausted', delivery: 'create' } : null
  }

  /** Those that reply to a progress message or edit it have to wait until there is one. */
  #scripted(account: number): Refusal | null {
    const fault = this.#parts.faults.take(
      'bad-news',
      account,
      ({ news, delivery = 'create', atPercent }) =>
        isBadNews(news) && atPercent === undefined && (delivery === 'create' || delivery === 'ephemeral'),
    )
    if (!fault || !isBadNews(fault.news)) return null
    const { news, delivery = 'create', retryAfterMs } = fault
    return { news, delivery, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  }

  #inForce(account: number): Refusal | null {
    const { time } = this.#parts.world
    const standing = this.#standing.get(account)
    const left = (standing?.untilMs ?? 0) - time.now()
    if (!standing || left <= 0) return null
    return { news: standing.news, delivery: 'create', retryAfterMs: left * time.speed }
  }

  /** In one of the four ways of §5. */
  tell(interaction: Interaction, news: BadNewsName, how: Telling): Message {
    const { speaker } = this.#parts
    const { job } = how
    const saying = this.#word(interaction, news, how)
    if (how.delivery === 'update' && job?.progress) {
      speaker.edit(job.progress, { ...saying, attachments: [] }, 'progress', false)
      return job.progress
    }
    const clicked = clickedMessage(interaction)
    if (how.delivery === 'reply') {
      const reply = {
        ...saying,
        reply: job?.clicked ?? job?.progress ?? clicked,
        mentions: [interaction.account.user],
      }
      return speaker.say(interaction.channel, interaction.bot, reply, 'final')
    }
    const flags = how.delivery === 'ephemeral' ? flagEphemeral : 0
    const first = (how.nonce ?? true) && !job?.progress
    const nonce = first && (interaction.kind === 'command' || this.#parts.world.settings.buttonNonce)
    return speaker.answer(interaction, { ...saying, flags, reply: clicked }, { nonce, event: 'waiting' })
  }

  #word(interaction: Interaction, news: BadNewsName, { detail, job, retryAfterMs = slowDownMs }: Telling) {
    const { time } = this.#parts.world
    const untilMs = time.now() + time.real(retryAfterMs)
    if (news === 'slow-down' || news === 'blocked') {
      this.#standing.set(interaction.account.index, { news, untilMs })
    }
    const occasion = { command: commandText(interaction, job), untilMs, id: interaction.id }
    return notice(news, detail === undefined ? occasion : { ...occasion, detail })
  }
}

/** The whole command, as embeds' footers have it. */
function commandText(interaction: Interaction, job?: Job): string {
  if (interaction.kind !== 'command') return job ? `/imagine ${job.truth.finalPrompt}` : ''
  const prompt = interaction.options.get('prompt')
  return prompt === undefined ? `/${interaction.name}` : `/${interaction.name} ${prompt}`
}
