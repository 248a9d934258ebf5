import type { Clock } from '../clock.ts'
import type { AccountId } from '../ids.ts'
import type { Custody } from './custody.ts'
import type { HealthKeeper } from './health-keeper.ts'
import type { InFlight } from './in-flight.ts'
import type { AccountStore } from './ports.ts'

/** A listener that is away for longer (ms) gives the jobs that it has not sent to other accounts. */
const awayMs = 10_000

interface DepartureParts {
  account: AccountId
  store: Pick<AccountStore, 'failPinned'>
  inFlight: InFlight
  custody: Custody
  health: HealthKeeper
  clock: Clock
}

/** Jobs that were not sent yet do not wait for an account that cannot draw them. */
export class Departures {
  readonly #parts: DepartureParts
  #closedSince: number

  constructor(parts: DepartureParts) {
    this.#parts = parts
    this.#closedSince = parts.clock.now()
  }

  /** The account takes no jobs from this moment on. */
  closed(): void {
    this.#closedSince = this.#parts.clock.now()
  }

  /** To be called again and again while the account does not send, and while it takes nothing new. */
  async round(): Promise<void> {
    const { health } = this.#parts
    if (!health.sends) await this.#leave()
    else if (!health.open) await this.#drained()
  }

  /** The account will not come back by itself: what waits for it goes elsewhere, or ends where it cannot. */
  async abandon(): Promise<void> {
    await this.#moveWaitingJobs('the account is lost')
    await this.#failPinned()
  }

  async #leave(): Promise<void> {
    const { state } = this.#parts.health.health
    const patienceMs = state === 'connecting' ? awayMs : 0
    if (this.#parts.clock.now() - this.#closedSince >= patienceMs) {
      await this.#moveWaitingJobs(`account is ${state}`)
    }
    // What came back to it since, as by the news that it is lost, will not be drawn either.
    if (state === 'dead') await this.#failPinned()
  }

  /** Nothing is left of what a draining account held. */
  async #drained(): Promise<void> {
    const { inFlight, health } = this.#parts
    if (inFlight.all().length === 0) await health.apply({ event: 'drained' })
  }

  async #moveWaitingJobs(why: string): Promise<void> {
    const { inFlight, custody } = this.#parts
    for (const { id } of inFlight.waiting()) {
      const job = inFlight.get(id)
      if (job?.state === 'assigned') await custody.giveBack(job, why, 'unsent-returned')
    }
  }

  async #failPinned(): Promise<void> {
    const { store, account } = this.#parts
    await store.failPinned(account, 'The account that owns this picture is lost.')
  }
}
