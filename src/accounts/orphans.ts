import type { AccountId } from '../ids.ts'
import { describeAction } from '../midjourney/actions.ts'
import type { BotMessage } from '../midjourney/parse/message.ts'
import { samePrompt } from '../midjourney/prompt/compare.ts'
import { isNewer } from '../midjourney/snowflake.ts'
import { type Candidate, uuidOf } from './correlation.ts'
import type { Orphan, OrphanCandidate } from './pool.ts'

/** What each likeness between a picture and a job is worth; ids that only the job's own messages have are worth it all. */
const worth = {
  nonce: 1,
  interaction: 1,
  'progress message': 1,
  uuid: 1,
  'clicked message': 0.4,
  prompt: 0.3,
  kind: 0.15,
  index: 0.1,
} as const

type Likeness = keyof typeof worth

/** A kind or an index alone says nothing. */
const leastScore = 0.3
const mostCandidates = 10

type Picture = BotMessage & { type: 'result' }

/** A picture that fits no job, or several, as operators see it. */
export function orphanOf(
  message: Picture,
  account: AccountId,
  candidates: readonly Candidate[],
  now: number,
): Orphan {
  const [image] = message.images
  return {
    id: message.id,
    account,
    at: now,
    prompt: message.prompt,
    kind: message.kind,
    url: image?.url ?? null,
    candidates: rankCandidates(message, candidates),
  }
}

/** The jobs that the picture may be of, likeliest first. The score, up to 1, is for a person's eyes: nothing acts on it. */
export function rankCandidates(message: Picture, candidates: readonly Candidate[]): OrphanCandidate[] {
  return candidates
    .filter((candidate) => !impossible(candidate, message))
    .map((candidate) => {
      const likenesses = likenessesOf(candidate, message)
      const score = likenesses.reduce((sum, likeness) => sum + worth[likeness], 0)
      return { job: candidate.id, score: Math.min(1, Math.round(score * 100) / 100), likenesses }
    })
    .filter(({ score }) => score >= leastScore)
    .sort((a, b) => b.score - a.score)
    .slice(0, mostCandidates)
}

/** It was there before the job was sent, or Midjourney says that it is another job's. */
function impossible({ track }: Candidate, message: Picture): boolean {
  const uuid = uuidOf(message)
  if (track.sentAfter !== undefined && !isNewer(message.id, track.sentAfter)) return true
  return track.uuid !== undefined && uuid !== null && track.uuid !== uuid
}

function likenessesOf({ request, track }: Candidate, message: Picture): Likeness[] {
  const uuid = uuidOf(message)
  const { progressId, interactionId } = track
  const action = request.kind === 'action' ? describeAction(request.customId) : null
  const clicked = request.kind === 'action' ? request.messageId : null
  const prompt = 'prompt' in request ? request.prompt : null
  const found: Record<Likeness, boolean> = {
    nonce: message.nonce !== null && track.nonces.includes(message.nonce),
    interaction: interactionId !== undefined && interactionId === message.interactionId,
    'progress message':
      progressId !== undefined && (progressId === message.referenceId || progressId === message.id),
    uuid: track.uuid !== undefined && track.uuid === uuid,
    'clicked message': clicked !== null && clicked === message.referenceId,
    prompt: prompt !== null && samePrompt(prompt, message.prompt),
    kind: action ? action.kinds.includes(message.kind) : request.kind === message.kind,
    index: action !== null && action.index !== null && action.index === message.index,
  }
  return (Object.keys(found) as Likeness[]).filter((likeness) => found[likeness])
}
