import type { AccountView, Pool } from '../../../accounts/pool.ts'
import type { Clock } from '../../../clock.ts'
import type { Lane } from '../../../jobs/job.ts'

/** Which accounts there are changes rarely; how busy they are does not matter here. */
const freshMs = 5_000

/** The accounts by name, from memory: clients give one back with every action, and a waiting job has to show one. */
export interface Directory {
  has(clientId: string): Promise<boolean>
  /** An account that could draw in this lane; the empty string when there is none. */
  anyOf(lane: Lane): Promise<string>
}

export function createDirectory(pool: Pool, clock: Clock): Directory {
  let known: AccountView[] = []
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | null = null

  const read = (): Promise<void> => {
    reading ??= pool
      .accounts()
      .then((accounts) => {
        known = accounts
        readAt = clock.now()
      })
      .finally(() => {
        reading = null
      })
    return reading
  }

  /**
   * Nobody waits for a second reading: until it is there, the last one is good enough. One that fails leaves `readAt` as it
   * was, so the next caller tries again; whoever needs Redis for more than this hears of the failure there.
   */
  const accounts = async (): Promise<AccountView[]> => {
    if (readAt === Number.NEGATIVE_INFINITY) await read()
    else if (clock.now() - readAt > freshMs) read().catch(() => {})
    return known
  }

  return {
    async has(clientId) {
      if ((await accounts()).some(({ id }) => id === clientId)) return true
      // It may have joined since; but a flood of wrong names must not become a flood of readings.
      if (clock.now() - readAt <= freshMs / 5) return false
      await read()
      return known.some(({ id }) => id === clientId)
    },
    async anyOf(lane) {
      const able = (await accounts()).filter(({ lanes }) => lanes.includes(lane))
      return (able.find(({ state }) => state === 'ready') ?? able[0])?.id ?? ''
    },
  }
}
