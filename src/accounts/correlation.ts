import type { JobId } from '../ids.ts'
import type { JobRequest, Track } from '../jobs/job.ts'
import { describeAction } from '../midjourney/actions.ts'
import type { BotMessage } from '../midjourney/parse/message.ts'
import { samePrompt } from '../midjourney/prompt/compare.ts'
import { isNewer, snowflakeTime } from '../midjourney/snowflake.ts'

/** A job that was sent on this channel, with all that can tie a message to it. */
export interface Candidate {
  id: JobId
  request: JobRequest
  track: Track
  /** It has ended: what comes late may still be its, so it keeps others from being mistaken. */
  ended: boolean
  /** The bot has told how it ended: no message about it is still to come. */
  told?: boolean
  /** An earlier attempt was given up unheard. Should the bot have taken it after all, no id of what it makes is known. */
  strays?: boolean
}

export type Tie = 'nonce' | 'interaction' | 'progress-message' | 'uuid' | 'reference' | 'prompt'

type JobMatch = { match: 'job'; id: JobId; by: Tie }

export type Match =
  | JobMatch
  /** Somebody else's, or an old one. */
  | { match: 'none' }
  /** It fits several jobs equally well. It is nobody's until more is known. */
  | { match: 'ambiguous'; ids: JobId[] }

/** What earlier messages have told. */
export interface Seen {
  /** Whose an interaction, a progress message or a uuid is: a job's, or null for what somebody runs by hand. */
  ownerOf(id: string): JobId | null | undefined
  /** Whether nothing but a guess tells the message from one of a drawing that somebody runs by hand. */
  maybeByHand(message: BotMessage): boolean
}

const nothingSeen: Seen = { ownerOf: () => undefined, maybeByHand: () => false }

/**
 * Says which job a message belongs to, by the order of trust of protocol page §4.6: our nonce, the interaction, the
 * progress message, Midjourney's own uuid, the message replied to, and only then the text, and the text only when a
 * single job can be meant. A candidate that any id contradicts is out from the start.
 */
export function correlate(
  message: BotMessage,
  candidates: readonly Candidate[],
  { userId, seen = nothingSeen }: { userId: string | null; seen?: Seen },
): Match {
  // An ended job never takes what is a live one's.
  const [ended, live] = [candidates.filter((one) => one.ended), candidates.filter((one) => !one.ended)]
  const exact = exactTie(message, live) ?? exactTie(message, ended)
  if (exact) return unlessDrawnFor(exact, message, candidates, seen)
  // A nonce that is not ours was made by another client of the account or by another user's.
  if (message.nonce !== null) return { match: 'none' }
  if (userId !== null && message.requesterId !== null && message.requesterId !== userId)
    return { match: 'none' }
  const known = seenBefore(message, seen)
  if (known) return known
  const possible = candidates.flatMap((candidate) => asPossible(candidate, message) ?? [])
  const likely =
    only(possible, 'reference', (candidate) => repliesTo(candidate, message)) ??
    only(possible, 'prompt', (candidate) => readsLike(candidate, message))
  if (likely?.match === 'job' && seen.maybeByHand(message)) return { match: 'ambiguous', ids: [likely.id] }
  return likely ?? { match: 'none' }
}

function exactTie(message: BotMessage, candidates: readonly Candidate[]): JobMatch | null {
  const uuid = uuidOf(message)
  const ties: [Tie, (track: Track, candidate: Candidate) => boolean][] = [
    ['nonce', (track) => message.nonce !== null && track.nonces.includes(message.nonce)],
    [
      'interaction',
      ({ interactionId }) =>
        interactionId !== undefined &&
        (interactionId === message.interactionId || interactionId === message.triggeringInteractionId),
    ],
    [
      'progress-message',
      ({ progressId }, candidate) =>
        progressId !== undefined &&
        (progressId === message.id || (progressId === message.referenceId && !isClickedLater(candidate))),
    ],
    ['uuid', (track) => track.uuid !== undefined && track.uuid === uuid],
  ]
  for (const [by, ties_] of ties) {
    const found = candidates.find((candidate) => ties_(candidate.track, candidate))
    if (found) return { match: 'job', id: found.id, by }
  }
  return null
}

