import { isFinished, type Job, type JobState } from '../../../jobs/job.ts'
import { lastUuid } from './hash.ts'
import type { Task } from './schema.ts'

const statusOf: Record<JobState, Task['status']> = {
  queued: 'NOT_START',
  assigned: 'NOT_START',
  sending: 'IN_PROGRESS',
  unconfirmed: 'IN_PROGRESS',
  sent: 'IN_PROGRESS',
  running: 'IN_PROGRESS',
  'needs-input': 'IN_PROGRESS',
  done: 'SUCCESS',
  failed: 'FAILURE',
  cancelled: 'FAILURE',
}

/** A job as this family's record: what is not known yet is an empty string, never null. */
export function fromJob(job: Job): Task {
  const notes = job.about?.notes ?? {}
  const drawn = notes.promptEn ?? ('prompt' in job.request ? job.request.prompt : '')
  const url = job.state === 'done' ? (job.result.url ?? '') : ''
  return {
    _id: job.about?.alias ?? job.id,
    index: notes.index ?? '',
    action: notes.action ?? '',
    prompt: notes.prompt ?? job.about?.original ?? drawn,
    promptEn: drawn,
    // While it waits the parent's id, afterwards the message: clients of this family read both here.
    taskId: job.state === 'done' ? job.result.messageId : (notes.taskId ?? ''),
    uri: url,
    hash: url === '' ? '' : lastUuid(url),
    content: job.state === 'done' ? job.result.prompt : drawn,
    progress: job.state === 'done' ? 'done' : '',
    description: `/imagine ${drawn}`,
    submitTime: startOf(job) ?? '',
    finishTime: isFinished(job) ? job.finishedAt : '',
    creationTime: job.queuedAt,
    state: job.about?.state ?? '',
    notifyHook: job.callback?.url ?? '',
    imageUrl: url,
    status: statusOf[job.state],
  }
}

function startOf(job: Job): number | null {
  if (isFinished(job)) return job.sentAt ?? job.takenAt ?? job.finishedAt
  return 'sendingAt' in job ? job.sendingAt : null
}
