import type { AccountState } from './pool.ts'

/** Health of an account with what the state needs to end: `until` (ms) where time ends it. */
export type Health =
  | { state: 'connecting' | 'ready' | 'half-open'; reason: string }
  | { state: 'cooling'; reason: string; until: number }
  | { state: 'exhausted' | 'paused' | 'attention' | 'dead'; reason: string }

export type HealthEvent =
  | { event: 'listening' }
  | { event: 'listener-lost'; reason: string }
  /** The bot or Discord asked for a pause of `forMs`. */
  | { event: 'cool-down-asked'; reason: string; forMs: number }
  | { event: 'cool-down-over' }
  /** A job was answered: the account works. */
  | { event: 'job-answered' }
  /** An error that need not mean anything by itself. */
  | { event: 'trouble-seen'; reason: string; count: number }
  | { event: 'hours-exhausted'; reason: string }
  | { event: 'person-needed'; reason: string }
  | { event: 'token-refused'; reason: string }
  | { event: 'subscription-lost'; reason: string }
  | { event: 'paused-by-operator'; reason: string }
  | { event: 'resumed-by-operator' }

/** So many errors within the caller's window of time cool an account; one alone opens nothing. */
const troubleThreshold = 4
const troubleCoolMs = 60_000

/** States that only a person, or the bot's renewal, ends. */
const sticky: readonly AccountState[] = ['exhausted', 'paused', 'attention', 'dead']

/** Where a worker begins: what only a person may end outlives restarts and takeovers. */
export function initialHealth(stored: { state: AccountState; reason: string } | null): Health {
  const { state, reason } = stored ?? {}
  if (state === 'exhausted' || state === 'paused' || state === 'attention' || state === 'dead') {
    return { state, reason: reason ?? '' }
  }
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
    case 'paused-by-operator':
      return health.state === 'dead' ? health : { state: 'paused', reason: event.reason }
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
      return health.state === 'cooling' && now >= health.until
        ? { state: 'half-open', reason: 'one job to see whether it works again' }
        : health
    case 'job-answered':
      return health.state === 'half-open' ? { state: 'ready', reason: '' } : health
  }
}

function cool(health: Health, reason: string, until: number): Health {
  const longest = health.state === 'cooling' ? Math.max(health.until, until) : until
  return { state: 'cooling', reason, until: longest }
}