/**
 * A picture has Midjourney's id of its job. Where that is another than the tied job's, or is known to be another job's, the
 * message contradicts itself, and an operator has to say whose it is.
 */
function unlessDrawnFor(
  tied: JobMatch,
  message: BotMessage,
  candidates: readonly Candidate[],
  seen: Seen,
): Match {
  const uuid = uuidOf(message)
  if (message.type !== 'result' || uuid === null || tied.by === 'uuid') return tied
  const mine = candidates.find(({ id }) => id === tied.id)
  const drawn = seen.ownerOf(uuid)
  if (mine?.track.uuid === uuid || drawn === tied.id) return tied
  const owner = candidates.find(({ track, request }) => track.uuid === uuid && request.kind !== 'show')
  if (owner) return { match: 'ambiguous', ids: [tied.id, owner.id] }
  const contradicted = mine?.track.uuid !== undefined || drawn !== undefined
  return contradicted ? { match: 'ambiguous', ids: [tied.id] } : tied
}

/** By what earlier messages have told of the same drawing: also of an attempt that another one has followed. */
function seenBefore(message: BotMessage, seen: Seen): Match | null {
  const ids: [Tie, string | null][] = [
    ['progress-message', message.id],
    ['progress-message', message.referenceId],
    ['interaction', message.interactionId],
    ['interaction', message.triggeringInteractionId],
    ['uuid', uuidOf(message)],
  ]
  for (const [by, id] of ids) {
    const owner = id === null ? undefined : seen.ownerOf(id)
    if (owner !== undefined) return owner === null ? { match: 'none' } : { match: 'job', id: owner, by }
  }
  return null
}

/** Its progress message has become its result: what replies to it now comes of a click on one of its buttons. */
const isClickedLater = ({ request, ended }: Candidate): boolean =>
  ended && (request.kind === 'describe' || request.kind === 'shorten' || request.kind === 'show')

function only(
  candidates: readonly Possible[],
  by: Tie,
  fits: (candidate: Candidate) => boolean,
): Match | null {
  const fitting = candidates.filter(fits)
  const [first, ...others] = fitting
  if (!first) return null
  // By its words alone a button's picture is never known, only kept from others.
  const doubtful = first.stray || (by === 'prompt' && first.request.kind === 'action')
  if (others.length > 0 || doubtful) return { match: 'ambiguous', ids: fitting.map(({ id }) => id) }
  return { match: 'job', id: first.id, by }
}

/** Midjourney's id of the job that the message is about, as far as it tells. */
export const uuidOf = (message: BotMessage): string | null =>
  message.cancelJobUuid ?? ('jobUuid' in message ? message.jobUuid : null)

/** How long (ms) after its job was sent again a stray may still come: as long as a relaxed job may take. */
const strayWithinMs = 60 * 60_000

/** `stray`: only an attempt that was given up can have made the message; that it did is never taken for granted. */
type Possible = Candidate & { stray?: true }

/** The job as it may be meant although no id says so; null when it cannot be. */
function asPossible(candidate: Candidate, message: BotMessage): Possible | null {
  const { ended, told, strays, track } = candidate
  if (!(ended && told) && !contradicts(candidate, message) && !(strays && track.uuid !== undefined)) {
    return candidate
  }
  if (!strays || isLaterThan(message.id, track.sentAfter, strayWithinMs)) return null
  return { ...candidate, track: { nonces: track.nonces }, stray: true }
}

const isLaterThan = (id: string, start: string | undefined, ms: number): boolean =>
  start !== undefined && snowflakeTime(id) - snowflakeTime(start) > ms

function contradicts({ track, request }: Candidate, message: BotMessage): boolean {
  const uuid = uuidOf(message)
  const differs = (known: string | undefined, seen: string | null) =>
    known !== undefined && seen !== null && known !== seen
  if (differs(track.uuid, uuid) || differs(track.interactionId, message.interactionId)) return true
  // Made before the job was sent; by Discord's own order, so that no two clocks are compared.
  if (track.sentAfter !== undefined && !isNewer(message.id, track.sentAfter)) return true
  if (message.type === 'result') {
    // An imagine's final replies to its progress message, or, in the older form, to nothing.
    if (request.kind !== 'imagine' || message.referenceId === null) return false
    const tooOld = track.sentAfter !== undefined && !isNewer(message.referenceId, track.sentAfter)
    return tooOld || differs(track.progressId, message.referenceId)
  }
  // Everything before the final happens in one message.
  return track.progressId !== undefined && track.progressId !== message.id && message.type !== 'notice'
}

