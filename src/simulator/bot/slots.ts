import type { Mode, Settings } from '../options.ts'
import { type Account, plans } from '../world/account.ts'
import type { Usage } from './info.ts'

/** Jobs waiting in the bot's own queue, per account (protocol page §7). */
const defaultQueue = 10

type Lane = 'fast' | 'relax'
interface Lanes {
  /** Keys of the jobs that hold a slot. */
  running: Record<Lane, string[]>
  waiting: { lane: Lane; key: string; start: () => void }[]
}

/** How many jobs of an account run at once: the rest is queued, and beyond that refused. */
export class Slots {
  #lanes = new Map<Account, Lanes>()
  #limits: Settings['limits']

  constructor(limits: Settings['limits']) {
    this.#limits = limits
  }

  /** Starts the job now or when its turn comes. */
  take(account: Account, mode: Mode, key: string, start: () => void): 'started' | 'queued' | 'full' {
    const lanes = this.#of(account)
    const lane = laneOf(mode)
    if (lanes.running[lane].length < this.#limit(account, lane)) {
      lanes.running[lane].push(key)
      start()
      return 'started'
    }
    if (lanes.waiting.length >= (this.#limits.queued ?? defaultQueue)) return 'full'
    lanes.waiting.push({ lane, key, start })
    return 'queued'
  }

  /** Gives a slot back, which may start the next job. */
  release(account: Account, mode: Mode, key: string): void {
    const lanes = this.#of(account)
    const lane = laneOf(mode)
    lanes.running[lane] = lanes.running[lane].filter((one) => one !== key)
    this.#advance(account, lane)
  }

  /** Takes a waiting job out of the queue. */
  withdraw(account: Account, key: string): boolean {
    const lanes = this.#of(account)
    const before = lanes.waiting.length
    lanes.waiting = lanes.waiting.filter((entry) => entry.key !== key)
    return lanes.waiting.length < before
  }

  #advance(account: Account, lane: Lane): void {
    const lanes = this.#of(account)
    if (lanes.running[lane].length >= this.#limit(account, lane)) return
    const at = lanes.waiting.findIndex((entry) => entry.lane === lane)
    const [next] = at === -1 ? [] : lanes.waiting.splice(at, 1)
    if (!next) return
    lanes.running[lane].push(next.key)
    next.start()
  }

  usage(account: Account): Usage {
    const { running, waiting } = this.#of(account)
    const queued = (lane: Lane) => waiting.filter((entry) => entry.lane === lane).length
    return {
      running: [...running.fast, ...running.relax],
      queuedFast: queued('fast'),
      queuedRelax: queued('relax'),
    }
  }

  #of(account: Account): Lanes {
    const known = this.#lanes.get(account)
    if (known) return known
    const lanes: Lanes = { running: { fast: [], relax: [] }, waiting: [] }
    this.#lanes.set(account, lanes)
    return lanes
  }

  #limit(account: Account, lane: Lane): number {
    return this.#limits[lane] ?? plans[account.plan][lane]
  }
}

/** Turbo counts as fast (§7). */
const laneOf = (mode: Mode): Lane => (mode === 'relax' ? 'relax' : 'fast')
