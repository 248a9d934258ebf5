import type { JobId, TokenId } from '../ids.ts'
import type { Callback, Job } from '../jobs/job.ts'
import type { EventType } from './events.ts'

/** Whom events of a job are told to. */
export interface Target {
  url: string
  /** The API family whose body is sent. */
  shape: string
  /** Absent or empty: all of them. */
  events?: readonly string[]
  /** Who named it; decides the secret that signs. */
  scope: 'job' | 'token' | 'gateway'
}

/** Whom a token's owner wishes to be told of all its jobs. */
export interface TokenTarget {
  url: string
  /** Absent or empty: all events. */
  events?: readonly string[]
}

/** How often a token's secret was rotated, and which before it still sign, newest first, each until its time (ms). */
export interface SecretTurn {
  turn: number
  previous: { turn: number; until: number }[]
}

/** An entry of the event log with what is needed to tell whom it concerns. */
export interface LogEntry {
  id: string
  name: string
  job: JobId
  token: TokenId | null
  at: number
  data: string
  callback: Callback | null
  tokenTarget: TokenTarget | null
}

/** Which entries are asked for. */
export interface LogQuery {
  /** So many are looked at, at most. */
  most: number
  /** The names that are told; the rest is left out. */
  told: readonly string[]
  /** Whether somebody is told of every job; else those are left out that concern nobody. */
  everybody: boolean
}

/** Entries that were not passed on yet, of those after `from`, up to and with `to`. Without any they count as passed on. */
export interface LogBatch {
  from: string
  to: string
  entries: LogEntry[]
}

/** One event on its way to one target. Its id is the `webhook-id` of each attempt. */
export interface Message {
  id: string
  event: { id: string; type: EventType; at: number; data: string }
  token: TokenId | null
}

/**
 * A message with its place: messages of one `chain` (a job and a target) go out one after the other; chains of one `lane`
 * (an origin) share the connections to it.
 */
export interface Delivery {
  job: JobId
  chain: string
  lane: string
  target: Target
  message: Message
}

/** A delivery that this node may try now; nobody else does until `claimMs` have passed. */
export interface Claim extends Delivery {
  claim: string
  /** Which attempt it is, from 1. */
  attempt: number
}

export type Outcome = 'delivered' | 'retried' | 'given-up' | 'gone' | 'refused'

/** One attempt, as the delivery log of a job keeps it. */
export interface AttemptRecord {
  message: Message
  url: string
  shape: string
  scope: Target['scope']
  attempt: number
  /** When it began (ms), and how long it took. */
  at: number
  tookMs: number
  /** Null: there was no answer. */
  status: number | null
  error?: string
  outcome: Outcome
  /** When the next attempt is due (ms). */
  nextAt?: number
}

/**
 * What becomes of a claim: the chain's `next` message has its turn, the same one `later`, the chain ends
 * (`stop`), or the attempt was not made after all (`release`).
 */
export type Verdict = { act: 'next' } | { act: 'later'; at: number } | { act: 'stop' } | { act: 'release' }

/** What the part needs of a store; the scheduler fills it. */
export interface WebhookStore {
  /** Whether `holder` may pass on events for the next `leaseMs`; nobody else may meanwhile. */
  lead(holder: string, leaseMs: number): Promise<boolean>
  /** Lets go of all that passing on took. */
  endLead(holder: string): Promise<void>
  /** Entries that were not passed on yet. Only what happens after the very first call counts. */
  read(query: LogQuery): Promise<LogBatch>
  /** Resolves when there may be entries after `id`, or after `atMostMs`. */
  waitForEntries(id: string, atMostMs: number, signal: AbortSignal): Promise<void>
  /** Queues the deliveries and counts the batch as passed on, in one step; false when that had been done already. */
  passOn(batch: Pick<LogBatch, 'from' | 'to'>, deliveries: readonly Delivery[]): Promise<boolean>
  /** Queues deliveries once more, also to targets that had wished to hear no more. */
  requeue(deliveries: readonly Delivery[]): Promise<void>
  /** Lanes with something due, longest due first. */
  dueLanes(skip: number, most: number): Promise<string[]>
  /** When (ms) the next lane that has nothing due now will have; Infinity for never. */
  nextDue(): Promise<number>
  /** Lets what waits in a lane for another attempt be tried at once. */
  hasten(lane: string): Promise<void>
  /** Takes up to `most` deliveries of a lane that are due. */
  claim(lane: string, most: number, claimMs: number): Promise<Claim[]>
  /** Ends a claim and logs its attempt; false when somebody else has the delivery by now. */
  settle(claim: Claim, verdict: Verdict, record?: AttemptRecord): Promise<boolean>
  /** The attempts of a job's callbacks, oldest first. */
  log(job: JobId): Promise<AttemptRecord[]>
  /** What the log still holds of a job. */
  historyOf(job: Job): Promise<LogEntry[]>
  tokenTarget(token: TokenId): Promise<TokenTarget | null>
  /** Null: nobody is told any more. */
  setTokenTarget(token: TokenId, target: TokenTarget | null): Promise<void>
  secretTurn(token: TokenId): Promise<SecretTurn>
  /** Counts one turn more, in one step; the present secret signs until then (ms). */
  turnSecret(token: TokenId, until: number): Promise<SecretTurn>
}
