import type { ErrorCode } from '../errors.ts'
import type { AccountId, JobId, NodeId } from '../ids.ts'
import type { Lane } from '../jobs/job.ts'
import type { Errand } from '../jobs/ports.ts'
import type { BotSettings, SettingsKey } from '../midjourney/parse/settings.ts'
import type { Plan } from '../midjourney/plans.ts'

/**
 * Health of an account. Only `ready` and `half-open` (one job, to see whether it works again) take jobs; jobs that have
 * started stay in every state.
 */
export const accountStates = [
  'connecting',
  'ready',
  'cooling',
  'half-open',
  'exhausted',
  'paused',
  'attention',
  'dead',
] as const
export type AccountState = (typeof accountStates)[number]

/** What the bot said last about the account's queue: `queued` after `Job queued`, `full` after `Queue full`. */
export type QueueStatus = 'idle' | 'queued' | 'full'

/** What the bot's /info said last of an account; null where it did not say. */
export interface AccountFacts {
  /** When it was said (ms). */
  at: number
  plan: Plan | null
  /** The bot's own words: `Standard (Active monthly, …)`. */
  subscription: string | null
  subscriptionState: string | null
  /** When the hours of the plan are renewed (ms). */
  renewsAt: number | null
  fastHours: number | null
  /** Of the month. */
  fastHoursQuota: number | null
  /** The mode that the account itself draws in. */
  mode: Lane | null
  visibility: 'public' | 'stealth' | null
  /** Jobs that run and wait in the bot's queue, whoever started them. */
  running: number | null
  queuedFast: number | null
  queuedRelax: number | null
}

/** An account as operators and callers see it; never a secret. */
export interface AccountView {
  id: AccountId
  name: string
  state: AccountState
  /** Why it is in this state, in a few words. */
  reason: string
  /** The mode that the account draws in by itself. */
  mode: Lane
  lanes: Lane[]
  slots: number
  used: number
  /** Jobs that somebody runs by hand on the account: they leave so many slots fewer. */
  foreign: number
  /** What /info said last: plan, fast hours, mode, visibility, and what runs and waits at the bot; null before the first. */
  facts: AccountFacts | null
  /** Those of its lanes that it does not draw in, because the hours for them are gone. */
  resting: Lane[]
  queueStatus: QueueStatus
  queueStatusAt: number
  /** Jobs given to it so far. */
  count: number
  /** Of these, how many Midjourney's moderation has refused: they count against the account. */
  refused: number
  node: NodeId | null
}

/**
 * What operators tell an account: slash commands, to which the bot's own answer comes back, and `resume`, which takes an
 * account that stopped for a person, died or was paused into use again. A paused account takes no new jobs, and gives those
 * away that it has not sent; a drained one first draws all that it holds.
 */
export const accountCommands = [
  'info',
  'fast',
  'relax',
  'turbo',
  'stealth',
  'public',
  'pause',
  'drain',
  'resume',
] as const
export type AccountCommand = (typeof accountCommands)[number]

/** Those of them that the bot answers. */
export type BotCommand = Exclude<AccountCommand, 'pause' | 'drain' | 'resume'>

/** What is to be different in /settings: switches by our words for them, and the version by its value or label. */
export interface SettingsChange {
  switches?: Partial<Record<SettingsKey, boolean>>
  version?: string
}

export const preferences = ['remix', 'variability', 'auto_dm', 'suffix'] as const

/** Everything that the node of an account can be told to do. */
export type AccountOrder =
  | { do: AccountCommand }
  /** Reads /settings, and changes them first when asked to. */
  | { do: 'settings'; change?: SettingsChange }
  /** `value` is the new suffix; without one it is taken away. The others are turned over. */
  | { do: 'prefer'; option: (typeof preferences)[number]; value?: string }
  | Errand
  /** Gives the picture of a message that fitted no job to a job. */
  | { do: 'attach'; message: string; job: JobId }

export type CommandReply =
  | { answered: true; title: string; text: string; settings?: BotSettings }
  | { answered: false; code: ErrorCode; message: string }

/** A job that an orphan may be the picture of. */
export interface OrphanCandidate {
  job: JobId
  /** Up to 1, which only an id that no other job's messages have reaches. */
  score: number
  /** What they have in common: `prompt`, `kind`, `progress message`, … */
  likenesses: string[]
}

/** A picture that fitted no job, or several equally well. */
export interface Orphan {
  /** Of the message that shows it. */
  id: string
  account: AccountId
  /** When it was seen (ms). */
  at: number
  prompt: string
  kind: string
  url: string | null
  /** Likeliest first. */
  candidates: OrphanCandidate[]
}

/** The operators' view of the pool. */
export interface Pool {
  accounts(): Promise<AccountView[]>
  /** Newest first. */
  orphans(): Promise<Orphan[]>
  /** The job ends with the picture of the orphan, and its use is spent. */
  attach(orphan: string, job: JobId): Promise<CommandReply>
  /** Has the account's node do it, and waits; `fast`, `relax` and `turbo` also move the account to that lane. */
  order(account: AccountId, order: AccountOrder): Promise<CommandReply>
}
