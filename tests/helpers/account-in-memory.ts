import { AccountNews } from '../../src/accounts/account-news.ts'
import { CommandDesk } from '../../src/accounts/command-desk.ts'
import { Custody } from '../../src/accounts/custody.ts'
import type { Dialogs } from '../../src/accounts/dialogs.ts'
import { ForeignJobs } from '../../src/accounts/foreign-jobs.ts'
import { HealthKeeper } from '../../src/accounts/health-keeper.ts'
import { InFlight } from '../../src/accounts/in-flight.ts'
import { Listener } from '../../src/accounts/listener.ts'
import type { AccountStore, JobChange, JobEnding, Lease } from '../../src/accounts/ports.ts'
import { Reactions } from '../../src/accounts/reactions.ts'
import { WatchBook } from '../../src/accounts/watch-book.ts'
import { Watchman } from '../../src/accounts/watchman.ts'
import type { Clock } from '../../src/clock.ts'
import type { DiscordRest } from '../../src/discord/rest/client.ts'
import type { AccountId, JobId, NodeId } from '../../src/ids.ts'
import { type HeldJob, isHeld, type Job, type JobRequest } from '../../src/jobs/job.ts'
import { defaultLimits } from '../../src/jobs/policy.ts'
import { nextState } from '../../src/jobs/transitions.ts'

interface InMemoryParts {
  channelId: string
  botId: string
  clock: Clock
  /** The channel as Discord's REST shows it: messages after `after`, oldest first, at most `limit`. */
  history: (after: string | null, limit: number) => object[]
  onChange: (job: HeldJob, change: JobChange) => void
  onEnding: (job: HeldJob, ending: JobEnding) => void
}

/** How long (ms) the watchman of these accounts waits; as in config/default.json. */
export const watchTuning = { lookForMs: 30_000, removedGraceMs: 15_000 }

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/**
 * What a worker does with what it hears, from the listener to the change of a job: the real parts, over a store in memory
 * that follows the table of transitions. Nothing in it waits for anything but promises that are settled already.
 */
export function accountInMemory(parts: InMemoryParts) {
  const { channelId, botId, clock, history, onChange, onEnding } = parts
  const lease: Lease = { account: channelId as AccountId, node: 'node' as NodeId, epoch: 1 }
  const jobs = new Map<JobId, Job>()
  const byMessage = new Map<string, JobId>()
  const orphans = new Set<string>()

  const held = (id: JobId): HeldJob | null => {
    const job = jobs.get(id)
    return job && isHeld(job) ? job : null
  }
  const partial: Partial<AccountStore> = {
    find: async (id) => jobs.get(id) ?? null,
    held: async () => [...jobs.values()].filter(isHeld),
    ofMessage: async (messageId) => byMessage.get(messageId) ?? null,
    addOrphan: async (orphan) => void orphans.add(orphan.id),
    countRefusal: async () => {},
    describeAccount: async () => 'written',
    record: async (_, change) => {
      const job = held(change.job)
      const state = job && nextState(job.state, change.event)
      if (!job || !state) return 'out-of-order'
      onChange(job, change)
      jobs.set(job.id, { ...job, ...change.fields, state } as Job)
      return 'written'
    },
    finish: async (_, ending) => {
      const job = held(ending.job)
      if (!job || !nextState(job.state, ending.event)) return 'out-of-order'
      onEnding(job, ending)
      const { assignedAt: _assigned, ...rest } = { ...job, ...ending.fields }
      const common = { ...rest, finishedAt: clock.now(), takenAt: 0, sentAt: 0 }
      if (ending.event === 'job-finished') {
        jobs.set(job.id, { ...common, state: 'done', result: ending.result })
        byMessage.set(ending.result.messageId, job.id)
      } else {
        const state = ending.event === 'job-stopped' ? 'cancelled' : 'failed'
        jobs.set(job.id, { ...common, state, failure: { code: ending.code, message: ending.message } })
      }
      return 'written'
    },
    giveBack: async (_, id) => {
      const job = held(id)
      if (!job) return 'out-of-order'
      const { assignedAt: _assigned, sendingAt: _sending, ...rest } = job
      jobs.set(id, { ...rest, state: 'queued', account: null })
      return 'written'
    },
  }
  // The parts under test use no more of a store than this; what is missing throws.
  const store = partial as AccountStore

  const inFlight = new InFlight()
  const watchBook = new WatchBook({ clock })
  const desk = new CommandDesk()
  const custody = new Custody({
    lease,
    store,
    inFlight,
    limits: defaultLimits,
    clock,
    onReleased: (job) => watchBook.forget(job),
    onDone: () => {},
  })
  const health = new HealthKeeper({
    lease,
    store,
    clock,
    slots: 40,
    initial: { state: 'ready', reason: '' },
    listening: () => true,
    onChange: () => {},
  })
  const common = { lease, store, inFlight, custody, health, clock, log: silent }
  const reactions = new Reactions({
    ...common,
    news: new AccountNews({ ...common, onHoursGone: () => {} }),
    foreign: new ForeignJobs(clock),
    onInfo: async () => {},
    onRetry: () => {},
    fellBack: () => false,
  })
  const rest: Pick<DiscordRest, 'messages'> = {
    messages: async ({ after, limit }) => ({ ok: true, value: history(after ?? null, limit ?? 50) }),
  }
  const listener = new Listener({
    ...common,
    channelId,
    botId,
    desk,
    watchBook,
    reactions,
    // No dialog is opened here.
    dialogs: {} as Dialogs,
    rest,
    lastMessageId: null,
    onHandled: () => {},
    signal: new AbortController().signal,
  })
  const watchman = new Watchman({
    inFlight,
    custody,
    health,
    watchBook,
    look: () => listener.catchUp(),
    limits: defaultLimits,
    tuning: watchTuning,
    clock,
  })

  return {
    inFlight,
    custody,
    listener,
    watchman,
    watchBook,
    orphans,
    job: (id: JobId) => jobs.get(id),
    /** The message shows the result of a job that is long done. */
    ownsMessage: (messageId: string) => void byMessage.set(messageId, 'earlier' as JobId),
    assign(id: JobId, request: JobRequest): void {
      const now = clock.now()
      const job: HeldJob = {
        id,
        token: null,
        root: id,
        request,
        lane: 'fast',
        charge: 1,
        queuedAt: now,
        notices: [],
        attempts: 0,
        seed: null,
        startedAt: null,
        state: 'assigned',
        account: lease.account,
        track: { nonces: [] },
        assignedAt: now,
        sendingAt: null,
      }
      jobs.set(id, job)
      inFlight.put(job)
    },
  }
}
