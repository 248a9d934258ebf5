import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../clock.ts'
import type { JobId } from '../ids.ts'
import type { Job } from '../jobs/job.ts'
import type { Log } from '../log.ts'
import { asOf } from './as-of.ts'
import type { Render } from './native.ts'
import type { AttemptRecord, Claim, Outcome, Verdict, WebhookStore } from './ports.ts'
import type { Answer, Poster } from './post.ts'
import { retryWait } from './schedule.ts'
import { signedHeaders } from './signature.ts'

/** Nobody else tries a claimed callback for so long (ms); an attempt has to be over by then. */
const claimMs = 30_000
/** How many callbacks are under way at once to one origin that answers, and to all that do not. */
const mostToOne = 4
const mostToFailing = 128
/** How many due origins are looked at in one go. */
const page = 100
/** How long (ms) is slept at most: other nodes queue callbacks, too. */
const idleMs = 1_000
/** What waits for an origin that answers again is sent early, but so often (ms) at most. */
const hastenEveryMs = 5 * 60_000

interface SenderParts {
  store: WebhookStore
  jobs: { find(id: JobId): Promise<Job | null> }
  poster: Poster
  /** The bodies of each family; a shape that is not known gets the native one. */
  renderers: Readonly<Record<string, Render>>
  native: Render
  /** The secrets that sign a message, newest first. */
  secretsOf: (claim: Claim) => Promise<readonly string[]>
  clock: Clock
  random: () => number
  log: Log
}

/**
 * Sends the callbacks that are due: those of one job and target strictly one after the other, those of one origin a few at a
 * time. An origin that does not answer is asked one callback at a time, and all of those together leave room for the
 * rest, so that a receiver which is slow or gone holds up nobody but itself.
 */
export class Sender {
  readonly #parts: SenderParts
  readonly #busy = new Map<string, number>()
  /** Origins whose last answer was none or a fault of theirs. */
  readonly #failing = new Set<string>()
  readonly #hastenedAt = new Map<string, number>()
  readonly #underWay = new Set<Promise<void>>()
  #woken = false
  #wake = () => {}

  constructor(parts: SenderParts) {
    this.#parts = parts
  }

  /** Something may be due. */
  wake(): void {
    this.#woken = true
    this.#wake()
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, poster } = this.#parts
    while (!signal.aborted) {
      try {
        this.#woken = false
        if ((await this.startDue(signal)) > 0) continue
        const next = await this.#parts.store.nextDue()
        await this.#rest(Math.min(Math.max(1, next - clock.now()), idleMs), signal)
      } catch (error) {
        if (signal.aborted) break
        log.error({ err: error }, 'callbacks could not be sent')
        await clock.sleep(idleMs, signal).catch(() => {})
      }
    }
    await Promise.all(this.#underWay)
    await poster.close()
  }

  /** Starts what is due where there is room; gives how many callbacks that are. */
  async startDue(signal: AbortSignal): Promise<number> {
    const { store } = this.#parts
    let started = 0
    for (let skip = 0; !signal.aborted; skip += page) {
      const due = await store.dueLanes(skip, page)
      for (const lane of due) {
        const room = this.#roomFor(lane)
        if (room <= 0) continue
        const claims = await store.claim(lane, room, claimMs)
        for (const claim of claims) this.#start(claim, signal)
        started += claims.length
      }
      if (due.length < page) break
    }
    return started
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }

