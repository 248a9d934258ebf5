import { nanoid } from 'nanoid'
import type { Clock } from '../clock.ts'
import { DrawbridgeError } from '../errors.ts'
import type { JobId, TokenId } from '../ids.ts'
import type { Job } from '../jobs/job.ts'
import type { Log } from '../log.ts'
import { checkUrl, RefusedAddressError } from './address-guard.ts'
import { type Render, renderNative } from './native.ts'
import type { AttemptRecord, SecretTurn, Target, TokenTarget, WebhookStore } from './ports.ts'
import { type Answer, createPoster, type Poster } from './post.ts'
import { Relay } from './relay.ts'
import { Sender } from './sender.ts'
import { signedHeaders, tokenSecret } from './signature.ts'
import { targetsOf } from './targets.ts'

/** A receiver has this long (ms) to answer, unless said otherwise. */
const usualPatienceMs = 15_000

/** How long (ms) a secret still signs after it was replaced. */
const graceMs = 24 * 3_600_000

export type Scope = Target['scope']

/** The secrets that sign, newest first, and until when (ms) there is more than one. */
export interface Secrets {
  secrets: readonly [string, ...string[]]
  previousUntil: number | null
}

export interface WebhookParts {
  store: WebhookStore
  jobs: { find(id: JobId): Promise<Job | null> }
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

/** What came of a test event. */
export interface TestResult extends Pick<Answer, 'status' | 'error'> {
  id: string
  url: string
  delivered: boolean
}

/** Tells receivers what happens to jobs: signed, in order for each job, and again until they have taken it. */
export class Webhooks {
  readonly #parts: WebhookParts
  readonly #closing = new AbortController()
  readonly relay: Relay
  readonly sender: Sender
  readonly #poster: Poster
  #loops: Promise<unknown> = Promise.resolve()

  constructor(parts: WebhookParts) {
    const { store, jobs, renderers, clock, random, log, node } = parts
    this.#parts = parts
    this.#poster = createPoster({
      allowPrivate: parts.allowPrivate,
      patienceMs: parts.answerWithinMs ?? usualPatienceMs,
      ...(parts.isPublic ? { isPublic: parts.isPublic } : {}),
    })
    this.sender = new Sender({
      store,
      jobs,
      renderers,
      native: renderNative,
      secretsOf: async ({ target, message }) =>
        target.scope === 'gateway' ? [parts.secret] : (await this.secretsFor(message.token)).secrets,
      poster: this.#poster,
      clock,
      random,
      log,
    })
    this.relay = new Relay({
      store,
      targetsOf: (entry) => targetsOf(entry, parts.globalUrl),
      everybody: parts.globalUrl !== null,
      holder: node,
      clock,
      log,
      onQueued: () => this.sender.wake(),
    })
  }

  /** Resolves when no event that happens from now on can be missed. */
  async start(): Promise<void> {
    const { signal } = this.#closing
    // The first who reads the log marks the place where it began.
    await this.relay.passOn()
    this.#loops = Promise.all([this.relay.run(signal), this.sender.run(signal)])
  }

  async stop(): Promise<void> {
    this.#closing.abort(new Error('closing'))
    this.sender.wake()
    await this.#loops
  }

  /** What signs the callbacks that a token's owner asked for: the gateway's own receivers alone know its own secret. */
  async secretsFor(token: TokenId | null): Promise<Secrets> {
    const { secret, store } = this.#parts
    return token === null
      ? { secrets: [secret], previousUntil: null }
      : this.#secretsAt(token, await store.secretTurn(token))
  }

  /** Gives a token another secret; those before it sign beside it for a day, so that its receivers can change at their leisure. */
  async rotateSecret(token: TokenId): Promise<Secrets> {
    const { store, clock } = this.#parts
    return this.#secretsAt(token, await store.turnSecret(token, clock.now() + graceMs))
  }

  #secretsAt(token: TokenId, { turn, previous }: SecretTurn): Secrets {
    const { secret, clock } = this.#parts
    const beside = previous.filter(({ until }) => until > clock.now())
    return {
      secrets: [
        tokenSecret(secret, token, turn),
        ...beside.map((before) => tokenSecret(secret, token, before.turn)),
      ],
      previousUntil: beside[0]?.until ?? null,
    }
  }

  /** Refuses (`invalid-request`) an address that nothing would be sent to; names are looked up later. */
  check(url: string): void {
    try {
      checkUrl(new URL(url), this.#parts)
    } catch (error) {
      const why = error instanceof RefusedAddressError ? error.message : 'this is no URL'
      throw new DrawbridgeError('invalid-request', `The callback cannot be sent: ${why}.`)
    }
  }

  /** Whom the gateway tells of all jobs; null for nobody. */
  get gatewayTarget(): TokenTarget | null {
    const { globalUrl } = this.#parts
    return globalUrl === null ? null : { url: globalUrl }
  }

  /** Whom a token's owner wishes to be told of all its jobs. */
  targetOf(token: TokenId): Promise<TokenTarget | null> {
    return this.#parts.store.tokenTarget(token)
  }

  async setTarget(token: TokenId, target: TokenTarget | null): Promise<void> {
    if (target) this.check(target.url)
    await this.#parts.store.setTokenTarget(token, target)
  }

  /**
   * Sends one `webhook.test` and says what came of it: to the given address, else the token's own; without a token to the
   * gateway's. It is tried once and kept nowhere.
   */
  async sendTest(token: TokenId | null, given?: string): Promise<TestResult> {
    const { clock, globalUrl } = this.#parts
    const url = given ?? (token === null ? globalUrl : (await this.targetOf(token))?.url)
    if (!url) throw new DrawbridgeError('invalid-request', 'There is no address to send a test to.')
    this.check(url)
    const at = clock.now()
    const id = `msg_${nanoid()}`
    const body = JSON.stringify({ type: 'webhook.test', timestamp: new Date(at).toISOString(), data: {} })
    const { secrets } = await this.secretsFor(token)
    const headers = signedHeaders({ id, at, body }, secrets)
    const { status, error } = await this.#poster.post(url, headers, body, this.#closing.signal)
    const delivered = status !== null && status >= 200 && status < 300
    return { id, url, delivered, status, ...(error === undefined ? {} : { error }) }
  }

  /** The attempts of a job's callbacks, oldest first. */
  log(job: JobId): Promise<AttemptRecord[]> {
    return this.#parts.store.log(job)
  }

  /** Tells everything that has happened to the job once more, to those of these scopes. Gives how many callbacks that makes. */
  async replay(id: JobId, scopes: readonly Scope[] = ['job', 'token', 'gateway']): Promise<number> {
    const job = await this.#parts.jobs.find(id)
    if (!job) throw new DrawbridgeError('job-unknown')
    const entries = await this.#parts.store.historyOf(job)
    const all = entries.flatMap((entry) => this.relay.deliveriesOf(entry))
    const deliveries = all.filter(({ target }) => scopes.includes(target.scope))
    await this.#parts.store.requeue(deliveries)
    this.sender.wake()
    return deliveries.length
  }
}
