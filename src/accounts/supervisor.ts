import type { Clock } from '../clock.ts'
import type { AccountId, JobId, NodeId } from '../ids.ts'
import type { Log } from '../log.ts'
import type { WorkerOrder } from './orders.ts'
import type { CommandReply } from './pool.ts'
import type { AccountConfig } from './pool-file.ts'
import type { AccountStore, InboxEntry, Lease } from './ports.ts'

const notInFile = 'no longer in the accounts file'

/** One account's listener and dispatcher on this node. */
export interface Worker {
  readonly lease: Lease
  start(): void
  /** Whether it listens, or has a lasting reason not to. */
  readonly settled: boolean
  /** It has come to an end by itself. */
  readonly failed: boolean
  take(job: JobId): Promise<void>
  order(id: string, order: WorkerOrder): Promise<void>
  /** Takes no new jobs from now on; those not sent yet go elsewhere, or are still drawn when it is drained. */
  pause(draining: boolean): Promise<CommandReply>
  /** Ends it; the gateway session stays resumable for the next holder. */
  stop(): Promise<void>
}

export interface SupervisorOptions {
  node: NodeId
  accounts: AccountConfig[]
  store: AccountStore
  startWorker: (account: AccountConfig, lease: Lease) => Promise<Worker>
  /** Slots of an account whose entry names none. */
  defaultSlots: number
  leaseMs: number
  renewMs: number
  clock: Clock
  log: Log
}

