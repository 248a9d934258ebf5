import type { Clock } from '../clock.ts'
import { type Health, type HealthEvent, nextHealth } from './health.ts'
import type { AccountFields, AccountStore, Lease } from './ports.ts'

/** Errors older than this (ms) no longer count towards a cool-down. */
const troubleWindowMs = 5 * 60_000

interface HealthKeeperParts {
  lease: Lease
  store: AccountStore
  clock: Clock
  slots: number
  initial: Health
  /** Whether the account's messages arrive. */
  listening: () => boolean
  onChange: (health: Health, before: Health) => void
}

/** Holds an account's health and its slots, and tells Redis of each change, which lets waiting jobs move at once. */
export class HealthKeeper {
  readonly #parts: HealthKeeperParts
  #health: Health
  #troubles: number[] = []
  #queueStatus: 'idle' | 'queued' | 'full' = 'idle'
  #slots: number

  constructor(parts: HealthKeeperParts) {
    this.#parts = parts
    this.#health = parts.initial
    this.#slots = parts.slots
  }

  get health(): Health {
    return this.#health
  }

  get open(): boolean {
    return this.#health.state === 'ready' || this.#health.state === 'half-open'
  }

  /** Writes what this worker begins with over what an earlier one has left. */
  async begin(): Promise<void> {
    const { slots, clock } = this.#parts
    const queue = { queueStatus: this.#queueStatus, queueStatusAt: clock.now(), slots }
    await this.#write({ ...stateFields(this.#health), ...queue })
  }

  async apply(event: HealthEvent): Promise<void> {
    const before = this.#health
    const after = nextHealth(before, event, this.#parts.clock.now())
    if (after === before) return
    this.#health = after
    await this.#write(stateFields(after))
    this.#parts.onChange(after, before)
  }

  /** Counts an error; several within five minutes cool the account. */
  async trouble(reason: string): Promise<void> {
    const now = this.#parts.clock.now()
    this.#troubles = [...this.#troubles.filter((at) => at > now - troubleWindowMs), now]
    await this.apply({ event: 'trouble-seen', reason, count: this.#troubles.length })
  }

  async answered(): Promise<void> {
    this.#troubles = []
    await this.apply({ event: 'job-answered' })
  }

  /** Ends a cool-down whose time has come. */
  async tick(): Promise<void> {
    if (this.#health.state === 'cooling')
      await this.apply({ event: 'cool-down-over', listening: this.#parts.listening() })
  }

  /** The bot said `Job queued`: others should be preferred until that job moves. */
  async botQueued(): Promise<void> {
    await this.#setQueue('queued', this.#parts.slots)
  }

  /** The bot said `Queue full`: no more than what runs now, until something ends. */
  async botFull(running: number): Promise<void> {
    await this.#setQueue('full', Math.max(1, running))
  }

  /** Something moved in the bot's queue. */
  async botIdle(): Promise<void> {
    await this.#setQueue('idle', this.#parts.slots)
  }

  async #setQueue(status: 'idle' | 'queued' | 'full', slots: number): Promise<void> {
    if (status === this.#queueStatus && slots === this.#slots) return
    this.#queueStatus = status
    this.#slots = slots
    await this.#write({ queueStatus: status, queueStatusAt: this.#parts.clock.now(), slots })
  }

  async #write(fields: AccountFields): Promise<void> {
    const { store, lease } = this.#parts
    await store.describeAccount(lease.account, fields, lease)
  }
}

const stateFields = (health: Health): AccountFields => {
  return { state: health.state, reason: health.reason, until: health.state === 'cooling' ? health.until : 0 }
}
