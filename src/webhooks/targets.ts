import type { LogEntry, Target } from './ports.ts'

/**
 * Whom an entry of the log concerns: the job's own address, then its token's and the gateway's unless the job forbids it, each
 * address once. What a job wishes is meant for its own address; where it names none, for whoever is told instead.
 */
export function targetsOf({ callback, tokenTarget }: LogEntry, gatewayUrl: string | null): Target[] {
  const { url, shape = 'native', events = [], only } = callback ?? {}
  const own: Target[] = url === undefined ? [] : [{ url, shape, events, scope: 'job' }]
  if (only) return own
  const wished = url === undefined ? { shape, events } : { shape: 'native', events: [] }
  const others: Target[] = []
  if (tokenTarget) {
    const both = inBoth(tokenTarget.events ?? [], wished.events)
    if (both) others.push({ ...wished, url: tokenTarget.url, events: both, scope: 'token' })
  }
  if (gatewayUrl !== null) others.push({ ...wished, url: gatewayUrl, scope: 'gateway' })
  const seen = new Set<string>()
  return [...own, ...others].filter((target) => !seen.has(target.url) && seen.add(target.url))
}

/** What two filters let through, of which an empty one lets everything; null for nothing. */
function inBoth(one: readonly string[], other: readonly string[]): readonly string[] | null {
  if (one.length === 0 || other.length === 0) return one.length === 0 ? other : one
  const common = one.filter((event) => other.includes(event))
  return common.length > 0 ? common : null
}
