import type { Faults } from '../faults/fault-desk.ts'
import type { MessageEvent } from '../faults/fault-types.ts'
import type { SimulatedTime } from '../time.ts'
import type { Account } from '../world/account.ts'

interface CourierPort {
  faults: Faults
  time: SimulatedTime
  deliver(account: Account, type: string, data: string): void
  drop(account: Account, invalidSession: boolean): void
}

/** A held event waits for another to overtake it, but not for ever; the first progress comes after some 6 s. */
const longestHoldMs = 15_000

/**
 * Carries message events to an account's sessions, and loses, doubles, delays or swaps them on the way. It works before events
 * get their sequence numbers: to a client a late event looks like one that Discord sent late.
 */
export class Courier {
  #port: CourierPort
  #held = new Map<Account, () => void>()

  constructor(port: CourierPort) {
    this.#port = port
  }

  send(account: Account, type: string, data: string, event: MessageEvent | null): void {
    const { faults, time } = this.#port
    if (event === null) return this.#port.deliver(account, type, data)
    const verdict = faults.forMessage(account.index, event)
    if (!verdict.lose) {
      const deliver = () => {
        this.#port.deliver(account, type, data)
        if (verdict.duplicate) this.#port.deliver(account, type, data)
      }
      if (verdict.reorder && !this.#held.has(account)) this.#hold(account, deliver)
      else if (verdict.delayMs > 0) time.after(verdict.delayMs, deliver)
      else {
        deliver()
        this.#release(account)
      }
    }
    if (verdict.drop) this.#port.drop(account, verdict.dropInvalid)
  }

  #hold(account: Account, deliver: () => void): void {
    const cancel = this.#port.time.after(longestHoldMs, () => this.#release(account))
    this.#held.set(account, () => {
      cancel()
      deliver()
    })
  }

  #release(account: Account): void {
    const held = this.#held.get(account)
    this.#held.delete(account)
    held?.()
  }
}
