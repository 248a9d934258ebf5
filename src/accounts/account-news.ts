import type { Clock } from '../clock.ts'
import type { BotMessage } from '../midjourney/parse/message.ts'
import type { HealthKeeper } from './health-keeper.ts'
import type { InFlight } from './in-flight.ts'

/** How long (ms) an account rests when the bot names no time. */
const unnamedPauseMs = 10 * 60_000
/** How long (ms) an account rests whose queue others have filled. */
const foreignQueueMs = 30_000

interface AccountNewsParts {
  health: HealthKeeper
  inFlight: InFlight
  /** The bot says that the fast hours are gone. */
  onHoursGone: () => void
  clock: Clock
}

/** What a piece of the bot's news does to the account (protocol page §5), whichever job it came with. */
export class AccountNews {
  readonly #parts: AccountNewsParts

  constructor(parts: AccountNewsParts) {
    this.#parts = parts
  }

  async apply({
    id,
    news,
    title,
    description,
    untilMs,
    timestampMs,
  }: BotMessage & { type: 'notice' }): Promise<void> {
    if (!news) return
    const { health, clock, inFlight, onHoursGone } = this.#parts
    const reason = title || description
    if (news.account.queue === 'queued') await health.botQueued()
    if (news.account.queue === 'full') await this.#queueFull(inFlight.started().length - 1, reason)
    const effect =
      news.account.effect === 'cool' && untilMs === null ? news.account.otherwise : news.account.effect
    switch (effect) {
      case 'cool': {
        const forMs = (untilMs ?? 0) - (timestampMs ?? clock.now())
        return health.apply({ event: 'cool-down-asked', reason, forMs, askedBy: id })
      }
      case 'exhausted':
        await health.apply({ event: 'hours-exhausted', reason })
        return onHoursGone()
      case 'pause':
        return health.apply({ event: 'cool-down-asked', reason, forMs: unnamedPauseMs, askedBy: id })
      case 'trouble':
        return health.trouble(reason)
      case 'attention':
        return health.apply({ event: 'person-needed', reason })
      case 'dead':
        return health.apply({ event: 'subscription-lost', reason })
    }
  }

  /** No more than what runs now, until something of ours ends; where nothing of ours runs, others fill the queue. */
  async #queueFull(running: number, reason: string): Promise<void> {
    const { health } = this.#parts
    await health.botFull(running)
    if (running > 0) return
    await health.apply({ event: 'cool-down-asked', reason, forMs: foreignQueueMs, cause: 'queue' })
  }
}
