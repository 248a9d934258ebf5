import type { Render } from '../webhooks/native.ts'
import { fromJob as mjProxyTask } from './dialects/mj-proxy/from-job.ts'
import { fromJob as submitTask } from './dialects/submit/from-job.ts'
import { callbackFor as triggerCallback } from './dialects/trigger/from-job.ts'

/** What each family's receivers are sent; the native shape is the webhooks' own. */
export const callbackBodies: Readonly<Record<string, Render>> = {
  'mj-proxy': (job) => mjProxyTask(job),
  submit: (job) => submitTask(job),
  trigger: (job, event) => triggerCallback(job, event),
}
