import type { AccountId } from '../ids.ts'
import { isHeld, type Job, type Question } from '../jobs/job.ts'
import type { JobEvent } from './events.ts'

/**
 * The job as it stood when the event happened. The log says what changed, the store how the job stands now: a callback that
 * is sent late must not show a state that came after it.
 */
export function asOf(job: Job, event: JobEvent): Job {
  const { id, token, root, request, lane, charge, queuedAt, attempts, seed, startedAt, callback, about } = job
  const notices = job.notices.filter((notice) => notice.at <= event.at)
  const known = { id, token, root, request, lane, charge, queuedAt, attempts, seed, startedAt, notices }
  const base = {
    ...known,
    ...(callback === undefined ? {} : { callback }),
    ...(about === undefined ? {} : { about }),
  }
  const { percent: _, previewUrl: __, ...track } = job.track
  const held = { ...base, account: job.account as AccountId, ...heldTimes(job) }
  switch (event.type) {
    case 'job.queued':
      return { ...base, state: 'queued', account: null, track: { nonces: [] } }
    case 'job.assigned':
      return {
        ...base,
        state: 'assigned',
        account: event.data as AccountId,
        track: { nonces: [] },
        assignedAt: event.at,
        sendingAt: null,
      }
    case 'job.sent':
      return { ...held, state: 'sent', track }
    case 'job.progress':
      return { ...held, state: 'running', track: { ...track, ...seenIn(event.data) } }
    case 'job.input-needed':
      return { ...base, state: 'needs-input', account: job.account, track, question: questionOf(job, event) }
    default:
      return job
  }
}

function heldTimes(job: Job): { assignedAt: number; sendingAt: number | null } {
  if (isHeld(job)) return { assignedAt: job.assignedAt, sendingAt: job.sendingAt }
  const { takenAt = null, sentAt = null } = 'takenAt' in job ? job : {}
  return { assignedAt: takenAt ?? job.queuedAt, sendingAt: sentAt }
}

function seenIn(data: string): { percent?: number; previewUrl?: string } {
  const { percent, previewUrl }: { percent?: unknown; previewUrl?: unknown } = JSON.parse(data || '{}')
  return {
    ...(typeof percent === 'number' ? { percent } : {}),
    ...(typeof previewUrl === 'string' ? { previewUrl } : {}),
  }
}

function questionOf(job: Job, { at, data }: JobEvent): Question {
  if (data !== '') return JSON.parse(data) as Question
  if (job.state === 'needs-input') return job.question
  return { dialog: 'other', title: '', fields: [], askedAt: at, until: at }
}
