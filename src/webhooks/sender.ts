import { setTimeout as delay } from 'node:timers/promises'
import { Agent, type Dispatcher, request } from 'undici'
import type { Clock } from '../clock.ts'
import type { JobId } from '../ids.ts'
import type { Job } from '../jobs/job.ts'
import type { Log } from '../log.ts'
import { checkUrl, publicLookup, RefusedAddressError } from './address-guard.ts'
import { asOf } from './as-of.ts'
import type { Render } from './native.ts'
import type { AttemptRecord, Claim, Verdict, WebhookStore } from './ports.ts'
import { retryWait } from './schedule.ts'
import { signedHeaders } from './signature.ts'

/** A receiver has this long (ms) to answer, unless said otherwise. */
const usualPatienceMs = 15_000
/** Nobody else tries a claimed callback for so long (ms). */
const claimMs = 60_000
/** How many callbacks go to one origin at once, and in all. */
const atOnceToOne = 4
const lanesAtOnce = 32
/** How long (ms) is slept at most when nothing is due. */
const idleMs = 1_000
const mostRedirects = 3

interface SenderParts {
  store: WebhookStore
  jobs: { find(id: JobId): Promise<Job | null> }
  /** The bodies of each family; a shape that is not known gets the native one. */
  renderers: Readonly<Record<string, Render>>
  native: Render
  /** The secrets that sign a message, newest first; none: it goes unsigned. */
  secretsOf: (claim: Claim) => readonly string[]
  allowPrivate: boolean
  clock: Clock
  random: () => number
  /** How long (ms) a receiver has to answer. */
  answerWithinMs?: number
  log: Log
}

/** What came of one attempt. */
interface Attempted {
  status: number | null
  error?: string
  askedMs?: number
  refused?: true
}

/**
 * Sends the callbacks that are due: those of one job and target strictly one after the other, those of one origin a few at a
 * time, so that a receiver which is slow or gone holds up nobody but itself.
 */
export class Sender {
  readonly #parts: SenderParts
  readonly #agent: Agent
  readonly #patienceMs: number
  readonly #busy = new Map<string, number>()
  #wake = () => {}

