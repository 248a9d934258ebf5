import type { SimulatedAccount } from '../control.ts'
import {
  type AccountOptions,
  type BotName,
  type Mode,
  type Plan,
  type Readings,
  readingsOf,
  type Settings,
  type Subscription,
} from '../options.ts'
import { Random } from '../random.ts'
import type { User } from './message.ts'
import { type Preferences, plainPreferences } from './preferences.ts'

/** Hours of fast time a month, and how many jobs run at once (protocol page §7). */
export const plans: Record<
  Plan,
  { fastHours: number; fast: number; relax: number; stealth: boolean; label: string }
> = {
  basic: { fastHours: 3.3, fast: 3, relax: 0, stealth: false, label: 'Basic' },
  standard: { fastHours: 15, fast: 3, relax: 3, stealth: false, label: 'Standard' },
  pro: { fastHours: 30, fast: 12, relax: 3, stealth: true, label: 'Pro' },
  mega: { fastHours: 60, fast: 12, relax: 3, stealth: true, label: 'Mega' },
}

/** A Discord user with a subscription, and everything that commands can change about it. */
export class Account implements SimulatedAccount {
  readonly index: number
  readonly token: string
  readonly userId: string
  readonly username: string
  readonly guildId: string | null
  readonly channelId: string
  readonly dmChannelIds: Record<BotName, string>
  /** Threads of its channel. */
  readonly threadIds: readonly string[]
  readonly readings: Readings
  readonly proxyCredentials: { username: string; password: string } | null
  proxyUrl = ''
  plan: Plan
  fastHours: number
  subscription: Subscription
  requireProxy: boolean
  tokenDead = false
  kicked = false
  requiredAction: string | null = null
  /** Bad news that meets every job until a time, or until its button is pressed. */
  standing: { news: string; untilMs: number } | null = null
  readonly preferences: Record<BotName, Preferences> = {
    midjourney: plainPreferences(),
    niji: plainPreferences(),
  }
  readonly usage = { images: 0, hours: 0, relaxed: 0, relaxedHours: 0 }

  constructor(index: number, options: AccountOptions, settings: Settings) {
    const random = new Random(`${settings.seed}:account:${index}`)
    const generated = generate(index, random)
    this.index = index
    this.userId = options.userId ?? generated.userId
    this.token = options.token ?? fakeToken(this.userId, random)
    this.username = options.username ?? generated.username
    this.guildId = options.guildId === undefined ? generated.guildId : options.guildId
    this.dmChannelIds = generated.dmChannelIds
    this.channelId =
      options.channelId ?? (this.guildId === null ? this.dmChannelIds.midjourney : generated.channelId)
    this.threadIds = this.guildId === null ? [] : threadsOf(index, options.threads ?? 0, settings)
    this.readings = readingsOf(settings, options.era)
    this.plan = options.plan ?? 'standard'
    this.mode = options.mode ?? 'fast'
    this.remix = options.remix ?? false
    this.suffix = options.suffix ?? ''
    this.subscription = options.subscription ?? 'monthly'
    this.fastHours = options.fastHours ?? plans[this.plan].fastHours
    this.requireProxy = options.requireProxy ?? false
    this.proxyCredentials = options.proxyCredentials ?? null
  }

  /** Midjourney's; to set it sets both bots'. */
  get mode(): Mode {
    return this.preferences.midjourney.mode
  }

  set mode(mode: Mode) {
    for (const one of Object.values(this.preferences)) one.mode = mode
  }

  get remix(): boolean {
    return this.preferences.midjourney.remix
  }

  set remix(remix: boolean) {
    for (const one of Object.values(this.preferences)) one.remix = remix
  }

  get suffix(): string {
    return this.preferences.midjourney.suffix
  }

  set suffix(suffix: string) {
    for (const one of Object.values(this.preferences)) one.suffix = suffix
  }

  get stealth(): boolean {
    return this.preferences.midjourney.stealth
  }

  set stealth(stealth: boolean) {
    for (const one of Object.values(this.preferences)) one.stealth = stealth
  }

  get standingNews(): string | null {
    return this.standing?.news ?? null
  }

  set standingNews(news: string | null) {
    this.standing = news === null ? null : { news, untilMs: Number.POSITIVE_INFINITY }
  }

  get user(): User {
    return {
      id: this.userId,
      username: this.username,
      discriminator: '0',
      global_name: this.username,
      avatar: null,
      public_flags: 0,
    }
  }
}

// Names with `_` and `.` on purpose: file names must not be split from the left (§4.4).
const names = [
  'ada.lovelace',
  'grace_h',
  'alan.m_t',
  'hedy',
  'linus_99',
  'mary.s_1818',
  'katherine.j',
  'noor_e',
] as const

function generate(index: number, random: Random) {
  const snowflake = (first: string) => `${first}${random.characters('0123456789', 16)}`
  return {
    userId: snowflake('110'),
    username: `${names[index % names.length]}${index < names.length ? '' : `_${index}`}`,
    guildId: snowflake('111'),
    channelId: snowflake('112'),
    dmChannelIds: { midjourney: snowflake('113'), niji: snowflake('114') },
  }
}

function threadsOf(index: number, count: number, { seed }: Settings): string[] {
  const random = new Random(`${seed}:threads:${index}`)
  return Array.from({ length: count }, () => `115${random.characters('0123456789', 16)}`)
}

/** Three parts like a real one; the middle says what it is. */
function fakeToken(userId: string, random: Random): string {
  const tail = random.characters('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-', 33)
  return `${Buffer.from(userId).toString('base64url')}.FAKE${random.characters('ABCDEFGHJK', 2)}.simul${tail}`
}
