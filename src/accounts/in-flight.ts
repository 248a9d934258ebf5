import type { JobId } from '../ids.ts'
import type { HeldJob, JobRequest } from '../jobs/job.ts'
import { describeAction } from '../midjourney/actions.ts'
import { type Candidate, confusable } from './correlation.ts'
import { Sightings } from './sightings.ts'

/** How many ended jobs are remembered, so that what comes late for them is not taken for another's. */
const mostEnded = 500

/**
 * The jobs of one account that hold a slot, as this node knows them: the mirror of what Redis has, plus the memory of the
 * last ended ones. Jobs that were not sent yet wait in `waiting`, in order.
 */
export class InFlight {
  readonly #jobs = new Map<JobId, HeldJob>()
  readonly #ended = new Map<JobId, Candidate>()
  readonly #resultMessages = new Set<string>()
  readonly sightings = new Sightings()
  readonly #strays = new Set<JobId>()

  get(id: JobId): HeldJob | undefined {
    return this.#jobs.get(id)
  }

  has(id: JobId): boolean {
    return this.#jobs.has(id)
  }

  all(): HeldJob[] {
    return [...this.#jobs.values()]
  }

  put(job: HeldJob): void {
    this.#jobs.set(job.id, job)
  }

  /** Forgets a job that went back to the queue or to another node. */
  drop(id: JobId): void {
    this.#jobs.delete(id)
  }

  /** An attempt of the job is given up of which nothing was heard: another one follows. */
  gaveUp(id: JobId): void {
    this.#strays.add(id)
    trim(this.#strays, mostEnded)
  }

  /**
   * Keeps the ids of a job that has ended; `messageId` shows its result, when it has one. `told`: the bot or Discord has
   * said how it ended, so that nothing more will come of it.
   */
  end(id: JobId, messageId: string | null, told = messageId !== null): void {
    const job = this.#jobs.get(id)
    this.#jobs.delete(id)
    if (messageId !== null) this.#resultMessages.add(messageId)
    if (job?.sendingAt) this.#ended.set(id, { ...this.#toCandidate(job), ended: true, told })
    trim(this.#ended, mostEnded)
    trim(this.#resultMessages, mostEnded)
  }

  /** Keeps which interaction a nonce became, also one of an earlier attempt. */
  interactionLearnt(nonce: string, interactionId: string): void {
    const owner = this.candidates().find(({ track }) => track.nonces.includes(nonce))
    if (owner) this.sightings.interaction(interactionId, owner.id)
  }

  /** The message shows a result that has been taken: what comes about it again is an edit or a repetition. */
  isResult(messageId: string): boolean {
    return this.#resultMessages.has(messageId)
  }

  /** Every job that a message could be about: those that were sent, and the last that ended. */
  candidates(): Candidate[] {
    const live = this.all().filter(wasSent)
    return [...live.map((job) => this.#toCandidate(job)), ...this.#ended.values()]
  }

  waiting(): HeldJob[] {
    return this.all().filter(({ state }) => state === 'assigned')
  }

  /** The jobs that Discord has taken, or may have. */
  started(): HeldJob[] {
    return this.all().filter(({ state }) => state !== 'assigned')
  }

  /** The job that pressed a button of this message which does nothing but edit it. */
  editing(messageId: string): HeldJob | undefined {
    return this.started().find(
      ({ request }) =>
        request.kind === 'action' &&
        request.messageId === messageId &&
        describeAction(request.customId).answer === 'edit',
    )
  }

  /** Whether the request must wait for a sent job that only its text would tell from this one. */
  mustWait(next: JobRequest, finalsReply: boolean): boolean {
    return this.started().some((job) => confusable(this.#toCandidate(job), asTold(next), { finalsReply }))
  }

  #toCandidate({ id, request, track }: HeldJob): Candidate {
    return { id, request: asTold(request), track, ended: false, strays: this.#strays.has(id) }
  }
}

/** Also one that was put off after an attempt: should that attempt have got through after all, its messages are known. */
const wasSent = (job: HeldJob): boolean => job.state !== 'assigned' || job.track.nonces.length > 0

/** Stands for the address of an uploaded picture, which only the bot's text will name. */
const someUrl = 'https://s.mj.run/picture'

/** The request as the bot will quote it: pictures are addresses in front of the prompt (protocol page §4.2, /blend). */
function asTold(request: JobRequest): JobRequest {
  if (request.kind === 'blend') return { kind: 'imagine', prompt: withUrls(request.pictures.length, '') }
  if (request.kind !== 'imagine' || !request.pictures) return request
  return { ...request, prompt: withUrls(request.pictures.length, request.prompt) }
}

const withUrls = (count: number, prompt: string): string =>
  [...new Array<string>(count).fill(someUrl), prompt].join(' ').trim()

function trim(
  collection: { size: number; keys(): Iterable<unknown>; delete(key: never): boolean },
  most: number,
): void {
  for (const key of collection.keys()) {
    if (collection.size <= most) return
    collection.delete(key as never)
  }
}