  constructor(parts: SenderParts) {
    this.#parts = parts
    this.#patienceMs = parts.answerWithinMs ?? usualPatienceMs
    this.#agent = new Agent({
      connect: parts.allowPrivate ? {} : { lookup: publicLookup() },
      headersTimeout: this.#patienceMs,
      bodyTimeout: this.#patienceMs,
    })
  }

  /** Something may be due. */
  wake(): void {
    this.#wake()
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts
    while (!signal.aborted) {
      try {
        const waitMs = await this.#round(signal)
        if (waitMs > 0) await this.#sleep(Math.min(waitMs, idleMs), signal)
      } catch (error) {
        if (signal.aborted) break
        log.error({ err: error }, 'callbacks could not be sent')
        await clock.sleep(idleMs, signal).catch(() => {})
      }
    }
    await this.#agent.destroy()
  }

  /** Sends what is due now, and waits for it: for tests and for the last word before a stop. */
  async sendDue(): Promise<number> {
    let sent = 0
    for (const { lane, dueAt } of await this.#parts.store.lanes(lanesAtOnce)) {
      if (dueAt > this.#parts.clock.now()) continue
      const claims = await this.#parts.store.claim(lane, atOnceToOne, claimMs)
      await Promise.all(claims.map((claim) => this.#deliver(claim)))
      sent += claims.length
    }
    return sent
  }

  /** Starts what is due where there is room; gives how long (ms) until the next is. */
  async #round(signal: AbortSignal): Promise<number> {
    const { store, clock } = this.#parts
    let next = idleMs
    for (const { lane, dueAt } of await store.lanes(lanesAtOnce)) {
      const inMs = dueAt - clock.now()
      const room = atOnceToOne - (this.#busy.get(lane) ?? 0)
      if (inMs > 0) next = Math.min(next, inMs)
      if (inMs > 0 || room <= 0) continue
      const claims = await store.claim(lane, room, claimMs)
      for (const claim of claims) this.#start(claim, signal)
      if (claims.length > 0) next = 0
    }
    return next
  }

  #start(claim: Claim, signal: AbortSignal): void {
    const { lane } = claim
    this.#busy.set(lane, (this.#busy.get(lane) ?? 0) + 1)
    this.#deliver(claim)
      .catch((error) => {
        if (!signal.aborted) this.#parts.log.error({ err: error, jobId: claim.job }, 'callback not sent')
      })
      .finally(() => {
        const left = (this.#busy.get(lane) ?? 1) - 1
        if (left > 0) this.#busy.set(lane, left)
        else this.#busy.delete(lane)
        this.wake()
      })
  }

  async #deliver(claim: Claim): Promise<void> {
    const { store, jobs, clock } = this.#parts
    const job = await jobs.find(claim.job)
    const body = job && this.#bodyOf(job, claim)
    // The job is no longer kept, or its family says nothing about this.
    if (!body) return void (await store.settle(claim, { act: 'next' }))
    const at = clock.now()
    const began = performance.now()
    const attempted = await this.#post(claim, body)
    const { verdict, outcome } = this.#judge(claim, attempted)
    const record: AttemptRecord = {
      message: claim.message,
      url: claim.target.url,
      shape: claim.target.shape,
      scope: claim.target.scope,
      attempt: claim.attempt,
      at,
      tookMs: Math.round(performance.now() - began),
      status: attempted.status,
      ...(attempted.error === undefined ? {} : { error: attempted.error }),
      outcome,
      ...(verdict.act === 'later' ? { nextAt: verdict.at } : {}),
    }
    await store.settle(claim, verdict, record)
  }

  #bodyOf(job: Job, { message, target }: Claim): string | null {
    const event = { ...message.event, job: job.id }
    const render = this.#parts.renderers[target.shape] ?? this.#parts.native
    const body = render(asOf(job, event), event)
    return body === null ? null : JSON.stringify(body)
  }

  #judge(
    { attempt }: Claim,
    { status, askedMs = 0, refused }: Attempted,
  ): { verdict: Verdict; outcome: AttemptRecord['outcome'] } {
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

  async #post(claim: Claim, body: string): Promise<Attempted> {
    const { secretsOf, clock } = this.#parts
    const secrets = secretsOf(claim)
    const signed =
      secrets.length > 0
        ? signedHeaders({ id: claim.message.id, at: clock.now(), body }, secrets)
        : { 'webhook-id': claim.message.id }
    const headers = { 'content-type': 'application/json', 'user-agent': 'Drawbridge', ...signed }
    try {
      return await this.#send(claim.target.url, headers, body)
    } catch (error) {
      const refused = refusalIn(error)
      const text = error instanceof Error ? error.message : 'unknown failure'
      return { status: null, error: refused ?? text, ...(refused === null ? {} : { refused: true as const }) }
    }
  }

  async #send(url: string, headers: Record<string, string>, body: string): Promise<Attempted> {
    let place = new URL(url)
    for (let hop = 0; ; hop += 1) {
      checkUrl(place, this.#parts)
      const answer = await request(place, {
        method: 'POST',
        headers,
        body,
        dispatcher: this.#agent,
        signal: AbortSignal.timeout(this.#patienceMs),
      })
      const { location, 'retry-after': after } = answer.headers
      // What a receiver says does not matter; a little of it is read so that the connection can be kept.
      await drain(answer.body)
      const redirected = [301, 302, 307, 308].includes(answer.statusCode) && typeof location === 'string'
      if (!redirected || hop >= mostRedirects) {
        const askedMs = Number(after) * 1000
        return { status: answer.statusCode, ...(askedMs > 0 ? { askedMs } : {}) }
      }
      place = new URL(location, place)
    }
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    const rested = new AbortController()
    const either = AbortSignal.any([signal, rested.signal])
    await Promise.race([woken, delay(ms, undefined, { signal: either }).catch(() => {})])
    rested.abort()
  }
}

const mostDrained = 64 * 1024

async function drain(body: Dispatcher.ResponseData['body']): Promise<void> {
  let read = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    read += chunk.length
    if (read > mostDrained) break
  }
}

/** Why an address was refused, wherever in the chain of causes it stands. */
function refusalIn(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause)
    if (at instanceof RefusedAddressError) return at.message
  return null
}