/**
 * Which accounts this node listens for. Every few seconds it says that it lives, renews its leases, and takes free accounts
 * up to its fair share; a node that has more than its share gives one up at a time, so that a newcomer gets its part without
 * a job being dropped. A dead node's leases run out, and the others take them.
 */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #workers = new Map<AccountId, Worker>()
  /** Workers on their way out: until they are gone, their accounts are not taken again. */
  readonly #leaving = new Map<AccountId, Promise<void>>()
  readonly #closing = new AbortController()
  #loops: Promise<unknown> = Promise.resolve()

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  /** The accounts that this node holds now. */
  get workers(): ReadonlyMap<AccountId, Worker> {
    return this.#workers
  }

  /** Whether every account that this node holds is being listened for. */
  get settled(): boolean {
    return [...this.#workers.values()].every((worker) => worker.settled)
  }

  async start(): Promise<void> {
    await this.#describeAccounts()
    await this.#turn()
    const { signal } = this.#closing
    this.#loops = Promise.all([this.#keepTurning(signal), this.#readInbox(signal)])
  }

  async stop(): Promise<void> {
    this.#closing.abort(new Error('closing'))
    await this.#loops
    await Promise.all([...this.#workers.values()].map((worker) => this.#release(worker)))
    await Promise.all(this.#leaving.values())
    await this.#options.store.withdraw(this.#options.node)
  }

  /** Writes what the pool file says; accounts that it no longer names take no new jobs. */
  async #describeAccounts(): Promise<void> {
    const { store, accounts, defaultSlots, clock } = this.#options
    for (const account of accounts) {
      const stored = await store.storedAccount(account.id)
      // What an operator switched stays, unless the file was edited since.
      const mode = stored && stored.fileMode === account.mode ? stored.mode : account.mode
      await store.describeAccount(account.id, {
        name: account.name,
        mode,
        fileMode: account.mode,
        lanes: account.modes.length > 1 ? account.modes : [mode],
        weight: account.weight,
        // Whoever holds it knows its plan, and what else runs on it.
        ...(stored ? {} : { slots: account.concurrency ?? defaultSlots, queueStatusAt: clock.now() }),
        ...(stored && stored.reason !== notInFile ? {} : { state: 'connecting', reason: 'starting' }),
      })
    }
    const named = new Set(accounts.map(({ id }) => id))
    for (const id of await store.knownAccounts()) {
      if (!named.has(id)) {
        await store.describeAccount(id, {
          state: 'paused',
          reason: notInFile,
          lanes: [],
        })
      }
    }
  }

  async #keepTurning(signal: AbortSignal): Promise<void> {
    const { clock, renewMs, log } = this.#options
    while (!signal.aborted) {
      try {
        await clock.sleep(renewMs, signal)
        await this.#turn()
      } catch (error) {
        if (!signal.aborted) log.error({ err: error }, 'leases could not be renewed')
      }
    }
  }

  async #turn(): Promise<void> {
    const { store, node, leaseMs, accounts, log } = this.#options
    const nodes = await store.announce(node, leaseMs)
    const share = Math.ceil(accounts.length / Math.max(1, nodes))
    for (const worker of [...this.#workers.values()]) {
      const lease = await store.takeLease(worker.lease.account, node, leaseMs)
      const lost = lease?.epoch !== worker.lease.epoch
      if (!lost && !worker.failed) continue
      log.warn({ account: worker.lease.account }, lost ? 'lease lost' : 'worker has failed')
      // Not waited for: a slow end of one must not cost the others their leases.
      void this.#release(worker)
    }
    for (const account of accounts) {
      if (this.#workers.size >= share) break
      if (!this.#workers.has(account.id) && !this.#leaving.has(account.id)) await this.#tryToTake(account)
    }
    const [surplus] = this.#workers.values()
    if (surplus && this.#workers.size > share) void this.#release(surplus)
  }

  async #tryToTake(account: AccountConfig): Promise<void> {
    const { store, node, leaseMs, startWorker, log } = this.#options
    const lease = await store.takeLease(account.id, node, leaseMs)
    if (!lease) return
    log.info({ account: account.id, epoch: lease.epoch }, 'lease taken')
    const worker = await startWorker(account, lease)
    this.#workers.set(account.id, worker)
    worker.start()
  }

  /** Stops a worker and gives its lease back; `before` runs while the lease is still held. */
  #release(worker: Worker, before?: () => Promise<unknown>): Promise<void> {
    const { account } = worker.lease
    this.#workers.delete(account)
    const leaving = this.#leave(worker, before)
      .catch((error) => this.#options.log.error({ err: error, account }, 'account not released'))
      .finally(() => this.#leaving.delete(account))
    this.#leaving.set(account, leaving)
    return leaving
  }

  async #leave(worker: Worker, before: (() => Promise<unknown>) | undefined): Promise<void> {
    await worker.stop()
    await before?.()
    await this.#options.store.releaseLease(worker.lease)
    this.#options.log.info({ account: worker.lease.account }, 'lease released')
  }

  async #readInbox(signal: AbortSignal): Promise<void> {
    const { store, node, log, clock } = this.#options
    let failed = false
    while (!signal.aborted) {
      try {
        if (failed) await clock.sleep(1000, signal)
        for await (const entry of store.inbox(node, signal)) this.#deliver(entry)
      } catch (error) {
        failed = true
        if (!signal.aborted) log.error({ err: error }, 'inbox could not be read')
      }
    }
  }

  #deliver(entry: InboxEntry): void {
    const worker = this.#workers.get(entry.account)
    // An entry for an account that has moved on is no loss: its new holder reads the held jobs.
    if (!worker) return
    this.#handOn(entry, worker).catch((error) => {
      this.#options.log.error({ err: error, account: entry.account, entry: entry.type }, 'inbox entry failed')
    })
  }

  #handOn(entry: InboxEntry, worker: Worker): Promise<void> {
    if (entry.type === 'job') return worker.take(entry.job)
    const { id, order } = entry
    if (order.do === 'resume') return this.#resume(id, worker)
    return order.do === 'pause' || order.do === 'drain'
      ? this.#pause(id, worker, order.do === 'drain')
      : worker.order(id, order)
  }

  async #pause(command: string, worker: Worker, draining: boolean): Promise<void> {
    await this.#options.store.replyTo(command, await worker.pause(draining))
  }

  /** A person has seen to the account: it starts anew, with its session and whatever it still holds. */
  async #resume(command: string, worker: Worker): Promise<void> {
    const { store } = this.#options
    const { lease } = worker
    const fields = { state: 'connecting', reason: 'resumed by the operator' } as const
    await this.#release(worker, () => store.describeAccount(lease.account, fields, lease))
    await store.replyTo(command, { answered: true, title: '', text: 'The account is taken into use again.' })
  }
}
