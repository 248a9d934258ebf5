import type { RegionForms } from './activities/activities-server.ts'
import type { FaultSettings } from './faults/fault-types.ts'

/** 2023: png finals without reference, unsigned links. 2026: webp, every final replies, signed links (protocol page §8, §9.10). */
export type Era = '2023' | '2026'
export type Plan = 'basic' | 'standard' | 'pro' | 'mega'
/** What /fast, /relax and /turbo choose. */
export type Mode = 'fast' | 'relax' | 'turbo'
export type BotName = 'midjourney' | 'niji'

/** How it stands with the subscription, as /info tells it (§6.1); `inactive` and `paused` cannot draw. */
export type Subscription = 'monthly' | 'yearly' | 'cancelled' | 'paused' | 'inactive'

/** One Discord user with a Midjourney subscription and a channel of its own. What is left out is generated from the seed. */
export interface AccountOptions {
  token?: string
  userId?: string
  username?: string
  /** null makes the account work in its direct-message channel with the bot. */
  guildId?: string | null
  /** Accounts that name the same guild and channel see each other's messages, as on Discord. */
  channelId?: string
  /** Which form messages to it have; by default the simulator's. */
  era?: Era
  /** How many threads its channel has; the bot works in them as well. Default 0. */
  threads?: number
  plan?: Plan
  subscription?: Subscription
  mode?: Mode
  remix?: boolean
  /** Text that /prefer suffix has set: appended to every prompt. */
  suffix?: string
  /** Hours of fast time left; by default what the plan gives in a month. */
  fastHours?: number
  /** Refuse what does not come through this account's own proxy. */
  requireProxy?: boolean
  /** Basic credentials that this account's proxy asks for. */
  proxyCredentials?: { username: string; password: string }
}

/** A single picture is 1024, 256 or 64 pixels wide; a grid is twice that. */
export type PictureSize = 'real' | 'small' | 'tiny'

export interface Ports {
  api: number
  gateway: number
  cdn: number
  control: number
  activities: number
  /** Of the first account's proxy; the others follow. 0 lets the system choose each. */
  proxy: number
}

export interface SimulatorOptions {
  /** A named weather (docs/simulator.md), or the path of a file with one; other options count before its own. */
  scenario?: string
  /** A number of generated accounts, or a list. Default 1. */
  accounts?: number | readonly AccountOptions[]
  /** Time of the bot runs this many times faster: job timings, Slow-downs, link lifetimes, rate windows. Default 1. */
  speed?: number
  /** Everything random follows from it. Default 1. */
  seed?: number
  era?: Era
  ports?: Partial<Ports>
  pictureSize?: PictureSize
  /** Default true. */
  previews?: boolean
  /** Parameters that the bot appends to a prompt that does not set them. Default ` --v 7.0` (2026), ` --v 5.2` (2023). */
  defaultParameters?: string
  bannedWords?: readonly string[]
  /** Jobs of strangers in each account's channel, per simulated minute. Default 0. */
  foreignJobsPerMinute?: number
  /** Told in HELLO, in real milliseconds: never made faster. Default 41250. */
  heartbeatIntervalMs?: number
  /** How long a session without a socket can be resumed, in real milliseconds. Default 120000. */
  sessionLifetimeMs?: number
  /** Time between two IDENTIFYs of one user, in simulated milliseconds. Default 5000 (§2.4). */
  identifySpacingMs?: number
  /** Lifetime of a signed link, in simulated milliseconds. Default 24 h (§3.4). */
  linkLifetimeMs?: number
  /** Share of compressed payloads that are split over several frames. Default 0.3. */
  frameSplitRate?: number
  /** When the progress message goes. Default `either` (§4.2, §10). */
  progressDeletion?: 'before' | 'after' | 'either' | 'never'
  /** Whether MESSAGE_UPDATE carries the whole message. Default `whole` (§10 leaves it open). */
  updates?: 'whole' | 'partial' | 'mixed'
  /** Whether the answer to a click carries the click's nonce. Default: true in 2026, false in 2023 (§2.7). */
  buttonNonce?: boolean
  /** Whose waiting messages only the clicker sees: of U, of all clicks, or of none. Default: `upscale` in 2023, `none` in 2026 (§4.2). */
  ephemeralWaiting?: 'upscale' | 'clicks' | 'none'
  /** Whether the message that starts a queued job repeats the request's nonce. Default false (§10 leaves it open). */
  queuedJobNonce?: boolean
  /** Whether /imagine progress shows a Cancel button. Default false (§10 leaves it open). */
  imagineCancelButton?: boolean
  /** Whether a single picture has a button for a video with a prompt of its own. Default false (§3.1 knows only a peer's form of it). */
  manualAnimate?: boolean
  /** Which addresses the region editor's back end has. Default `both` (§8 leaves it open). */
  regionForms?: RegionForms
  /** Whether the message that starts an edited region repeats the click's nonce. Default false (§2.7: it is no first answer). */
  regionNonce?: boolean
  /** Share of slash answers that begin as an empty LOADING message. Default 0.2 (§4.2). */
  loadingFirstRate?: number
  /** Concurrent and queued jobs per mode; by default the plan's (§7). */
  limits?: Partial<{ fast: number; relax: number; queued: number }>
  /** Jobs that may be asked for in a simulated minute before the bot says Slow Down!. Default: no limit. */
  pace?: number
  /** What becomes of an appeal against a refused prompt. Default `either`, by chance. */
  appeals?: 'accepted' | 'denied' | 'either'
  /** Fast hours that one job costs. Default 0.0083. */
  fastHoursPerJob?: number
  /** Finished jobs, executed interactions and messages remembered per account and channel. Default 20000 each. */
  memory?: number
  faults?: Partial<FaultSettings>
}

