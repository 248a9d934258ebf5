import type { Job } from '../jobs/job.ts'
import type { JobEvent } from './events.ts'

/** The body of a callback. `null`: this family says nothing about such an event. */
export type Render = (job: Job, event: JobEvent) => object | null

/** Our own shape: what happened, when, and the job as it stood then. */
export const renderNative: Render = (job, event) => ({
  type: event.type,
  timestamp: new Date(event.at).toISOString(),
  data: {
    id: job.id,
    root: job.root,
    state: job.state,
    kind: job.request.kind,
    ...('prompt' in job.request ? { prompt: job.request.prompt } : {}),
    lane: job.lane,
    queuedAt: new Date(job.queuedAt).toISOString(),
    ...(job.callback?.state === undefined ? {} : { callerState: job.callback.state }),
    ...detailOf(job),
  },
})

function detailOf(job: Job): object {
  switch (job.state) {
    case 'running':
      return { percent: job.track.percent ?? 0, previewUrl: job.track.previewUrl ?? null }
    case 'needs-input':
      return { question: job.question }
    case 'done':
      return { finishedAt: new Date(job.finishedAt).toISOString(), result: job.result }
    case 'failed':
    case 'cancelled':
      return { finishedAt: new Date(job.finishedAt).toISOString(), failure: job.failure }
    default:
      return {}
  }
}
