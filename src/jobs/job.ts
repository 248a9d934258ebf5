import type { AccountId, JobId, TokenId } from '../ids.ts'

/** The queue of one mode; also the mode that an account draws in. */
export const lanes = ['fast', 'relax', 'turbo'] as const
export type Lane = (typeof lanes)[number]

/** What a caller asked for. The prompt is the caller's own text: nothing is ever added to it for our bookkeeping. */
export type JobRequest =
  | {
      kind: 'imagine'
      prompt: string
      /** Draw the U1 of the grid when it is done; that follow-up is not charged. */
      thenUpscale?: boolean
    }
  | {
      kind: 'action'
      /** The job whose picture is acted on, and the message that shows it. */
      parent: JobId
      messageId: string
      messageFlags: number
      /** The button, by the custom_id that the bot gave it. */
      customId: string
      /** The prompt of the parent: what the answer will quote. */
      prompt: string
    }
  | {
      kind: 'describe'
      /** The picture; its bytes wait in the blob store under the job's id. */
      filename: string
      contentType: string
    }

export type JobKind = JobRequest['kind']

/** The ids that tie what the bot says to this job (protocol page §4.5), gathered while it runs. */
export interface Track {
  /** Nonce of every attempt, oldest first: a late answer to an earlier attempt is still this job's. */
  nonces: string[]
  /** The newest message of the channel when the last attempt was posted: nothing up to it can be this job's. */
  sentAfter?: string
  interactionId?: string
  /** The bot has acknowledged the interaction (INTERACTION_SUCCESS): it is never sent again. */
  acknowledged?: true
  /** The message that shows progress; not the one that shows the result. */
  progressId?: string
  /** Midjourney's own id of the job. */
  uuid?: string
  percent?: number
  previewUrl?: string
  /** When the bot said `Job queued`: it waits in the bot's queue, with our slot. */
  botQueuedAt?: number
}

export interface Button {
  label: string
  customId: string
}

/** A picture, or the text of a describe, as the bot's final message showed it. */
export interface JobResult {
  messageId: string
  messageFlags: number
  uuid: string | null
  /** The text of the message, as sent. */
  content: string
  prompt: string
  /** Discord's address of the picture; its signature expires after a day (protocol page §3.4). */
  url: string | null
  filename: string | null
  width: number | null
  height: number | null
  size: number | null
  upscaled: boolean
  index: number | null
  buttons: Button[][]
  /** The four prompts of a describe, as one text. */
  text?: string
}

/** Something the bot said about the job that is not a picture; `final` when the job ended with it. */
export interface Notice {
  id: string
  title: string
  text: string
  at: number
  final: boolean
}

export interface JobFailure {
  /** A code of the error catalogue. */
  code: string
  /** The sentence for the caller: the bot's own words where it gave any. */
  message: string
}

/** Every state has a deadline; `done`, `failed` and `cancelled` are terminal. */
export const jobStates = [
  'queued',
  'assigned',
  'sending',
  'unconfirmed',
  'sent',
  'running',
  'done',
  'failed',
  'cancelled',
] as const
export type JobState = (typeof jobStates)[number]

interface JobBase {
  id: JobId
  token: TokenId | null
  /** The first job of the line that this one belongs to; its own id when it started the line. */
  root: JobId
  request: JobRequest
  lane: Lane
  /** Uses of the token that this job costs: 0 or 1. */
  charge: number
  queuedAt: number
  notices: Notice[]
  attempts: number
}

/** A job that an account has taken: it holds one of the account's slots. */
export interface HeldJob extends JobBase {
  state: 'assigned' | 'sending' | 'unconfirmed' | 'sent' | 'running'
  account: AccountId
  track: Track
  assignedAt: number
  /** When the last attempt was written down, just before it was posted. */
  sendingAt: number | null
}

export type Job =
  | (JobBase & { state: 'queued'; account: AccountId | null; track: Track })
  | HeldJob
  | (JobBase & { state: 'done'; account: AccountId; result: JobResult; track: Track; finishedAt: number })
  | (JobBase & {
      state: 'failed' | 'cancelled'
      account: AccountId | null
      failure: JobFailure
      track: Track
      finishedAt: number
    })

export type FinishedJob = Extract<Job, { finishedAt: number }>

export const isFinished = (job: Job): job is FinishedJob => 'finishedAt' in job
export const isHeld = (job: Job): job is HeldJob => 'assignedAt' in job
