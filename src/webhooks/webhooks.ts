import type { Clock } from '../clock.ts'
import { DrawbridgeError } from '../errors.ts'
import type { JobId } from '../ids.ts'
import type { Job } from '../jobs/job.ts'
import type { Log } from '../log.ts'
import { type Render, renderNative } from './native.ts'
import type { AttemptRecord, Claim, LogEntry, Target, WebhookStore } from './ports.ts'
import { createPoster } from './post.ts'
import { Relay } from './relay.ts'
import { Sender } from './sender.ts'
import { tokenSecret } from './signature.ts'

/** A receiver has this long (ms) to answer, unless said otherwise. */
const usualPatienceMs = 15_000

export interface WebhookParts {
  store: WebhookStore
  jobs: { find(id: JobId): Promise<Job | null> }
  /** What happened to a job, from the event log. */
  history: (job: Job) => Promise<LogEntry[]>
  /** Told of every job that does not forbid it; null for none. */
  globalUrl: string | null
  /** The gateway's own secret (`whsec_…`). */
  secret: string
  renderers: Readonly<Record<string, Render>>
  allowPrivate: boolean
  node: string
  clock: Clock
  random: () => number
  /** How long (ms) a receiver has to answer. */
  answerWithinMs?: number
  /** Which addresses are not private, where it is not the internet's. */
  isPublic?: (address: string) => boolean
  log: Log
}

/** Tells receivers what happens to jobs: signed, in order for each job, and again until they have taken it. */
export class Webhooks {
  readonly #parts: WebhookParts
  readonly #closing = new AbortController()
  readonly relay: Relay
  readonly sender: Sender
  #loops: Promise<unknown> = Promise.resolve()

  constructor(parts: WebhookParts) {
    const { store, jobs, renderers, clock, random, log, node } = parts
    this.#parts = parts
    this.sender = new Sender({
      store,
      jobs,
      renderers,
      native: renderNative,
      secretsOf: (claim) => [secretOf(parts.secret, claim)],
      poster: createPoster({
        allowPrivate: parts.allowPrivate,
        patienceMs: parts.answerWithinMs ?? usualPatienceMs,
        ...(parts.isPublic ? { isPublic: parts.isPublic } : {}),
      }),
      clock,
      random,
      log,
    })
    this.relay = new Relay({
      store,
      targetsOf: (entry) => targetsOf(entry, parts.globalUrl),
      holder: node,
      clock,
      log,
      onQueued: () => this.sender.wake(),
    })
  }

  start(): void {
    const { signal } = this.#closing
    this.#loops = Promise.all([this.relay.run(signal), this.sender.run(signal)])
  }

  async stop(): Promise<void> {
    this.#closing.abort(new Error('closing'))
    this.sender.wake()
    await this.#loops
  }

  /** The attempts of a job's callbacks, oldest first. */
  log(job: JobId): Promise<AttemptRecord[]> {
    return this.#parts.store.log(job)
  }

  /** Tells everything that has happened to the job once more, to all that it concerns. Gives how many callbacks that makes. */
  async replay(id: JobId): Promise<number> {
    const job = await this.#parts.jobs.find(id)
    if (!job) throw new DrawbridgeError('job-unknown')
    const entries = await this.#parts.history(job)
    const deliveries = entries.flatMap((entry) => this.relay.deliveriesOf(entry))
    await this.#parts.store.requeue(deliveries)
    this.sender.wake()
    return deliveries.length
  }
}

/**
 * The job's own address, and the gateway's unless the job forbids it. What a job wishes is meant for its own address; where it
 * names none, for whoever is told instead.
 */
function targetsOf({ callback }: LogEntry, globalUrl: string | null): Target[] {
  const { url, shape = 'native', events = [], only } = callback ?? {}
  const own: Target[] = url === undefined ? [] : [{ url, shape, events, scope: 'job' }]
  if (globalUrl === null || only || url === globalUrl) return own
  const wishes = url === undefined ? { shape, events } : { shape: 'native' }
  return [...own, { url: globalUrl, ...wishes, scope: 'gateway' }]
}

/** The gateway's own receivers know its secret; a caller's only that of its token. */
const secretOf = (secret: string, { target, message }: Claim): string =>
  target.scope === 'gateway' || message.token === null ? secret : tokenSecret(secret, message.token)
