import type { SimulatedTime } from '../time.ts'
import type { Account } from '../world/account.ts'

const minuteMs = 60_000

/** How many jobs each account has asked for in the last simulated minute. */
export class Pace {
  #most: number
  #time: SimulatedTime
  #asked = new Map<Account, number[]>()

  constructor(most: number, time: SimulatedTime) {
    this.#most = most
    this.#time = time
  }

  /** Counts this request where it is allowed. */
  allows(account: Account): boolean {
    if (this.#most === Number.POSITIVE_INFINITY) return true
    const now = this.#time.now()
    const recent = (this.#asked.get(account) ?? []).filter((at) => now - at < this.#time.real(minuteMs))
    const allowed = recent.length < this.#most
    this.#asked.set(account, allowed ? [...recent, now] : recent)
    return allowed
  }
}
