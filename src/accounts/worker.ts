import type { Clock } from '../clock.ts'
import type { GatewaySession, GatewaySessionOptions, GatewayState } from '../discord/gateway/session.ts'
import type { ActivitiesClient } from '../discord/rest/activities.ts'
import type { DiscordRest } from '../discord/rest/client.ts'
import type { JobId } from '../ids.ts'
import type { Lane } from '../jobs/job.ts'
import type { Limits } from '../jobs/policy.ts'
import type { Log } from '../log.ts'
import { bots } from '../midjourney/bots.ts'
import { slotsOfPlan } from './account-facts.ts'
import { AccountNews } from './account-news.ts'
import { Attachments } from './attachments.ts'
import { BotTalk } from './bot-talk.ts'
import { CommandBook } from './command-book.ts'
import { CommandDesk } from './command-desk.ts'
import { Custody, LeaseLostError } from './custody.ts'
import { Departures } from './departures.ts'
import { Dialogs } from './dialogs.ts'
import { Dispatcher } from './dispatcher.ts'
import { ForeignJobs } from './foreign-jobs.ts'
import type { Health } from './health.ts'
import { HealthKeeper } from './health-keeper.ts'
import { InFlight } from './in-flight.ts'
import { InfoKeeper } from './info-keeper.ts'
import { InteractionWriter } from './interaction-writer.ts'
import { JobErrands } from './job-errands.ts'
import { Listener } from './listener.ts'
import { Orders, type WorkerOrder } from './orders.ts'
import type { AccountFacts, CommandReply } from './pool.ts'
import type { AccountConfig } from './pool-file.ts'
import type { AccountStore, Lease, ListenerRecord } from './ports.ts'
import { Reactions } from './reactions.ts'
import { Reconciler } from './reconciler.ts'
import type { Worker } from './supervisor.ts'
import { WatchBook } from './watch-book.ts'
import { Watchman } from './watchman.ts'

/** How often (ms) deadlines are looked at and the listener's place is kept. */
const tickMs = 1_000
/** The mirror of what the account holds is compared with Redis every so many ticks. */
const refreshTicks = 5
/** Before a dispatcher that has failed is started again (ms). */
const restartMs = 1_000

export interface WorkerTuning {
  minIntervalMs: number
  slots: number
  lookForMs: number
  removedGraceMs: number
  /** How often /info is asked for; 0 for never. */
  infoEveryMs: number
  exhaustedInfoEveryMs: number
}

export interface WorkerParts {
  account: AccountConfig
  lease: Lease
  store: AccountStore
  mode: Lane
  initialHealth: Health
  /** What /info said last, and the lanes that rest since then. */
  facts: AccountFacts | null
  resting: readonly Lane[]
  /** Where the last listener of this account stopped. */
  resumeFrom: ListenerRecord | null
  rest: DiscordRest
  /** Where finished pictures are. */
  cdnUrl: string
  activities: ActivitiesClient
  openGateway: (options: GatewayHooks) => GatewaySession
  closeTransport: () => Promise<void>
  /** A job is done; it may owe a follow-up. */
  onDone: (job: JobId, owes: { followUp: boolean }) => void
  limits: Limits
  tuning: WorkerTuning
  clock: Clock
  random: () => number
  log: Log
}

type GatewayHooks = Pick<GatewaySessionOptions, 'resumeFrom' | 'onDispatch' | 'onState' | 'onGap'>

/**
 * One account on this node: a listener and a dispatcher over one gateway session.
 *
 * It begins by taking over what the account holds. Jobs that were being sent when the last holder stopped are unconfirmed.
 * The gateway session is resumed where it was left, or begun anew; then the channel is read back, so that every job in
 * flight is reconciled with what the bot has said; only then is anything sent. After each loss of the session the same is done
 * again, from the oldest message that may be missing. It ends when the lease is lost or the node closes, leaving the session
 * resumable.
 */
