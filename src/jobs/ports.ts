import type { ErrorCode } from '../errors.ts'
import type { AccountId, JobId, TokenId } from '../ids.ts'
import type { About, Callback, Job, JobRequest, JobResult, Lane, Picture, Question } from './job.ts'

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
  /** What makes a request the same, where `request` may differ: the prompt as it was written. */
  asked?: string
  /** The job waits for an answer before it is queued at all. */
  question?: Question
  callback?: Callback
  about?: About
}

export type SubmitReply =
  | { accepted: true; id: JobId; lane: Lane; account: AccountId | null; repeated: boolean }
  | { accepted: false; code: ErrorCode }

/** A part of a list of jobs, newest first. */
export interface Page {
  jobs: Job[]
  /** Where the next part begins; null after the last. */
  next: string | null
}

export interface PageQuery {
  /** Only this token's jobs; null for everybody's. */
  token: TokenId | null
  /** 1 to 100. */
  limit: number
  /** `next` of the part before. */
  cursor?: string
}

/** Where a waiting job stands. */
export interface QueuePlace {
  /** How many stand before it in its queue. */
  position: number
  /** About how long (ms) until it is drawn, from how long others took; null while nothing is known. */
  etaMs: number | null
}

/** What came of a caller's change: `too-late` when the job's state no longer allows it. */
export type CallerChange = 'written' | 'too-late' | 'unknown'

/** What is asked of the node that listens for a job's account. */
export type Errand =
  | { do: 'stop'; job: JobId }
  | { do: 'seed'; job: JobId }
  /** Puts pictures, kept as blobs under this id, on Discord; the answer is their addresses, a line each. */
  | { do: 'upload'; blobs: JobId; pictures: Picture[] }
  /** Fetches a picture of Discord's CDN; the answer is its bytes in base64. */
  | { do: 'fetch'; url: string }

export type ErrandReply = { done: true; text: string } | { done: false; code: ErrorCode; message: string }

/** What the core needs of a store; the scheduler fills it. */
export interface JobStore {
  submit(submission: Submission): Promise<SubmitReply>
  find(id: JobId): Promise<Job | null>
  /** All jobs of the line that `root` began, in the order they were submitted. */
  line(root: JobId): Promise<Job[]>
  /** Jobs by the time of their submission; a bad cursor is `invalid-request`. */
  page(query: PageQuery): Promise<Page>
  /** Whether the token has used this idempotency key before. */
  repeats(token: TokenId | null, idempotencyKey: string): Promise<boolean>
  /** The job that a family gave this id. */
  ofAlias(family: string, alias: string): Promise<JobId | null>
  /** The job whose final message this is. */
  ofMessage(messageId: string): Promise<JobId | null>
  /** The finished jobs of a token, oldest first; bounded by the retention. */
  history(token: TokenId): Promise<Job[]>
  /** Where the job stands in its queue; null when it waits in none. */
  place(job: Job): Promise<QueuePlace | null>
  /** How many jobs wait for an account. */
  waiting(): Promise<number>
  /** Pictures that a job needs before it is sent, replacing those kept before; gone when the job is. */
  putBlobs(id: JobId, pictures: readonly Uint8Array[], keptMs?: number): Promise<void>
  blobs(id: JobId): Promise<Buffer[]>
  /** For a job that was refused. */
  dropBlobs(id: JobId): Promise<void>
  /** Ends a job that Discord has not seen, and gives its use back. */
  cancel(id: JobId, message: string): Promise<CallerChange>
  /** Queues a job that waited for an answer, with the request that now holds it. */
  answer(id: JobId, request: JobRequest): Promise<CallerChange>
  /** Ends a batch whose jobs are queued. */
  batchMade(id: JobId, result: JobResult): Promise<CallerChange>
  /** An account that works; null when there is none. */
  anyAccount(): Promise<AccountId | null>
  /** Has the account's node do something now, and waits for it. */
  errand(account: AccountId, errand: Errand): Promise<ErrandReply>
}

/** What is drawn in a prompt's place. */
export interface PreparedPrompt {
  prompt: string
  /** Sentences for the caller about what was let through. */
  warnings: string[]
}

/** What is done with a prompt before it is submitted, as its token's policy says. */
export interface PromptServices {
  /** Throws `banned-word` or `translation-failed`. */
  prepare(prompt: string, token: TokenId | null): Promise<PreparedPrompt>
}

/** What Midjourney makes of a prompt, as far as it can be told before it is sent. */
export interface PromptRules {
  /**
   * Why Midjourney would refuse it, for the caller; null when nothing is known against it. So many pictures will stand in
   * front of it.
   */
  objection(prompt: string, pictures: number): string | null
  /** The prompts of the jobs that it stands for: several for permutations and `--repeat`, else itself. */
  expand(prompt: string): string[]
}
