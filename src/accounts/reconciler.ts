import type { Clock } from '../clock.ts'
import type { DiscordRest } from '../discord/rest/client.ts'
import type { RestVerdict } from '../discord/rest/errors.ts'
import type { HealthKeeper } from './health-keeper.ts'
import type { Listener } from './listener.ts'

/** Between two tries (ms): Discord counts refused requests (protocol page §3.5). */
const firstPauseMs = 1_000
const longestPauseMs = 60_000

interface ReconcilerParts {
  channelId: string
  /** Undefined: to be found out. */
  guildId: string | undefined
  rest: Pick<DiscordRest, 'channel'>
  listener: Pick<Listener, 'catchUp'>
  health: HealthKeeper
  clock: Clock
  signal: AbortSignal
}

/** Why reconciling has to wait. */
interface Refusal {
  verdict: RestVerdict | null
  why: string
}

/**
 * What must be known before an account may send: where its channel is, and what was said there while nobody listened. Each
 * start and each lost session opens a gap; reading the channel back closes it.
 */
export class Reconciler {
  readonly #parts: ReconcilerParts
  #guildId: string | null | undefined
  /** The start counts as a gap. */
  #gaps = 1
  #closed = 0
  #notBefore = 0
  #pauseMs = firstPauseMs

  constructor(parts: ReconcilerParts) {
    this.#parts = parts
    this.#guildId = parts.guildId
  }

  /** Null in a DM with the bot. */
  get guildId(): string | null {
    return this.#guildId ?? null
  }

  /** Messages may have been missed. */
  gapOpened(): void {
    this.#gaps += 1
  }

  /** Closes every gap that is open; false when that has to be tried again later. */
  async run(): Promise<boolean> {
    const { clock } = this.#parts
    if (clock.now() < this.#notBefore) return false
    const gaps = this.#gaps
    const refusal = (await this.#findGuild()) ?? (await this.#closeGap())
    if (refusal) {
      this.#notBefore = clock.now() + this.#pauseMs
      this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs)
      await this.#refused(refusal)
      return false
    }
    this.#pauseMs = firstPauseMs
    this.#closed = gaps
    // While the channel was read another gap may have opened.
    return this.#gaps === gaps
  }

  async #findGuild(): Promise<Refusal | null> {
    if (this.#guildId !== undefined) return null
    const { rest, channelId, signal } = this.#parts
    const channel = await rest.channel(channelId, signal)
    if (!channel.ok) return channel
    const { guild_id: guild } = channel.value as { guild_id?: unknown }
    this.#guildId = typeof guild === 'string' ? guild : null
    return null
  }

  async #closeGap(): Promise<Refusal | null> {
    if (this.#closed === this.#gaps) return null
    const read = await this.#parts.listener.catchUp()
    return read.complete ? null : read
  }

  /** What Discord's refusal to show the channel says about the account. */
  async #refused({ verdict, why }: Refusal): Promise<void> {
    const { health } = this.#parts
    const reason = `Discord: ${why}`
    if (verdict === 'token-dead') await health.apply({ event: 'token-refused', reason })
    if (verdict === 'attention' || verdict === 'channel-lost') {
      await health.apply({ event: 'person-needed', reason })
    }
  }
}
