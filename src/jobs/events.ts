import type { JobId, TokenId } from '../ids.ts'

/** One entry of the pool's event log: something that happened to a job, in the order in which it happened. */
export interface JobEvent {
  /** Its place in the log; later events have higher ones (compare with `isLaterEvent`). */
  id: string
  /** The name of the transition, or `job-queued`. */
  name: string
  job: JobId
  token: TokenId | null
  /** When it happened (ms). */
  at: number
  /** Depends on the name: progress is JSON, `job-assigned` has the account. */
  data: string
}

export interface EventQuery {
  job?: JobId
  token?: TokenId
  /** The id of the last event that is known already, or of the first that is wanted; absent: what happens from now on. */
  after?: string
  from?: string
}

/** What followers need of a store; the scheduler fills it. */
export interface EventLog {
  /** Events as they happen, each once, until aborted. Those of the past that the log no longer holds are left out. */
  follow(query: EventQuery, signal: AbortSignal): AsyncIterable<JobEvent>
  /** What happened to one job from this event on, as far as the log still holds it. */
  ofJob(job: JobId, from: string): Promise<JobEvent[]>
}

/** Ids are `<ms>-<number>`. */
export function isLaterEvent(a: string, b: string): boolean {
  const [aMs = 0, aNumber = 0] = a.split('-').map(Number)
  const [bMs = 0, bNumber = 0] = b.split('-').map(Number)
  return aMs === bMs ? aNumber > bNumber : aMs > bMs
}

/** Whether the text can be an event's id. */
export const isEventId = (text: string): boolean => /^\d{1,15}-\d{1,15}$/.test(text)
