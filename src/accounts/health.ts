import type { AccountState } from './pool.ts'

/** Health of an account with what the state needs to end: `until` (ms) where time ends it. */
export type Health =
  | { state: 'connecting' | 'ready' | 'half-open'; reason: string }
  | { state: 'cooling'; reason: string; until: number }
  | { state: 'exhausted' | 'paused' | 'attention' | 'dead'; reason: string }

/** What is kept of an account's health. */
export interface StoredHealth {
  state: AccountState
  reason: string
  /** When a cool-down ends (ms). */
  until: number
}

export type HealthEvent =
  | { event: 'listening' }
  | { event: 'listener-lost'; reason: string }
  /** The bot or Discord asked for a pause of `forMs`. */
  | { event: 'cool-down-asked'; reason: string; forMs: number }
  | { event: 'cool-down-over'; listening: boolean }
  /** A job was answered: the account works. */
  | { event: 'job-answered' }
  /** An error that need not mean anything by itself. */
  | { event: 'trouble-seen'; reason: string; count: number }
  | { event: 'hours-exhausted'; reason: string }
  | { event: 'person-needed'; reason: string }
  | { event: 'token-refused'; reason: string }
  | { event: 'subscription-lost'; reason: string }
  | { event: 'resumed-by-operator' }

/** So many errors within the caller's window of time cool an account; one alone opens nothing. */
const troubleThreshold = 4
const troubleCoolMs = 60_000

/** States that only a person, or the bot's renewal, ends. */
const sticky: readonly AccountState[] = ['exhausted', 'paused', 'attention', 'dead']

/** Where a worker begins: cool-downs, and what only a person may end, outlive restarts and takeovers. */
export function initialHealth(stored: StoredHealth | null, now: number): Health {
  const { state, reason, until } = stored ?? { state: 'connecting', reason: '', until: 0 }
  if (state === 'exhausted' || state === 'paused' || state === 'attention' || state === 'dead') {
    return { state, reason }
  }
  if (state === 'cooling' && until > now) return { state, reason, until }
  return { state: 'connecting', reason: 'connecting to the gateway' }
}

/**
 * The health of an account after an event. While it connects, cools or waits for a person it takes no new jobs; started
 * ones stay. After a cool-down it is `half-open`: one job shows whether it works again.
 */
export function nextHealth(health: Health, event: HealthEvent, now: number): Health {
  switch (event.event) {
    case 'token-refused':
    case 'subscription-lost':
      return { state: 'dead', reason: event.reason }
    case 'person-needed':
      return health.state === 'dead' ? health : { state: 'attention', reason: event.reason }
    case 'resumed-by-operator':
      return { state: 'connecting', reason: 'resumed by the operator' }
    case 'hours-exhausted':
      return sticky.includes(health.state) ? health : { state: 'exhausted', reason: event.reason }
    case 'listening':
      return health.state === 'connecting' ? { state: 'ready', reason: '' } : health
    case 'listener-lost':
      return health.state === 'ready' || health.state === 'half-open'
        ? { state: 'connecting', reason: event.reason }
        : health
    case 'cool-down-asked':
      return sticky.includes(health.state) ? health : cool(health, event.reason, now + event.forMs)
    case 'trouble-seen':
      if (sticky.includes(health.state) || event.count < troubleThreshold) return health
      return cool(health, event.reason, now + troubleCoolMs)
    case 'cool-down-over':
      if (health.state !== 'cooling' || now < health.until) return health
      return event.listening
        ? { state: 'half-open', reason: 'one job to see whether it works again' }
        : { state: 'connecting', reason: 'the cool-down is over' }
    case 'job-answered':
      return health.state === 'half-open' ? { state: 'ready', reason: '' } : health
  }
}

function cool(health: Health, reason: string, until: number): Health {
  const longest = health.state === 'cooling' ? Math.max(health.until, until) : until
  return { state: 'cooling', reason, until: longest }
}
