import type { JobId } from '../ids.ts'
import type { BotMessage } from '../midjourney/parse/message.ts'
import { samePrompt } from '../midjourney/prompt/compare.ts'
import { isNewer, snowflakeTime } from '../midjourney/snowflake.ts'
import { type Match, type Seen, uuidOf } from './correlation.ts'

/** How many ids, and how many drawings by hand, are remembered. */
const mostOwned = 2_000
const mostByHand = 200
/** A drawing by hand is over after this long (ms): as long as a relaxed one may take. */
const overAfterMs = 60 * 60_000

/** A drawing that somebody runs by hand, as its first message shows it. */
interface ByHand {
  uuid: string | null
  requesterId: string | null
  /** The message whose button was clicked. */
  clickedId: string | null
  prompt: string | null
}

/**
 * What was seen of drawings while they ran: whose each interaction, progress message and uuid is. It outlasts the ids that
 * a job has at the moment, because a further attempt begins with none.
 */
export class Sightings implements Seen {
  readonly #owners = new Map<string, JobId | null>()
  readonly #byHand = new Map<string, ByHand>()

  interaction(interactionId: string, job: JobId): void {
    this.#own(interactionId, job)
  }

  /** Keeps whose drawing a message shows: that of a job, or of somebody who works by hand, as a foreign nonce betrays. */
  message(message: BotMessage, match: Match): void {
    if (!['waiting', 'animating', 'progress', 'stopped'].includes(message.type)) return
    const byHand = match.match === 'none' && message.nonce !== null
    if (match.match !== 'job' && !byHand) return
    const uuid = uuidOf(message)
    const owner = match.match === 'job' ? match.id : null
    for (const id of [message.id, uuid]) if (id !== null) this.#own(id, owner)
    if (!byHand) return
    const { id, requesterId, referenceId: clickedId } = message
    const prompt = 'prompt' in message ? message.prompt : null
    this.#byHand.set(id, { uuid, requesterId, clickedId, prompt })
    trim(this.#byHand, mostByHand)
  }

  ownerOf(id: string): JobId | null | undefined {
    return this.#owners.get(id)
  }

  maybeByHand(message: BotMessage): boolean {
    return [...this.#byHand].some(([progressId, drawing]) => fits(message, progressId, drawing))
  }

  #own(id: string, owner: JobId | null): void {
    this.#owners.set(id, owner)
    trim(this.#owners, mostOwned)
  }
}

function fits(message: BotMessage, progressId: string, drawing: ByHand): boolean {
  const differs = (known: string | null, seen: string | null) =>
    known !== null && seen !== null && known !== seen
  if (differs(drawing.uuid, uuidOf(message)) || differs(drawing.requesterId, message.requesterId))
    return false
  if (!isNewer(message.id, progressId)) return false
  if (snowflakeTime(message.id) - snowflakeTime(progressId) > overAfterMs) return false
  if (drawing.clickedId !== null) return message.referenceId === drawing.clickedId
  if (message.referenceId !== null && message.referenceId !== progressId) return false
  return drawing.prompt !== null && isImagine(message) && samePrompt(drawing.prompt, message.prompt)
}

const isImagine = (message: BotMessage): message is BotMessage & { prompt: string } =>
  message.type === 'waiting' ? message.prefix === 'none' : 'kind' in message && message.kind === 'imagine'

function trim(
  collection: { size: number; keys(): Iterable<string>; delete(key: string): boolean },
  most: number,
): void {
  for (const key of collection.keys()) {
    if (collection.size <= most) return
    collection.delete(key)
  }
}
