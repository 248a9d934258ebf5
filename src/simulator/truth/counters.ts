import type { ByDestination, Counters, ProxyCounters } from '../control.ts'

const none = (): ByDestination => ({ api: 0, gateway: 0, cdn: 0, upload: 0, activities: 0 })

function emptyCounters(): Counters {
  const proxy: ProxyCounters = {
    tunnels: none(),
    requests: none(),
    bytesUp: 0,
    bytesDown: 0,
    unauthorized: 0,
    refused: 0,
  }
  return {
    interactions: {},
    requests: {},
    direct: none(),
    proxied: none(),
    strayed: none(),
    identifies: 0,
    resumes: 0,
    invalidSessions: 0,
    heartbeats: 0,
    closes: {},
    dispatches: 0,
    proxy,
  }
}

/** One set of counters per account, and one for what cannot be put down to an account. */
export class CounterBook {
  #sets = new Map<number, Counters>()
  /** Traffic with an unknown token or none. */
  static readonly nobody = -1

  of(account: number | undefined): Counters {
    const key = account ?? CounterBook.nobody
    const known = this.#sets.get(key)
    if (known) return known
    const fresh = emptyCounters()
    this.#sets.set(key, fresh)
    return fresh
  }

  /** A copy: of one account, or summed over all including nobody's. */
  read(account?: number): Counters {
    const sum = emptyCounters()
    const chosen = account === undefined ? [...this.#sets.values()] : [this.of(account)]
    for (const set of chosen) addInto(sum, set)
    return sum
  }
}

export function count(record: Record<string, number>, key: string, by = 1): void {
  record[key] = (record[key] ?? 0) + by
}

function addInto(sum: object, part: object): void {
  const into = sum as Record<string, unknown>
  for (const [key, value] of Object.entries(part)) {
    const before = into[key]
    if (typeof value === 'number') into[key] = (typeof before === 'number' ? before : 0) + value
    else if (typeof value === 'object' && value !== null) {
      if (typeof before !== 'object' || before === null) into[key] = {}
      addInto(into[key] as object, value)
    }
  }
}