type Reading = 'defaultParameters' | 'buttonNonce' | 'ephemeralWaiting'

/** What an account's messages look like: some of it follows from its era where no option says otherwise. */
export type Readings = Required<Pick<SimulatorOptions, Reading | 'era' | 'manualAnimate'>>

export type Settings = Omit<
  Required<SimulatorOptions>,
  'scenario' | 'accounts' | 'limits' | 'faults' | 'ports' | Reading
> &
  Pick<SimulatorOptions, Reading> & {
    accounts: readonly AccountOptions[]
    limits: Partial<{ fast: number; relax: number; queued: number }>
    faults: Partial<FaultSettings>
    ports: Ports
  }

/** Words that the simulator's moderation knows; few and mild, the real list is Midjourney's secret. */
export const bannedWords: readonly string[] = ['bloodbath', 'gore', 'nsfw', 'beheading', 'naked']

export function readingsOf(settings: Settings, era = settings.era): Readings {
  const { defaultParameters, buttonNonce, ephemeralWaiting, manualAnimate } = settings
  const old = era === '2023'
  return {
    era,
    manualAnimate,
    defaultParameters: defaultParameters ?? (old ? '--v 5.2' : '--v 7.0'),
    buttonNonce: buttonNonce ?? !old,
    ephemeralWaiting: ephemeralWaiting ?? (old ? 'upscale' : 'none'),
  }
}

/** Fills in the defaults. */
export function settle({ scenario: _, ...options }: SimulatorOptions = {}): Settings {
  const { accounts = 1, era = '2026', ports = {}, limits = {}, faults = {}, ...rest } = options
  return {
    speed: 1,
    seed: 1,
    pictureSize: 'real',
    previews: true,
    bannedWords,
    foreignJobsPerMinute: 0,
    heartbeatIntervalMs: 41_250,
    sessionLifetimeMs: 120_000,
    identifySpacingMs: 5_000,
    linkLifetimeMs: 24 * 3_600_000,
    frameSplitRate: 0.3,
    progressDeletion: 'either',
    updates: 'whole',
    queuedJobNonce: false,
    imagineCancelButton: false,
    loadingFirstRate: 0.2,
    manualAnimate: false,
    regionForms: 'both',
    regionNonce: false,
    pace: Number.POSITIVE_INFINITY,
    appeals: 'either',
    fastHoursPerJob: 0.0083,
    memory: 20_000,
    ...rest,
    era,
    accounts: typeof accounts === 'number' ? Array.from({ length: accounts }, () => ({})) : accounts,
    ports: { api: 0, gateway: 0, cdn: 0, control: 0, activities: 0, proxy: 0, ...ports },
    limits,
    faults,
  }
}
