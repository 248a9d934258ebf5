import { isNewer } from '../midjourney/snowflake.ts'
import type { AccountState } from './pool.ts'

/**
 * Why an account cools. `asked`: the bot or Discord named a pause; only time ends it, or the sight of new work begun after
 * it. `trouble`: too many errors; `queue`: others have filled the bot's queue: whatever is finished ends these.
 */
export type CoolingCause = 'asked' | 'trouble' | 'queue'

/** Health of an account with what the state needs to end: `until` (ms) where time ends it. */
export type Health =
  /** `probe`: it has still to show that it works once it listens again. */
  | { state: 'connecting'; reason: string; probe?: boolean; strikes?: number }
  | { state: 'ready'; reason: string }
  /** One job shows whether it works; `strikes` counts the probes that have failed in a row. */
  | { state: 'half-open'; reason: string; strikes?: number }
  | {
      state: 'cooling'
      reason: string
      until: number
      /** The message that asked for it: work newer than this ends it. */
      askedBy?: string
      cause?: CoolingCause
      strikes?: number
    }
  /** `draining`: jobs that it holds are still sent. */
  | { state: 'paused'; reason: string; draining?: boolean }
  | { state: 'exhausted' | 'attention'; reason: string }
  /** `subscription`: it lives again when the bot says that the subscription does. */
  | { state: 'dead'; reason: string; cause?: 'token' | 'subscription' }

type Cooling = Extract<Health, { state: 'cooling' }>

/** Health with the errors that may yet add up to a cool-down. */
export interface Condition {
  health: Health
  /** When the errors of the present window were seen (ms), oldest first. */
  troubles: readonly number[]
}

/** What is kept of an account's health. */
export interface StoredHealth {
  state: AccountState
  reason: string
  /** When a cool-down ends (ms). */
  until: number
  /** What a dead account died of. */
  cause?: 'token' | 'subscription'
}

export type HealthEvent =
  | { event: 'listening' }
  | { event: 'listener-lost'; reason: string }
  /** The bot or Discord asked for a pause of `forMs`. */
  | { event: 'cool-down-asked'; reason: string; forMs: number; cause?: CoolingCause; askedBy?: string }
  | { event: 'cool-down-over'; listening: boolean }
  /** A job was answered: the account works. */
  | { event: 'job-answered' }
  /** The bot works on an interaction or message of this account's with this id, by whatever hand. */
  | { event: 'work-seen'; id: string }
  /** An error that need not mean anything by itself. */
  | { event: 'trouble-seen'; reason: string }
  | { event: 'hours-exhausted'; reason: string }
  /** What /info says is left. */
  | { event: 'hours-seen'; hours: number }
  /** The bot draws relaxed for it now, which costs no hours. */
  | { event: 'fell-back' }
  | { event: 'person-needed'; reason: string }
  | { event: 'token-refused'; reason: string }
  | { event: 'subscription-lost'; reason: string }
  | { event: 'subscription-seen' }
  | { event: 'paused-by-operator'; draining: boolean }
  /** Nothing is left of what a draining account held. */
  | { event: 'drained' }
  | { event: 'resumed-by-operator' }

/** So many errors within the window cool an account; one alone opens nothing. */
const troubleThreshold = 4
const troubleWindowMs = 5 * 60_000
/** The first cool-down for errors (ms); each probe that fails doubles it up to the longest. */
const troubleCoolMs = 60_000
const longestTroubleCoolMs = 15 * 60_000
/** Fast hours that have to be there again before an exhausted account is tried: a rest that starts no job is none. */
export const usableHours = 0.2

/** States that neither errors nor time end. */
const sticky: readonly AccountState[] = ['exhausted', 'paused', 'attention', 'dead']

/** Where a worker begins: cool-downs, and what only a person may end, outlive restarts and takeovers. */
export function initialHealth(stored: StoredHealth | null, now: number): Health {
  const { state, reason, until } = stored ?? { state: 'connecting', reason: '', until: 0 }
  if (state === 'dead') return { state, reason, ...(stored?.cause ? { cause: stored.cause } : {}) }
  if (state === 'exhausted' || state === 'paused' || state === 'attention') return { state, reason }
  if (state === 'cooling' && until > now) return { state, reason, until }
  return { state: 'connecting', reason: 'connecting to the gateway' }
}

/** The condition of an account after an event. Errors that are older than the window no longer count. */
export function nextCondition({ health, troubles }: Condition, event: HealthEvent, now: number): Condition {
  if (event.event === 'job-answered') return { health: nextHealth(health, event, now), troubles: [] }
  if (event.event !== 'trouble-seen') return { health: nextHealth(health, event, now), troubles }
  const recent = [...troubles.filter((at) => at > now - troubleWindowMs), now]
  // A probe that fails has shown what it was to show.
  const enough = health.state === 'half-open' || recent.length >= troubleThreshold
  return enough ? { health: nextHealth(health, event, now), troubles: [] } : { health, troubles: recent }
}

