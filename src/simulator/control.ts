import type { AccountKey, EveryJob, FaultSettings, OneShotFault, Targeted } from './faults/fault-types.ts'
import type { CloseOrder, DropOrder } from './gateway/orders.ts'
import type { BotName, Mode, Plan, Subscription } from './options.ts'
import type { Preferences } from './world/preferences.ts'

export type JobKind =
  | 'imagine'
  | 'upscale'
  | 'variation'
  | 'reroll'
  | 'vary-subtle'
  | 'vary-strong'
  | 'zoom'
  | 'pan'
  | 'hd-upscale'
  | 'vary-region'
  | 'animate'
  | 'extend'
  | 'video-upscale'
  | 'blend'
export type JobState = 'queued' | 'waiting' | 'running' | 'done' | 'failed' | 'stopped'

/** What the bot knows about one job: the truth that a gateway's beliefs are compared with. */
export interface SimulatedJob {
  jobUuid: string
  kind: JobKind
  state: JobState
  bot: BotName
  account: number
  channelId: string
  userId: string
  /** A stranger's job, started by nobody's interaction. */
  foreign: boolean
  interactionId: string
  nonce: string
  /** As the interaction had it; for a click, the clicked picture's. */
  prompt: string
  /** As the bot shows it (§4.6). */
  finalPrompt: string
  mode: Mode
  percent: number
  /** 1–4 for U and V and what follows from a single picture; else null. */
  index: number | null
  parentJobUuid: string | null
  /** The clicked message. */
  parentMessageId: string | null
  progressMessageId: string | null
  finalMessageId: string | null
  imageUrl: string | null
  imageName: string | null
  failure: string | null
  /** What it was drawn from: told in a direct message for an ✉️ (§3.3). */
  seed: number
  /** The mask that the region editor handed in, in base64, and its length in bytes. */
  mask: string | null
  maskBytes: number | null
  createdAt: number
  startedAt: number | null
  finishedAt: number | null
}

/** One POST /interactions that took effect, whatever its answer was. */
export interface SeenInteraction {
  id: string
  nonce: string
  type: 2 | 3 | 5
  /** Command name or custom_id. */
  name: string
  /** What was typed into a command or a form. */
  prompt: string | null
  account: number
  channelId: string
  messageId: string | null
  /** Of a submitted form: the click that opened it. */
  triggeredBy: string | null
  sessionId: string
  /** Whether the session named in it was alive. */
  sessionLive: boolean
  /** `none` where the connection was cut or left hanging. */
  answered: number | 'none'
  /** What the bot did with it. */
  outcome: string
  jobUuid: string | null
  /** All jobs that it made: several for a confirmed batch. */
  jobUuids: string[]
  proxied: boolean
  at: number
}

export type DestinationKind = 'api' | 'gateway' | 'cdn' | 'upload' | 'activities'
export type ByDestination = Record<DestinationKind, number>

export interface Counters {
  /** Executed, by command name, `click` or `modal`. */
  interactions: Record<string, number>
  /** Requests by `METHOD /route` and status, as `GET /users/@me 200`. */
  requests: Record<string, number>
  /** Connections seen by the servers themselves, each counted once, when its account is known. */
  direct: ByDestination
  proxied: ByDestination
  /** Came through a proxy that is another account's. */
  strayed: ByDestination
  identifies: number
  resumes: number
  invalidSessions: number
  heartbeats: number
  /** Closes by code; 0 = cut without one. */
  closes: Record<string, number>
  dispatches: number
  /** What passed the account's proxy. */
  proxy: ProxyCounters
}

export interface ProxyCounters {
  tunnels: ByDestination
  requests: ByDestination
  bytesUp: number
  bytesDown: number
  unauthorized: number
  refused: number
}

/** An account as callers see it. */
export interface SimulatedAccount {
  readonly index: number
  readonly token: string
  readonly userId: string
  readonly username: string
  readonly guildId: string | null
  readonly channelId: string
  readonly dmChannelIds: Readonly<Record<BotName, string>>
  readonly threadIds: readonly string[]
  readonly proxyUrl: string
  readonly plan: Plan
  readonly mode: Mode
  readonly remix: boolean
  readonly fastHours: number
  /** What has been chosen with each bot; `mode` and `remix` are Midjourney's. */
  readonly preferences: Readonly<Record<BotName, Readonly<Preferences>>>
}

export interface LiveSession {
  sessionId: string
  account: number
  connected: boolean
  sequence: number
  compression: 'zlib-stream' | 'none'
}

export interface Truth {
  jobs(): SimulatedJob[]
  job(jobUuid: string): SimulatedJob | undefined
  interactions(): SeenInteraction[]
  /** Of one account, or summed over all. */
  counters(account?: AccountKey): Counters
  sessions(): LiveSession[]
  /** Unfinished jobs that hold a slot, per account. */
  running(account?: AccountKey): number
}

export interface FaultDesk {
  /** Changes rates, of all accounts or of one (which then has its own copy). */
  set(settings: Partial<FaultSettings>, account?: AccountKey): void
  /** Queues a fault for the next thing it fits; `times` repeats it. */
  once(fault: Targeted<OneShotFault>): void
  /** Queues a fault for every n-th job of each account, or of one. */
  every(rule: EveryJob): void
  /** Back to none: rates to zero, queued one-shots dropped. */
  clear(): void
  /** One-shot faults that still wait. */
  pending(): Targeted<OneShotFault>[]
}

export interface Pictures {
  /** Which picture of which job these bytes are, read from the mark that every picture carries. */
  identify(bytes: Uint8Array): Promise<{ jobUuid: string; index: number | null } | null>
  /** Mean difference (0–255 per channel) between these bytes and picture `index` (1–4) of a job, or its whole. */
  difference(bytes: Uint8Array, jobUuid: string, index?: number | null): Promise<number>
}

export interface AccountChanges {
  plan?: Plan
  subscription?: Subscription
  mode?: Mode
  remix?: boolean
  suffix?: string
  stealth?: boolean
  fastHours?: number
  /** A dead token: 401, close code 4004. */
  tokenDead?: boolean
  /** 403 with code 50001 on the channel. */
  kicked?: boolean
  /** READY asks for this until it is null again. */
  requiredAction?: string | null
  requireProxy?: boolean
  /** A key of `badNews` that every job gets until its button is pressed, or until this is null again. */
  standingNews?: string | null
}

/** `down` refuses connections, `refusing` answers 503, `unauthorized` answers 407 to everybody. */
export type ProxyMode = 'up' | 'down' | 'refusing' | 'unauthorized'

export interface SimulatorUrls {
  api: string
  gateway: string
  cdn: string
  activities: string
  control: string
}

/** What `startSimulator` gives. */
export interface Simulator {
  readonly urls: SimulatorUrls
  readonly accounts: readonly SimulatedAccount[]
  readonly proxyUrls: readonly string[]
  readonly truth: Truth
  readonly faults: FaultDesk
  readonly pictures: Pictures
  /** Cuts sockets without a close frame. */
  dropSockets(order?: DropOrder): number
  /** Closes sockets with a code, or orders op 7, op 9 or op 1. */
  orderGateway(order: CloseOrder): number
  setAccount(account: AccountKey, changes: AccountChanges): void
  setProxy(account: AccountKey, mode: ProxyMode): Promise<void>
  /** Registers all commands anew: old versions give 50035 from now on. */
  bumpCommandVersions(): void
  close(): Promise<void>
}
