import type { CommandBook } from '../bot/commands.ts'
import { isOver, type JobBook } from '../bot/job.ts'
import { meanDifference, paint, readMark } from '../cdn/paint.ts'
import type { PictureShop } from '../cdn/picture-shop.ts'
import type { AccountChanges, Pictures, ProxyMode, Simulator, SimulatorUrls, Truth } from '../control.ts'
import type { Faults } from '../faults/fault-desk.ts'
import type { AccountKey } from '../faults/fault-types.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { CloseOrder, DropOrder } from '../gateway/orders.ts'
import type { ProxyPool } from '../proxy/proxy-pool.ts'
import type { CounterBook } from '../truth/counters.ts'
import type { InteractionLog } from '../truth/interaction-log.ts'
import type { Account } from '../world/account.ts'
import type { World } from '../world/world.ts'

export interface DeskParts {
  world: World
  gateway: Gateway
  faults: Faults
  jobs: JobBook
  interactions: InteractionLog
  counters: CounterBook
  shop: PictureShop
  commands: CommandBook
  proxies: ProxyPool
}

/** The control desk: what tests call, and what the control server puts on HTTP. */
export class Desk implements Simulator {
  readonly truth: Truth
  readonly pictures: Pictures
  urls: SimulatorUrls = { api: '', gateway: '', cdn: '', activities: '', control: '' }
  #parts: DeskParts
  #close: () => Promise<void> = async () => {}
  #closing: Promise<void> | null = null

  constructor(parts: DeskParts) {
    this.#parts = parts
    this.truth = truthOf(parts)
    this.pictures = picturesOf(parts)
  }

  get accounts(): readonly Account[] {
    return this.#parts.world.accounts
  }

  get proxyUrls(): readonly string[] {
    return this.accounts.map(({ proxyUrl }) => proxyUrl)
  }

  get faults(): Faults {
    return this.#parts.faults
  }

  dropSockets(order?: DropOrder): number {
    return this.#parts.gateway.drop(order)
  }

  orderGateway(order: CloseOrder): number {
    return this.#parts.gateway.order(order)
  }

  setAccount(key: AccountKey, changes: AccountChanges): void {
    Object.assign(this.#parts.world.require(key), changes)
  }

  async setProxy(key: AccountKey, mode: ProxyMode): Promise<void> {
    await this.#parts.proxies.setMode(this.#parts.world.require(key), mode)
  }

  bumpCommandVersions(): void {
    this.#parts.commands.bump()
  }

  onClose(close: () => Promise<void>): void {
    this.#close = close
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }
}

function truthOf({ world, jobs, interactions, counters, gateway }: DeskParts): Truth {
  const indexOf = (key?: AccountKey) => (key === undefined ? undefined : world.require(key).index)
  return {
    jobs: () => jobs.all().map(({ truth }) => ({ ...truth })),
    job: (jobUuid) => {
      const found = jobs.get(jobUuid)
      return found && { ...found.truth }
    },
    interactions: () => interactions.all(),
    counters: (key) => counters.read(indexOf(key)),
    sessions: () => gateway.live(),
    running: (key) => {
      const index = indexOf(key)
      const holdsSlot = jobs
        .all()
        .filter(
          (job) => job.account !== null && job.plan.takesSlot && !isOver(job) && job.truth.state !== 'queued',
        )
      return holdsSlot.filter(({ truth }) => index === undefined || truth.account === index).length
    },
  }
}

function picturesOf({ jobs, shop }: DeskParts): Pictures {
  return {
    identify: (bytes) => readMark(bytes),
    async difference(bytes, jobUuid, index = null) {
      const job = jobs.get(jobUuid)
      if (!job) throw new RangeError(`no job ${jobUuid}`)
      const whole = shop.pictureOf(job)
      const cell = index === null ? null : job.cells[index - 1]
      if (index !== null && !cell) throw new RangeError(`job ${jobUuid} has no picture ${index}`)
      return meanDifference(bytes, await paint(cell ? { ...whole, cells: [cell] } : whole))
    },
  }
}
