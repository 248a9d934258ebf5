import type { JobId } from '../ids.ts'
import type { JobEventName } from '../jobs/transitions.ts'

/** What receivers are told of, in the words of the native shape; filters name these. */
export const eventTypes = [
  'job.queued',
  'job.assigned',
  'job.sent',
  'job.progress',
  'job.input-needed',
  'job.finished',
  'job.failed',
  'job.cancelled',
] as const
export type EventType = (typeof eventTypes)[number]

/** Which entries of the event log are told; the rest is our own bookkeeping. */
const typeOf = {
  'job-queued': 'job.queued',
  'unsent-returned': 'job.queued',
  'job-returned': 'job.queued',
  'input-given': 'job.queued',
  'job-assigned': 'job.assigned',
  'send-accepted': 'job.sent',
  'progress-reported': 'job.progress',
  'input-needed': 'job.input-needed',
  'job-finished': 'job.finished',
  'batch-made': 'job.finished',
  'job-failed': 'job.failed',
  'job-cancelled': 'job.cancelled',
  'job-stopped': 'job.cancelled',
} as const satisfies Partial<Record<JobEventName | 'job-queued', EventType>>

/** One entry of the event log that is told. */
export interface JobEvent {
  /** Its place in the log; events of one job are told in this order. */
  id: string
  type: EventType
  job: JobId
  /** When it happened (ms). */
  at: number
  /** What the log holds besides: progress and questions as JSON, the account that took the job. */
  data: string
}

/** The type that an entry of the log is told as; null for our own bookkeeping. */
export const eventTypeOf = (name: string): EventType | null =>
  Object.hasOwn(typeOf, name) ? typeOf[name as keyof typeof typeOf] : null

/** The names of all entries that are told. */
export const toldNames: readonly string[] = Object.keys(typeOf)

/** Nothing follows it; it is never left out. */
export const isLast = (type: EventType): boolean =>
  type === 'job.finished' || type === 'job.failed' || type === 'job.cancelled'

/** Whether a target with this filter is told of the event; a filter that is empty or absent lets everything through. */
export const passes = (filter: readonly string[] | undefined, type: EventType): boolean =>
  filter === undefined || filter.length === 0 || filter.includes(type)
