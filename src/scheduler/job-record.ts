import type { AccountId, JobId, TokenId } from '../ids.ts'
import type {
  About,
  Callback,
  Job,
  JobFailure,
  JobRequest,
  JobResult,
  JobState,
  Lane,
  Notice,
  Question,
  Track,
} from '../jobs/job.ts'

const noTrack: Track = { nonces: [] }

/** Reads a job from its Redis hash; null when there is none. */
export function jobFromHash(id: JobId, hash: Record<string, string>): Job | null {
  if (!hash.state) return null
  const base = {
    id,
    token: (hash.token || null) as TokenId | null,
    root: hash.root as JobId,
    request: JSON.parse(hash.request ?? '{}') as JobRequest,
    lane: hash.lane as Lane,
    charge: Number(hash.charge),
    queuedAt: Number(hash.queuedAt),
    notices: hash.notices ? (JSON.parse(hash.notices) as Notice[]) : [],
    attempts: Number(hash.attempts ?? 0),
    track: hash.track ? (JSON.parse(hash.track) as Track) : noTrack,
    seed: hash.seed ?? null,
    startedAt: timeOf(hash.startedAt),
    ...(hash.why ? { why: hash.why } : {}),
    ...(hash.firstEvent ? { firstEvent: hash.firstEvent } : {}),
    ...(hash.callback ? { callback: JSON.parse(hash.callback) as Callback } : {}),
    ...(hash.about ? { about: JSON.parse(hash.about) as About } : {}),
  }
  const ended = {
    finishedAt: Number(hash.finishedAt),
    takenAt: timeOf(hash.assignedAt),
    sentAt: timeOf(hash.sendingAt),
  }
  const account = (hash.account || null) as AccountId | null
  const state = hash.state as JobState
  switch (state) {
    case 'queued':
      return { ...base, state, account }
    case 'done':
      return {
        ...base,
        state,
        account,
        result: JSON.parse(hash.outcome ?? '{}') as JobResult,
        ...ended,
      }
    case 'needs-input':
      return { ...base, state, account, question: JSON.parse(hash.question ?? '{}') as Question }
    case 'failed':
    case 'cancelled':
      return {
        ...base,
        state,
        account,
        failure: JSON.parse(hash.outcome ?? '{}') as JobFailure,
        ...ended,
      }
    default:
      return {
        ...base,
        state,
        account: account as AccountId,
        assignedAt: Number(hash.assignedAt),
        sendingAt: timeOf(hash.sendingAt),
      }
  }
}

const timeOf = (text: string | undefined): number | null => (text ? Number(text) : null)
