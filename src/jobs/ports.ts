import type { ErrorCode } from '../errors.ts'
import type { AccountId, JobId, TokenId } from '../ids.ts'
import type { Job, JobRequest, Lane } from './job.ts'

/** One job to put on the queue. Everything that depends on it happens in the same atomic step. */
export interface Submission {
  id: JobId
  /** Whose quota is charged; null for work that needs no token. */
  token: TokenId | null
  charge: 0 | 1
  request: JobRequest
  /** The first job of the line; the job's own id when it starts one. */
  root: JobId
  /** `policy`: what the token's mode policy says; else the lanes that will do, best first. */
  lanes: 'policy' | readonly Lane[]
  /** Follow-ups run on the account that owns the message. */
  account: AccountId | null
  /** The same key with the same request gives the same job again; with another request it is refused. */
  idempotencyKey?: string
}

export type SubmitReply =
  | { accepted: true; id: JobId; lane: Lane; account: AccountId | null; repeated: boolean }
  | { accepted: false; code: ErrorCode }

/** A finished picture in a token's history. */
export interface HistoryEntry {
  root: JobId
  url: string
}

/** What the core needs of a store; the scheduler fills it. */
export interface JobStore {
  submit(submission: Submission): Promise<SubmitReply>
  find(id: JobId): Promise<Job | null>
  /** All jobs of the line that `root` began, in the order they were submitted. */
  line(root: JobId): Promise<Job[]>
  /** The job whose final message this is. */
  ofMessage(messageId: string): Promise<JobId | null>
  /** The pictures that a token has drawn, oldest first; bounded by the retention. */
  history(token: TokenId): Promise<HistoryEntry[]>
  /** How many jobs wait for an account. */
  waiting(): Promise<number>
  /** Bytes that a job needs before it is sent; gone when the job is. */
  putBlob(id: JobId, bytes: Uint8Array): Promise<void>
  /** For a job that was refused. */
  dropBlob(id: JobId): Promise<void>
}
