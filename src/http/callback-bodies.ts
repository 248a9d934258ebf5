import type { Job } from '../jobs/job.ts'
import { type Render, renderNative } from '../webhooks/native.ts'
import { fromJob as mjProxyTask } from './dialects/mj-proxy/from-job.ts'
import { fromJob as submitTask } from './dialects/submit/from-job.ts'
import { callbackFor as triggerCallback } from './dialects/trigger/from-job.ts'

/** What each family's receivers are sent; the native shape is the webhooks' own. `shown` gives jobs links that stay. */
export const callbackBodies = (shown: (job: Job) => Job): Readonly<Record<string, Render>> => ({
  native: (job, event) => renderNative(shown(job), event),
  'mj-proxy': (job) => mjProxyTask(shown(job)),
  submit: (job) => submitTask(shown(job)),
  trigger: (job, event) => triggerCallback(shown(job), event),
})