/** What a button makes replies to the message that holds the button. */
function repliesTo({ request }: Candidate, message: BotMessage): boolean {
  if (request.kind !== 'action' || message.referenceId !== request.messageId) return false
  const { waiting, kinds, index, answer } = describeAction(request.customId)
  // A button that we have never seen may make anything.
  const anything = answer === 'unknown'
  const sameIndex =
    !('index' in message) || message.index === null || index === null || message.index === index
  switch (message.type) {
    case 'waiting':
      return (anything || message.prefix === waiting) && sameIndex
    case 'progress':
    case 'result':
      return (anything || kinds.includes(message.kind)) && sameIndex
    case 'reply':
      return anything || answer === 'text'
    case 'stopped':
    case 'notice':
    case 'thinking':
    case 'animating':
      return true
    default:
      return false
  }
}

/** The weakest tie: the same words, asked for by us, of the same kind, for a job that no message is known of yet. */
function readsLike({ request, track }: Candidate, message: BotMessage): boolean {
  if (request.kind === 'describe') return message.type === 'described' && track.progressId === undefined
  if (drawsLikeImagine(request)) {
    const bare = message.type === 'result' && message.referenceId === null
    return bare && message.kind === 'imagine' && samePrompt(request.prompt, message.prompt)
  }
  if (request.kind !== 'imagine') return false
  switch (message.type) {
    case 'waiting':
      return (
        message.prefix === 'none' &&
        message.referenceId === null &&
        samePrompt(request.prompt, message.prompt)
      )
    case 'progress':
      return (
        message.kind === 'imagine' &&
        message.referenceId === null &&
        samePrompt(request.prompt, message.prompt)
      )
    case 'result':
      return (
        message.kind === 'imagine' && track.uuid === undefined && samePrompt(request.prompt, message.prompt)
      )
    case 'notice':
      return message.footer !== null && samePrompt(`/imagine ${request.prompt}`, message.footer)
    default:
      return false
  }
}

/** A button whose pictures read like those of a prompt: a grid that is drawn anew. */
const drawsLikeImagine = (request: JobRequest): request is JobRequest & { kind: 'action' } =>
  request.kind === 'action' && describeAction(request.customId).kinds.includes('imagine')

const promptOf = (request: JobRequest): string => ('prompt' in request ? request.prompt : '')

/**
 * Whether `next` must wait until more is known of `sent`, because nothing but the text could tell their messages apart.
 * `finalsReply`: this bot's finals name the progress message, which is then enough.
 */
export function confusable(
  sent: Candidate,
  next: JobRequest,
  { finalsReply }: { finalsReply: boolean },
): boolean {
  const { request, track } = sent
  if (track.uuid !== undefined) return false
  // Finals that reply to nothing read the same, whether a prompt was drawn or a grid drawn anew.
  if (
    drawsLikeImagine(request) ? next.kind === 'imagine' : drawsLikeImagine(next) && request.kind === 'imagine'
  ) {
    return !finalsReply && samePrompt(promptOf(request), promptOf(next))
  }
  if (request.kind === 'imagine' && next.kind === 'imagine') {
    const distinct = finalsReply && track.progressId !== undefined
    return !distinct && samePrompt(request.prompt, next.prompt)
  }
  if (request.kind === 'describe' && next.kind === 'describe') return track.progressId === undefined
  if (request.kind !== 'action' || next.kind !== 'action' || request.messageId !== next.messageId)
    return false
  const [a, b] = [describeAction(request.customId), describeAction(next.customId)]
  const toldByIndex = a.action === 'upscale' && b.action === 'upscale' && a.index !== b.index
  const anything = a.answer === 'unknown' || b.answer === 'unknown'
  return !toldByIndex && (anything || a.kinds.some((kind) => b.kinds.includes(kind)))
}