/**
 * The health of an account after an event. While it connects, cools or waits for a person it takes no new jobs; started
 * ones stay. After a cool-down it is `half-open`: one job shows whether it works again.
 */
export function nextHealth(health: Health, event: HealthEvent, now: number): Health {
  switch (event.event) {
    case 'token-refused':
      return { state: 'dead', reason: event.reason, cause: 'token' }
    case 'subscription-lost':
      return { state: 'dead', reason: event.reason, cause: 'subscription' }
    case 'subscription-seen':
      return health.state === 'dead' && health.cause === 'subscription'
        ? halfOpen('the subscription is active again')
        : health
    case 'person-needed':
      return health.state === 'dead' ? health : { state: 'attention', reason: event.reason }
    case 'paused-by-operator':
      return paused(health, event.draining)
    case 'drained':
      return health.state === 'paused' && health.draining
        ? { state: 'paused', reason: 'drained by the operator' }
        : health
    case 'resumed-by-operator':
      return { state: 'connecting', reason: 'resumed by the operator' }
    case 'hours-exhausted':
      return sticky.includes(health.state) ? health : { state: 'exhausted', reason: event.reason }
    case 'hours-seen':
      return health.state === 'exhausted' && event.hours >= usableHours
        ? halfOpen('fast hours are there again')
        : health
    case 'fell-back':
      return health.state === 'exhausted'
        ? { state: 'ready', reason: 'no fast hours: it draws relaxed' }
        : health
    case 'listening':
      return health.state === 'connecting' ? opened(health) : health
    case 'listener-lost':
      return disconnected(health, event.reason)
    case 'cool-down-asked': {
      const { event: _, forMs, ...asked } = event
      return sticky.includes(health.state) ? health : cool(health, { ...asked, until: now + forMs })
    }
    case 'trouble-seen': {
      if (sticky.includes(health.state)) return health
      const doubled = troubleCoolMs * 2 ** failedProbes(health)
      const until = now + Math.min(doubled, longestTroubleCoolMs)
      return cool(health, { reason: event.reason, until, cause: 'trouble' })
    }
    case 'cool-down-over':
      return health.state === 'cooling' && now >= health.until ? cooled(health, event.listening) : health
    case 'work-seen':
      return observed(health, event.id)
    case 'job-answered':
      if (health.state === 'half-open') return { state: 'ready', reason: '' }
      return health.state === 'cooling' && (health.cause ?? 'asked') !== 'asked'
        ? cooled(health, true)
        : health
  }
}

const halfOpen = (why: string, strikes = 0): Health => {
  return { state: 'half-open', reason: `${why}: one job to see whether it works again`, strikes }
}

const opened = ({ probe, strikes }: Health & { state: 'connecting' }): Health =>
  probe ? halfOpen('connected', strikes) : { state: 'ready', reason: '' }

function disconnected(health: Health, reason: string): Health {
  if (health.state === 'ready') return { state: 'connecting', reason }
  if (health.state !== 'half-open') return health
  return { state: 'connecting', reason, probe: true, strikes: strikesOf(health) }
}

const cooled = (health: Health, listening: boolean): Health =>
  listening
    ? halfOpen('the cool-down is over', strikesOf(health))
    : {
        state: 'connecting',
        reason: 'the cool-down is over',
        probe: true,
        strikes: strikesOf(health),
      }

/** New work that the bot has begun after it asked for a pause says that the pause is over. */
function observed(health: Health, id: string): Health {
  if (health.state !== 'cooling' || health.askedBy === undefined) return health
  return isNewer(id, health.askedBy) ? cooled(health, true) : health
}

/** What waits for a person, or is lost, stays so: pausing it would hide why. */
const paused = (health: Health, draining: boolean): Health => {
  if (health.state === 'attention' || health.state === 'dead') return health
  return draining
    ? { state: 'paused', reason: 'draining, by the operator', draining }
    : { state: 'paused', reason: 'paused by the operator' }
}

const strikesOf = (health: Health): number => ('strikes' in health ? (health.strikes ?? 0) : 0)

/** With the one that is under way, which has failed when the account has to cool. */
const failedProbes = (health: Health): number => strikesOf(health) + (health.state === 'half-open' ? 1 : 0)

function cool(health: Health, pause: Pick<Cooling, 'reason' | 'until' | 'cause' | 'askedBy'>): Health {
  const strikes = failedProbes(health)
  if (health.state !== 'cooling' || pause.until >= health.until)
    return { state: 'cooling', ...pause, strikes }
  // A shorter pause never shortens one, nor makes it easier to end.
  return { ...health, reason: pause.reason }
}