  #roomFor(lane: string): number {
    const busy = this.#busy.get(lane) ?? 0
    if (!this.#failing.has(lane)) return mostToOne - busy
    let busyFailing = 0
    for (const failing of this.#failing) busyFailing += this.#busy.get(failing) ?? 0
    return busyFailing < mostToFailing ? 1 - busy : 0
  }

  #start(claim: Claim, signal: AbortSignal): void {
    const { lane } = claim
    this.#busy.set(lane, (this.#busy.get(lane) ?? 0) + 1)
    const work = this.#deliver(claim, signal)
      .catch((error) => {
        this.#parts.log.error({ err: error, jobId: claim.job }, 'callback not sent')
      })
      .finally(() => {
        this.#underWay.delete(work)
        const left = (this.#busy.get(lane) ?? 1) - 1
        if (left > 0) this.#busy.set(lane, left)
        else this.#busy.delete(lane)
        this.wake()
      })
    this.#underWay.add(work)
  }

  async #deliver(claim: Claim, signal: AbortSignal): Promise<void> {
    const { store, jobs, clock, log, poster } = this.#parts
    const [job, secrets] = await Promise.all([jobs.find(claim.job), this.#parts.secretsOf(claim)])
    const at = clock.now()
    const began = performance.now()
    let answer: Answer
    try {
      const body = job && this.#bodyOf(job, claim)
      // The job is no longer kept, or its family says nothing about this.
      if (!body) return void (await store.settle(claim, { act: 'next' }))
      const headers = signedHeaders({ id: claim.message.id, at, body }, secrets)
      answer = await poster.post(claim.target.url, headers, body, signal)
    } catch (error) {
      // This node stops: whoever comes next makes the attempt again.
      if (signal.aborted) return void (await store.settle(claim, { act: 'release' }))
      log.error({ err: error, jobId: claim.job, shape: claim.target.shape }, 'callback has no body')
      answer = { status: null, error: 'the body could not be made' }
    }
    const { verdict, outcome } = this.#judge(claim, answer)
    const { status, error } = answer
    const record: AttemptRecord = {
      message: claim.message,
      url: claim.target.url,
      shape: claim.target.shape,
      scope: claim.target.scope,
      attempt: claim.attempt,
      at,
      tookMs: Math.round(performance.now() - began),
      status,
      ...(error === undefined ? {} : { error }),
      outcome,
      ...(verdict.act === 'later' ? { nextAt: verdict.at } : {}),
    }
    await store.settle(claim, verdict, record)
    if (outcome === 'given-up' || outcome === 'refused') {
      log.warn(
        { jobId: claim.job, origin: claim.lane, status, error, attempt: claim.attempt },
        `callback ${outcome}`,
      )
    }
    await this.#remember(claim.lane, status)
  }

  #bodyOf(job: Job, { message, target }: Claim): string | null {
    const event = { ...message.event, job: job.id }
    const render = this.#parts.renderers[target.shape] ?? this.#parts.native
    const body = render(asOf(job, event), event)
    return body === null ? null : JSON.stringify(body)
  }

  #judge(
    { attempt }: Claim,
    { status, askedMs = 0, refused }: Answer,
  ): { verdict: Verdict; outcome: Outcome } {
    const { clock, random } = this.#parts
    if (status !== null && status >= 200 && status < 300)
      return { verdict: { act: 'next' }, outcome: 'delivered' }
    if (refused) return { verdict: { act: 'stop' }, outcome: 'refused' }
    if (status === 410) return { verdict: { act: 'stop' }, outcome: 'gone' }
    const waitMs = retryWait(attempt, { status, askedMs, random })
    return waitMs === null
      ? { verdict: { act: 'next' }, outcome: 'given-up' }
      : { verdict: { act: 'later', at: clock.now() + waitMs }, outcome: 'retried' }
  }

  /** An origin that answers again gets at once what would wait for hours. */
  async #remember(lane: string, status: number | null): Promise<void> {
    if (status === null || status >= 500) {
      this.#failing.add(lane)
      return
    }
    if (!this.#failing.delete(lane)) return
    const { store, clock } = this.#parts
    if ((this.#hastenedAt.get(lane) ?? -Infinity) + hastenEveryMs > clock.now()) return
    if (this.#hastenedAt.size >= 1000) this.#hastenedAt.clear()
    this.#hastenedAt.set(lane, clock.now())
    await store.hasten(lane)
  }

  async #rest(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#woken) return
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    await delay(ms, undefined, { signal: AbortSignal.any([signal, woken.signal]) }).catch(() => {})
  }
}