export class AccountWorker implements Worker {
  readonly lease: Lease
  readonly #parts: WorkerParts
  readonly #closing = new AbortController()
  readonly #inFlight = new InFlight()
  readonly #desk = new CommandDesk()
  readonly #watchBook: WatchBook
  readonly #custody: Custody
  readonly #health: HealthKeeper
  readonly #departures: Departures
  readonly #listener: Listener
  readonly #dispatcher: Dispatcher
  readonly #commands: CommandBook
  readonly #orders: Orders
  readonly #info: InfoKeeper
  readonly #foreign: ForeignJobs
  readonly #watchman: Watchman
  readonly #reconciler: Reconciler
  readonly #gateway: GatewaySession
  #mode: Lane
  #gatewayState: GatewayState = { state: 'idle' }
  #reconciled = false
  #remembered = ''
  #failed = false
  #loops: Promise<unknown> = Promise.resolve()

  constructor(parts: WorkerParts) {
    const { account, lease, store, clock, log, rest, limits, tuning, random } = parts
    this.#parts = parts
    this.lease = lease
    this.#mode = parts.mode
    const inFlight = this.#inFlight
    const botId = bots[account.bot].applicationId
    const guildId = () => this.#reconciler.guildId
    this.#watchBook = new WatchBook({ clock })
    this.#custody = new Custody({
      lease,
      store,
      inFlight,
      limits,
      clock,
      onReleased: (job) => {
        this.#watchBook.forget(job)
        this.#dispatcher.forget(job)
        this.#dispatcher.wake()
      },
      onDone: parts.onDone,
    })
    this.#health = new HealthKeeper({
      lease,
      store,
      clock,
      slots: account.concurrency ?? slotsOfPlan(parts.facts, this.#lanes) ?? tuning.slots,
      initial: parts.initialHealth,
      listening: () => this.#gatewayState.state === 'ready' && this.#reconciled,
      onChange: (health, before) => {
        announce(log, health, before)
        if (!this.#health.open) this.#departures.closed()
        if (health.state === 'dead') void this.#guarded(() => this.#departures.abandon())
        this.#dispatcher.wake()
      },
    })
    this.#departures = new Departures({
      account: account.id,
      store,
      inFlight,
      custody: this.#custody,
      health: this.#health,
      clock,
    })
    this.#foreign = new ForeignJobs(clock)
    const common = { lease, store, inFlight, custody: this.#custody, clock, log }
    this.#commands = new CommandBook({ rest, botId, channelId: account.id, guildId, clock })
    const writer = new InteractionWriter({
      store,
      commands: this.#commands,
      rest,
      botId,
      channelId: account.id,
      guildId,
      sessionId: () => (this.#gatewayState.state === 'ready' ? this.#gatewayState.sessionId : null),
      mode: () => this.#mode,
      servesSeveralLanes: account.modes.length > 1,
    })
    const dialogs = new Dialogs({
      ...common,
      health: this.#health,
      dispatcher: { reply: (job, reply) => this.#dispatcher.reply(job, reply) },
      writer,
      rest,
      activities: parts.activities,
      limits,
    })
    this.#listener = new Listener({
      ...common,
      channelId: account.id,
      botId,
      desk: this.#desk,
      dialogs,
      watchBook: this.#watchBook,
      reactions: new Reactions({
        ...common,
        health: this.#health,
        news: new AccountNews({ ...common, health: this.#health, onHoursGone: () => this.#info.hoursGone() }),
        foreign: this.#foreign,
        onInfo: (message) => this.#info.seen(message),
        onRetry: (job) => this.#dispatcher.retryLater(job),
        fellBack: () => this.#info.fellBack,
      }),
      rest,
      lastMessageId: parts.resumeFrom?.lastMessageId ?? null,
      onHandled: () => this.#dispatcher.wake(),
      signal: this.#closing.signal,
    })
    this.#reconciler = new Reconciler({
      ...common,
      channelId: account.id,
      guildId: account.guildId ?? undefined,
      rest,
      listener: this.#listener,
      health: this.#health,
      signal: this.#closing.signal,
    })
    this.#dispatcher = new Dispatcher({
      inFlight,
      custody: this.#custody,
      health: this.#health,
      watchBook: this.#watchBook,
      writer,
      rest,
      mayRun: () => this.#gatewayState.state === 'ready' && this.#reconciled,
      finalsReply: () => this.#listener.finalsReply,
      newestMessageId: () => this.#listener.lastMessageId,
      minIntervalMs: account.minIntervalMs ?? tuning.minIntervalMs,
      clock,
      random,
      log,
    })
    this.#watchman = new Watchman({
      ...common,
      health: this.#health,
      watchBook: this.#watchBook,
      look: () => this.#listener.catchUp(),
      limits,
      tuning,
    })
    const talk = new BotTalk({
      desk: this.#desk,
      dispatcher: this.#dispatcher,
      clock,
      signal: this.#closing.signal,
    })
    this.#info = new InfoKeeper({
      ...common,
      health: this.#health,
      talk,
      writer,
      lanes: () => this.#lanes,
      preferred: account.mode,
      concurrency: account.concurrency,
      defaultSlots: tuning.slots,
      facts: parts.facts,
      resting: parts.resting,
      rhythm: { everyMs: tuning.infoEveryMs, exhaustedEveryMs: tuning.exhaustedInfoEveryMs },
      onMode: (mode) => this.#setMode(mode),
    })
    const errands = new JobErrands({
      ...common,
      channelId: account.id,
      cdnUrl: parts.cdnUrl,
      talk,
      desk: this.#desk,
      writer,
      rest,
      message: (id) => this.#listener.message(id),
    })
    this.#orders = new Orders({
      talk,
      errands,
      attachments: new Attachments({
        ...common,
        channelId: account.id,
        botId,
        rest,
        message: (id) => this.#listener.message(id),
      }),
      writer,
      store,
      onMode: (mode) => this.#changeMode(mode),
    })
    this.#gateway = parts.openGateway({
      resumeFrom: parts.resumeFrom,
      onDispatch: (event) => this.#guarded(() => this.#listener.handle(event)),
      onState: (state) => this.#gatewayChanged(state),
      onGap: () => this.#reconciler.gapOpened(),
    })
  }

  /** It listens and everything in flight is reconciled, or the account waits for a person or for time. */
  get settled(): boolean {
    return this.#health.health.state !== 'connecting'
  }

  /** Its loops have ended though nobody stopped it: it is of no use any more. */
  get failed(): boolean {
    return this.#failed
  }

  start(): void {
    this.#loops = this.#run().catch((error) => {
      if (this.#closing.signal.aborted && !(this.#closing.signal.reason instanceof LeaseLostError)) return
      this.#failed = true
      this.#parts.log.error({ err: error }, 'account worker failed')
    })
  }

  async take(id: JobId): Promise<void> {
    const job = await this.#parts.store.find(id)
    if (job?.state !== 'assigned' || job.account !== this.lease.account || this.#inFlight.has(id)) return
    this.#inFlight.put(job)
    this.#dispatcher.wake()
  }

  order(id: string, order: WorkerOrder): Promise<void> {
    return this.#orders.run(id, order)
  }

  async pause(draining: boolean): Promise<CommandReply> {
    await this.#health.apply({ event: 'paused-by-operator', draining })
    const { state, reason } = this.#health.health
    const text = `The account is ${state}${reason ? `: ${reason}` : ''}.`
    return { answered: true, title: '', text }
  }

  async stop(): Promise<void> {
    this.#closing.abort(new Error('worker stops'))
    await this.#gateway.stop({ keepSession: true })
    await this.#loops
    await this.#guarded(() => this.#remember())
    await this.#parts.closeTransport()
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    await this.#health.begin()
    await this.#custody.refresh()
    for (const job of this.#inFlight.all()) {
      // The form that was open is gone with the session; nothing is drawn before it is answered.
      if (job.state !== 'assigned' && job.track.dialogAt !== undefined) {
        await this.#custody.sendAgain(job, 'the dialog went with the node that saw it')
      } else if (job.state === 'sending') {
        await this.#custody.unconfirmed(job, 'the node that sent it stopped')
      }
    }
    if (signal.aborted) return
    const { health } = this.#health
    if (health.state !== 'dead' || health.cause === 'subscription') this.#gateway.start()
    await Promise.all([this.#dispatch(signal), this.#tick(signal)])
  }

  async #dispatch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#guarded(() => this.#dispatcher.run(signal))
      await this.#parts.clock.sleep(restartMs, signal)
    }
  }

  #gatewayChanged(state: GatewayState): void {
    this.#gatewayState = state
    this.#parts.log.debug({ gateway: state.state }, 'gateway state changed')
    if (state.state === 'ready') void this.#guarded(() => this.#reconcile())
    else if (state.state === 'stopped' && state.fatal) void this.#guarded(() => this.#gatewayRefused(state))
    else {
      this.#reconciled = false
      void this.#guarded(() =>
        this.#health.apply({ event: 'listener-lost', reason: `gateway: ${state.state}` }),
      )
    }
  }

  /** Before anything is sent: what may have been missed is read back, and the place to send to is known. */
  async #reconcile(): Promise<void> {
    const complete = await this.#reconciler.run()
    if (!complete || this.#gatewayState.state !== 'ready') return
    this.#reconciled = true
    await this.#health.apply({ event: 'listening' })
    this.#dispatcher.wake()
  }

  /** Only 4004 says that the token is dead; the other fatal codes are for whoever runs this (protocol page §2.5). */
  async #gatewayRefused({ why, code }: GatewayState & { state: 'stopped' }): Promise<void> {
    this.#reconciled = false
    const event = code === 4004 ? ('token-refused' as const) : ('person-needed' as const)
    await this.#health.apply({ event, reason: `gateway: ${why}` })
  }

  async #tick(signal: AbortSignal): Promise<void> {
    const { clock, store } = this.#parts
    for (let tick = 1; !signal.aborted; tick += 1) {
      await clock.sleep(tickMs, signal)
      await this.#guarded(async () => {
        await this.#health.tick()
        await this.#health.foreign(this.#foreign.count)
        if (tick % refreshTicks === 0) await this.#custody.refresh()
        if (this.#gatewayState.state === 'ready' && !this.#reconciled) await this.#reconcile()
        if (this.#reconciled) {
          await this.#health.apply({ event: 'listening' })
          await this.#watchman.round()
          void this.#info.round()
        }
        if (this.#health.health.state === 'exhausted' || this.#info.fellBack) await store.fallBack()
        await this.#departures.round()
        await this.#remember()
        this.#dispatcher.wake()
      })
    }
  }

  async #setMode(mode: Lane): Promise<void> {
    const { store, account } = this.#parts
    if (mode === this.#mode) return
    this.#mode = mode
    await store.describeAccount(account.id, { mode, lanes: [...this.#lanes] }, this.lease)
  }

  get #lanes(): readonly Lane[] {
    const { modes } = this.#parts.account
    return modes.length > 1 ? modes : [this.#mode]
  }

  /** An operator has told the bot which mode the account is to draw in. */
  async #changeMode(mode: Lane): Promise<void> {
    await this.#setMode(mode)
    await this.#info.modeChanged(mode)
    if (this.#health.health.state === 'exhausted') await this.#health.apply({ event: 'resumed-by-operator' })
  }

  async #remember(): Promise<void> {
    const { record } = this.#gateway
    const { lastMessageId } = this.#listener
    if (!record) return
    const place = { ...record, lastMessageId }
    const text = JSON.stringify(place)
    if (text === this.#remembered) return
    await this.#parts.store.saveListener(this.lease, place)
    this.#remembered = text
  }

  /** Runs work that must end quietly when the lease is gone: the next holder does it. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (this.#closing.signal.aborted) return
      this.#parts.log.error({ err: error }, 'account work failed')
      if (error instanceof LeaseLostError) this.#closing.abort(error)
    }
  }
}

/** A state that waits for a person is told loudly: that is how the person is called. */
function announce(log: Log, { state, reason }: Health, before: Health): void {
  const fields = { from: before.state, to: state, reason }
  if (state === 'attention' || state === 'dead') log.error(fields, 'account needs a person')
  else log.info(fields, 'account state changed')
}
