import type { AccountId, JobId, TokenId } from '../ids.ts'
import type { Job, JobFailure, JobRequest, JobResult, JobState, Lane, Notice, Track } from '../jobs/job.ts'

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
        account: account as AccountId,
        result: JSON.parse(hash.outcome ?? '{}') as JobResult,
        finishedAt: Number(hash.finishedAt),
      }
    case 'failed':
    case 'cancelled':
      return {
        ...base,
        state,
        account,
        failure: JSON.parse(hash.outcome ?? '{}') as JobFailure,
        finishedAt: Number(hash.finishedAt),
      }
    default:
      return {
        ...base,
        state,
        account: account as AccountId,
        assignedAt: Number(hash.assignedAt),
        sendingAt: hash.sendingAt ? Number(hash.sendingAt) : null,
      }
  }
}
