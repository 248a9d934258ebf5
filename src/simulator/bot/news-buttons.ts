import type { Settings } from '../options.ts'
import { Random } from '../random.ts'
import type { Message } from '../world/message.ts'
import { badNews } from './bad-news.ts'
import type { ClickInteraction } from './interaction.ts'
import type { Job } from './job.ts'
import type { Speaker } from './speaker.ts'

const known = /^MJ::(?:Prompts::(?<prompts>Appeal|Acknowledge)::[0-9a-f]+|Mod::Acknowledge|Tos::Accept)$/
const remembered = 1_000

/**
 * The buttons that a person presses: Appeal, Acknowledge, Accept ToS (protocol page §3.1, §5). What follows is our own: the message
 * loses its buttons and says so, and news that held is gone.
 */
export class NewsButtons {
  #speaker: Speaker
  #settings: Settings
  #refused = new Map<string, Job>()
  #appeals = 0

  constructor(speaker: Speaker, settings: Settings) {
    this.#speaker = speaker
    this.#settings = settings
  }

  knows(customId: string): boolean {
    return known.test(customId)
  }

  /** The job that a piece of news with buttons refused. */
  remember(told: Message, job: Job): void {
    if (told.components.length === 0) return
    this.#refused.set(told.id, job)
    const [oldest] = this.#refused.keys()
    if (oldest && this.#refused.size > remembered) this.#refused.delete(oldest)
  }

  /** Returns the job that an appeal has set free. */
  press({ account, customId, message }: ClickInteraction): Job | null {
    const refused = this.#refused.get(message.id) ?? null
    this.#refused.delete(message.id)
    const appeal = known.exec(customId)?.groups?.['prompts'] === 'Appeal'
    const accepted = !appeal || this.#decide()
    if (accepted && isAnswered(account.standingNews)) account.standing = null
    const content = appeal
      ? `Your appeal was ${accepted ? 'accepted' : 'denied'}.`
      : 'Thank you. You can continue.'
    this.#speaker.edit(message, { content, components: [] }, 'final', false)
    return appeal && accepted ? refused : null
  }

  #decide(): boolean {
    const { appeals, seed } = this.#settings
    this.#appeals++
    return appeals === 'either'
      ? new Random(`${seed}:appeal:${this.#appeals}`).chance(0.5)
      : appeals === 'accepted'
  }
}

/** Whether a button was the way out of this news. */
const isAnswered = (news: string | null): boolean =>
  Object.entries(badNews).some(([name, one]) => name === news && 'buttons' in one)
