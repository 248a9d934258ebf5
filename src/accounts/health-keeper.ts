import type { Clock } from '../clock.ts'
import { Capacity } from './capacity.ts'
import { type Condition, type Health, type HealthEvent, nextCondition } from './health.ts'
import type { AccountFields, AccountStore, Lease } from './ports.ts'

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
  readonly #capacity: Capacity
  #condition: Condition
  #written = ''

  constructor(parts: HealthKeeperParts) {
    this.#parts = parts
    this.#condition = { health: parts.initial, troubles: [] }
    this.#capacity = new Capacity(parts.slots)
  }

  get health(): Health {
    return this.#condition.health
  }

  get open(): boolean {
    return this.health.state === 'ready' || this.health.state === 'half-open'
  }

  /** Whether jobs that the account already holds may be sent: also while it is drained. */
  get sends(): boolean {
    return this.open || (this.health.state === 'paused' && this.health.draining === true)
  }

  /** Writes what this worker begins with over what an earlier one has left. */
  async begin(): Promise<void> {
    await this.#write({ ...stateFields(this.health), ...this.#queueFields() })
  }

  async apply(event: HealthEvent): Promise<void> {
    const before = this.health
    this.#condition = nextCondition(this.#condition, event, this.#parts.clock.now())
    const after = this.health
    if (after === before) return
    await this.#write(stateFields(after))
    this.#parts.onChange(after, before)
  }

  /** Counts an error; several within a few minutes cool the account. */
  async trouble(reason: string): Promise<void> {
    await this.apply({ event: 'trouble-seen', reason })
  }

  async answered(): Promise<void> {
    await this.apply({ event: 'job-answered' })
  }

  /** Ends a cool-down whose time has come. */
  async tick(): Promise<void> {
    if (this.health.state === 'cooling')
      await this.apply({ event: 'cool-down-over', listening: this.#parts.listening() })
  }

  /** The bot said `Job queued`: others are preferred until that job moves. */
  async botQueued(): Promise<void> {
    await this.#resize((capacity) => capacity.botQueued())
  }

  /** The bot said `Queue full`: no more than what runs now, until something ends. */
  async botFull(running: number): Promise<void> {
    await this.#resize((capacity) => capacity.botFull(running))
  }

  /** Something moved in the bot's queue. */
  async botIdle(): Promise<void> {
    await this.#resize((capacity) => capacity.botIdle())
  }

  /** As many jobs at a time as the plan allows, or the accounts file says. */
  async planned(slots: number): Promise<void> {
    await this.#resize((capacity) => capacity.planned(slots))
  }

  /** So many jobs that are not ours run on the account. */
  async foreign(running: number): Promise<void> {
    await this.#resize((capacity) => capacity.foreignRunning(running))
  }

  async #resize(change: (capacity: Capacity) => void): Promise<void> {
    change(this.#capacity)
    const { queueStatus, slots, foreign } = this.#capacity
    const state = `${queueStatus} ${slots} ${foreign}`
    if (state === this.#written) return
    await this.#write(this.#queueFields())
  }

  #queueFields(): AccountFields {
    const { queueStatus, slots, foreign } = this.#capacity
    this.#written = `${queueStatus} ${slots} ${foreign}`
    return { queueStatus, queueStatusAt: this.#parts.clock.now(), slots, foreign }
  }

  async #write(fields: AccountFields): Promise<void> {
    const { store, lease } = this.#parts
    await store.describeAccount(lease.account, fields, lease)
  }
}

const stateFields = (health: Health): AccountFields => {
  const { state, reason } = health
  const until = state === 'cooling' ? health.until : 0
  return { state, reason, until, cause: (state === 'dead' && health.cause) || '' }
}
