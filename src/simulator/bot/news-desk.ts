import type { Delivery, OneShotFault } from '../faults/fault-types.ts'
import type { Account } from '../world/account.ts'
import { flagEphemeral, flagLoading, type Message } from '../world/message.ts'
import { type BadNewsName, isBadNews, notice } from './bad-news.ts'
import type { BotParts } from './bot.ts'
import { type CommandInteraction, clickedMessage, type Interaction } from './interaction.ts'
import type { Job } from './job.ts'
import { NewsButtons } from './news-buttons.ts'
import { Pace } from './pace.ts'

const slowDownMs = 30_000

export interface Telling {
  delivery: Delivery
  detail?: string
  /** The job that the news is about. */
  job?: Job
  retryAfterMs?: number | undefined
  /** False where the answer may not repeat the nonce. */
  nonce?: boolean
  /** Every further job gets the same news until its button is pressed. */
  holds?: boolean
}

export interface Refusal {
  news: BadNewsName
  delivery: Delivery
  retryAfterMs?: number
  holds?: boolean
}

type NewsFault = Extract<OneShotFault, { kind: 'bad-news' }>

/** Whether a scripted piece of news is for this interaction. */
export function isMeant({ command, news }: NewsFault, interaction: Interaction | null): boolean {
  if (!isBadNews(news)) return false
  return command === undefined || (interaction?.kind === 'command' && interaction.name === command)
}

/** Tells bad news, and remembers which of it lasts: Slow Down! and Blocked hold until the time they named (protocol page §5). */
export class NewsDesk {
  #parts: BotParts
  #pace: Pace
  readonly buttons: NewsButtons

  constructor(parts: BotParts) {
    const { world, speaker } = parts
    this.#parts = parts
    this.#pace = new Pace(world.settings.pace, world.time)
    this.buttons = new NewsButtons(speaker, world.settings)
  }

  /** What keeps a job from starting at all: scripted news, news still in force, too much haste, or no hours left. */
  refusalFor(job: Job): Refusal | null {
    const { account } = job
    if (!account) return null
    const refusal = this.#scripted(job, account.index) ?? this.#inForce(account) ?? this.#hasty(account)
    if (refusal) return refusal
    if (account.subscription === 'paused') return { news: 'subscription-paused', delivery: 'create' }
    if (account.subscription === 'inactive') return { news: 'subscription-required', delivery: 'create' }
    return this.lacksHours(job) ? { news: 'credits-exhausted', delivery: 'create' } : null
  }

  lacksHours({ account, truth, plan }: Job): boolean {
    return account !== null && plan.takesSlot && truth.mode !== 'relax' && account.fastHours <= 0
  }

  /** Those that reply to a progress message or edit it have to wait until there is one. */
  #scripted({ interaction, truth }: Job, account: number): Refusal | null {
    const fault = this.#parts.faults.take(
      'bad-news',
      account,
      (one) =>
        isMeant(one, interaction) &&
        one.atPercent === undefined &&
        ['create', 'ephemeral', undefined].includes(one.delivery),
      truth.jobUuid,
    )
    return fault && asRefusal(fault)
  }

  #inForce(account: Account): Refusal | null {
    const { time } = this.#parts.world
    const { standing } = account
    const left = (standing?.untilMs ?? 0) - time.now()
    if (!standing || !isBadNews(standing.news) || left <= 0) return null
    const holds = left === Number.POSITIVE_INFINITY
    return {
      news: standing.news,
      delivery: 'create',
      ...(holds ? { holds } : { retryAfterMs: left * time.speed }),
    }
  }

  #hasty(account: Account): Refusal | null {
    return this.#pace.allows(account) ? null : { news: 'slow-down', delivery: 'create' }
  }

  /** Scripted news instead of the answer to a command that draws nothing; false where there is none. */
  meet(interaction: CommandInteraction): BadNewsName | null {
    const fault = this.#parts.faults.take(
      'bad-news',
      interaction.account.index,
      (one) => one.command !== undefined && isMeant(one, interaction),
    )
    const refusal = fault && asRefusal(fault)
    if (!refusal) return null
    const { speaker, world } = this.#parts
    const { delivery } = refusal
    if (delivery === 'create' || delivery === 'ephemeral') {
      this.tell(interaction, refusal.news, refusal)
      return refusal.news
    }
    const empty = speaker.answer(interaction, { flags: flagLoading }, { nonce: true, event: 'waiting' })
    world.time.after(600, () => {
      if (delivery === 'update') return this.instead(empty, interaction, refusal.news, refusal)
      const reply = { reply: empty, mentions: [interaction.account.user] }
      const saying = { ...this.#word(interaction, refusal.news, refusal), ...reply }
      speaker.say(interaction.channel, interaction.bot, saying, 'final')
    })
    return refusal.news
  }

  /** Edits an answer that had promised something else. */
  instead(
    answer: Message,
    interaction: Interaction,
    news: BadNewsName,
    how: Omit<Telling, 'delivery'> = {},
  ): void {
    const saying = this.#word(interaction, news, how)
    this.#parts.speaker.edit(answer, { ...saying, flags: answer.flags & flagEphemeral }, 'final', false)
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
    const nonce = first && (interaction.kind === 'command' || interaction.account.readings.buttonNonce)
    const told = speaker.answer(
      interaction,
      { ...saying, flags, reply: clicked },
      { nonce, event: 'waiting' },
    )
    if (job && !job.progress) this.buttons.remember(told, job)
    return told
  }

  #word(interaction: Interaction, news: BadNewsName, how: Omit<Telling, 'delivery'>) {
    const { detail, job, retryAfterMs = slowDownMs, holds = false } = how
    const { time } = this.#parts.world
    const { account } = interaction
    const untilMs = time.now() + time.real(retryAfterMs)
    if (holds) account.standingNews = news
    else if (news === 'slow-down' || news === 'blocked') account.standing = { news, untilMs }
    const command = commandText(interaction, job)
    const occasion = { command, untilMs, id: interaction.id, era: account.readings.era }
    return notice(news, detail === undefined ? occasion : { ...occasion, detail })
  }
}

function asRefusal({ news, delivery = 'create', retryAfterMs, holds = false }: NewsFault): Refusal | null {
  if (!isBadNews(news)) return null
  return { news, delivery, holds, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}

/** The whole command, as embeds' footers have it. */
function commandText(interaction: Interaction, job?: Job): string {
  if (interaction.kind !== 'command') return job ? `/imagine ${job.truth.finalPrompt}` : ''
  const prompt = interaction.options.get('prompt')
  return prompt === undefined ? `/${interaction.name}` : `/${interaction.name} ${prompt}`
}
