import type { ErrorCode } from '../errors.ts'
import type { AccountId, JobId, NodeId, TokenId } from '../ids.ts'
import type { HeldJob, Job, JobResult, Lane, Notice, Question, Track } from '../jobs/job.ts'
import type { AccountFacts, AccountOrder, AccountState, CommandReply, Orphan, QueueStatus } from './pool.ts'

/** A node's right to listen and send for an account. The epoch rises with each new holder and fences the former one. */
export interface Lease {
  account: AccountId
  node: NodeId
  epoch: number
}

/** What came of a change: `out-of-order` events are late, repeated or early, and change nothing. */
export type ChangeReply = 'written' | 'unknown' | 'out-of-order' | 'lease-lost' | 'not-due'

/** What may be written of a job while it keeps its slot. Absent fields stay. */
export interface JobFields {
  track?: Track
  notices?: Notice[]
  attempts?: number
  /** Milliseconds since the epoch; written just before the interaction is posted. */
  sendingAt?: number
  /** When the bot's first sign of life came (ms). */
  startedAt?: number
}

/** `unsent-returned` only moves a job that was not sent; `job-returned` one that the bot has surely not drawn. */
export type ReturnEvent = 'unsent-returned' | 'job-returned'

export interface JobChange {
  job: JobId
  event:
    | 'send-started'
    | 'reply-started'
    | 'send-accepted'
    | 'send-unconfirmed'
    | 'send-postponed'
    | 'progress-reported'
    | 'ids-learnt'
  fields?: JobFields
  /** The new deadline of the job, milliseconds since the epoch. */
  deadlineAt?: number
  /** What followers of the event log are told; absent for changes that only we care about. */
  tell?: string
}

export type JobEnding =
  | { job: JobId; event: 'job-finished'; result: JobResult; fields?: JobFields; followUp: boolean }
  | { job: JobId; event: 'job-failed'; code: ErrorCode; message: string; fields?: JobFields }
  /** The bot has stopped it, as its caller asked. */
  | {
      job: JobId
      event: 'job-stopped'
      code: ErrorCode
      message: string
      fields?: JobFields
      refund: boolean
    }

/** What an account is, as the pool file or the bot says; absent fields stay. */
export interface AccountFields {
  name?: string
  state?: AccountState
  reason?: string
  /** When a cool-down ends (ms); 0 for none. */
  until?: number
  mode?: Lane
  /** The mode of the pool file when it was read last: an edit there overrides what operators switched. */
  fileMode?: Lane
  lanes?: Lane[]
  slots?: number
  /** Jobs that somebody else runs on the account. */
  foreign?: number
  /** What /info said last. */
  facts?: AccountFacts
  /** Those of its lanes that it does not draw in, because the hours for them are gone. */
  resting?: Lane[]
  /** Relaxed jobs at a time, where the plan allows fewer than fast ones; 0 for no limit of their own. */
  relaxSlots?: number
  /** What a dead account died of: with its subscription it may live again. */
  cause?: 'token' | 'subscription' | ''
  weight?: number
  queueStatus?: QueueStatus
  queueStatusAt?: number
}

export interface StoredAccount {
  mode: Lane
  fileMode: Lane
  state: AccountState
  reason: string
  /** When a cool-down ends (ms); 0 for none. */
  until: number
  cause?: 'token' | 'subscription'
  facts: AccountFacts | null
  resting: Lane[]
  /** A node holds it now. */
  leased: boolean
}

/** Where a listener stopped: enough for another node to resume the gateway session and to read what it missed. */
export interface ListenerRecord {
  sessionId: string
  seq: number
  resumeUrl: string
  /** The newest message of the channel that has been handled; null before the first. */
  lastMessageId: string | null
}

/** Wakes the node that listens for an account. */
export type InboxEntry =
  | { type: 'job'; account: AccountId; job: JobId }
  | { type: 'order'; account: AccountId; id: string; order: AccountOrder }

/** What the account workers need of a store; the scheduler fills it. */
export interface AccountStore {
  find(job: JobId): Promise<Job | null>
  /** The jobs that hold a slot of the account. */
  held(account: AccountId): Promise<HeldJob[]>
  /** The pictures that the job needs when it is sent, in order. */
  blobs(job: JobId): Promise<Buffer[]>
  ofMessage(messageId: string): Promise<JobId | null>

  record(lease: Lease, change: JobChange): Promise<ChangeReply>
  finish(lease: Lease, ending: JobEnding): Promise<ChangeReply>
  giveBack(lease: Lease, job: JobId, why: string, event: ReturnEvent): Promise<ChangeReply>
  /** The job waits for an answer, without its slot. */
  ask(lease: Lease, job: JobId, question: Question, fields?: JobFields): Promise<ChangeReply>
  keepSeed(job: JobId, seed: string): Promise<void>
  /** A message that fits no job: kept for an operator, never guessed away. */
  addOrphan(orphan: Orphan): Promise<void>
  dropOrphan(id: string): Promise<void>
  /** Midjourney's moderation has refused a job: counted for the account and for the token. */
  countRefusal(account: AccountId, token: TokenId | null): Promise<void>
  /** Gives a failed job the picture that was found for it; `spent`: the use that went back is gone. */
  revive(lease: Lease, job: JobId, result: JobResult): Promise<ChangeReply | 'spent'>

  describeAccount(account: AccountId, fields: AccountFields, lease?: Lease): Promise<ChangeReply>
  /** What is kept of the account from earlier runs and other nodes; null when it is new. */
  storedAccount(account: AccountId): Promise<StoredAccount | null>
  knownAccounts(): Promise<AccountId[]>
  /** Moves what waits for fast hours that nobody has to the relaxed lane, where its token's policy allows; how many. */
  fallBack(): Promise<number>
  /** Fails what waits for an account that will not come back. */
  failPinned(account: AccountId, message: string): Promise<number>

  /** Takes or renews the lease for `leaseMs`; null while another node holds it. */
  takeLease(account: AccountId, node: NodeId, leaseMs: number): Promise<Lease | null>
  releaseLease(lease: Lease): Promise<void>
  /** Says that the node lives and returns how many do. */
  announce(node: NodeId, aliveMs: number): Promise<number>
  withdraw(node: NodeId): Promise<void>

  inbox(node: NodeId, signal: AbortSignal): AsyncIterable<InboxEntry>
  replyTo(command: string, reply: CommandReply): Promise<void>

  loadListener(account: AccountId): Promise<ListenerRecord | null>
  saveListener(lease: Lease, record: ListenerRecord): Promise<ChangeReply>
}
