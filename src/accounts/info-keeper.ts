import type { Clock } from '../clock.ts'
import type { Lane } from '../jobs/job.ts'
import type { Log } from '../log.ts'
import type { BotMessage } from '../midjourney/parse/message.ts'
import {
  drawsRelaxed,
  factsFrom,
  type InfoRhythm,
  infoDueAt,
  relaxSlotsOfPlan,
  slotsOfPlan,
} from './account-facts.ts'
import type { BotTalk } from './bot-talk.ts'
import { usableHours } from './health.ts'
import type { HealthKeeper } from './health-keeper.ts'
import type { InteractionWriter } from './interaction-writer.ts'
import type { AccountFacts } from './pool.ts'
import type { AccountStore, Lease } from './ports.ts'

/** Before the bot is asked again when it has not answered (ms), doubling up to an hour. */
const firstRetryMs = 60_000
const longestRetryMs = 3_600_000

/** Between two looks (ms), should the bot contradict itself. */
const leastPauseMs = 15_000

interface InfoKeeperParts {
  lease: Lease
  store: AccountStore
  health: HealthKeeper
  talk: BotTalk
  writer: InteractionWriter
  /** The lanes that it serves, and the mode that it draws in by itself while it has hours. */
  lanes: () => readonly Lane[]
  preferred: Lane
  /** Slots of the accounts file, over those of the plan. */
  concurrency: number | null
  defaultSlots: number
  facts: AccountFacts | null
  /** Lanes that rest for want of hours. */
  resting: readonly Lane[]
  rhythm: InfoRhythm
  /** The bot has confirmed, or says, that the account draws in this mode. */
  onMode: (mode: Lane) => Promise<void>
  clock: Clock
  log: Log
}

/**
 * Keeps what /info says, and acts on it: slots follow the plan, an account without fast hours is taken up again when it has
 * some, and one that may draw relaxed does so meanwhile. The bot is asked on a schedule, and at once after the hours are gone.
 */
export class InfoKeeper {
  readonly #parts: InfoKeeperParts
  #facts: AccountFacts | null
  #resting: readonly Lane[]
  #asking = false
  #notBefore = 0
  #retryMs = firstRetryMs
  #lookNow = false

  constructor(parts: InfoKeeperParts) {
    this.#parts = parts
    this.#facts = parts.facts
    this.#resting = parts.resting
  }

  /** It draws relaxed because its fast hours are gone. */
  get fellBack(): boolean {
    return this.#resting.length > 0
  }

  /** The hours are gone, the bot says: what is left, and till when, is asked at once. */
  hoursGone(): void {
    this.#lookNow = true
    this.#notBefore = 0
  }

  /** What came of a look, whoever has asked. */
  async seen({ info }: BotMessage & { type: 'info' }): Promise<void> {
    const { store, lease, health, clock, lanes } = this.#parts
    this.#facts = factsFrom(info, clock.now())
    this.#lookNow = false
    await store.describeAccount(lease.account, { facts: this.#facts }, lease)
    await this.resize()
    if (lanes().length > 1 && this.#facts.mode && lanes().includes(this.#facts.mode)) {
      await this.#parts.onMode(this.#facts.mode)
    }
    const { fastHours, subscriptionState } = this.#facts
    if (fastHours !== null && !this.fellBack) await health.apply({ event: 'hours-seen', hours: fastHours })
    if (subscriptionState === 'active' || subscriptionState === 'trial') {
      await health.apply({ event: 'subscription-seen' })
    }
  }

  /** The account was told to draw in `mode`: lanes that rested may be meant to draw again. */
  async modeChanged(mode: Lane): Promise<void> {
    if (mode !== 'relax' && this.fellBack) await this.#rest([])
  }

  /** Slots by the plan, unless the accounts file names them. */
  async resize(): Promise<void> {
    const { store, lease, concurrency, defaultSlots, health, lanes } = this.#parts
    const drawing = lanes().filter((lane) => !this.#resting.includes(lane))
    const slots = concurrency ?? slotsOfPlan(this.#facts, drawing) ?? defaultSlots
    const relaxSlots = relaxSlotsOfPlan(this.#facts, drawing, slots)
    await store.describeAccount(lease.account, { relaxSlots }, lease)
    await health.planned(slots)
  }

  /** Asks what is due. Returns at once: the bot's answer comes by the listener, which must not wait for itself. */
  async round(): Promise<void> {
    if (this.#asking || this.#parts.clock.now() < this.#notBefore) return
    this.#asking = true
    try {
      await this.#next()
      this.#retryMs = firstRetryMs
    } catch (error) {
      const { clock, log } = this.#parts
      this.#notBefore = clock.now() + this.#retryMs
      this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs)
      log.warn({ err: error }, 'the bot did not tell how the account stands')
    } finally {
      this.#asking = false
    }
  }

  async #next(): Promise<void> {
    const { state } = this.#parts.health.health
    if (this.#due) await this.#tell('info')
    if (state === 'exhausted' && !this.fellBack && this.#mayFallBack) return this.#fallBack()
    if (this.fellBack && (this.#facts?.fastHours ?? 0) >= usableHours) return this.#comeBack()
  }

  get #due(): boolean {
    const { health, rhythm, clock } = this.#parts
    const { state } = health.health
    const revivable = health.health.state === 'dead' && health.health.cause === 'subscription'
    // An account that cools or waits for a person is left alone.
    if (!health.open && state !== 'exhausted' && !revivable) return false
    const lookNow = this.#lookNow && clock.now() - (this.#facts?.at ?? 0) >= leastPauseMs
    if (lookNow) return rhythm.everyMs > 0
    return clock.now() >= infoDueAt(this.#facts, state === 'exhausted' || revivable || this.fellBack, rhythm)
  }

  get #mayFallBack(): boolean {
    const lanes = this.#parts.lanes()
    return lanes.length > 1 && lanes.includes('relax') && drawsRelaxed(this.#facts)
  }

  /** Buttons carry no mode: only the account's own makes them draw relaxed. */
  async #fallBack(): Promise<void> {
    const { health, lanes, onMode } = this.#parts
    if ((this.#facts?.fastHours ?? 0) >= usableHours) return
    await this.#tell('relax')
    await this.#rest(lanes().filter((lane) => lane !== 'relax'))
    await onMode('relax')
    await health.apply({ event: 'fell-back' })
  }

  async #comeBack(): Promise<void> {
    const { preferred, onMode } = this.#parts
    if (preferred !== 'relax') {
      await this.#tell(preferred)
      await onMode(preferred)
    }
    await this.#rest([])
  }

  async #rest(resting: readonly Lane[]): Promise<void> {
    const { store, lease } = this.#parts
    this.#resting = resting
    await store.describeAccount(lease.account, { resting: [...resting] }, lease)
    await this.resize()
  }

  async #tell(command: 'info' | Lane): Promise<void> {
    const { talk, writer } = this.#parts
    const answer = await talk.ask(await writer.slash(command))
    const done =
      command === 'info' ? answer.type === 'info' : answer.type === 'reply' && answer.topic === 'done'
    if (!done) throw new Error(`the bot did not do ${command}: ${answer.content}`)
  }
}
