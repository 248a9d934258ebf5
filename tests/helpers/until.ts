import { setTimeout as delay } from 'node:timers/promises'

/**
 * Waits until `condition` gives a truthy value and returns it. A condition that throws counts as not yet true; the last
 * error is shown when `timeoutMs` runs out.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  {
    timeoutMs = 20_000,
    everyMs = 10,
    what = 'the condition',
  }: { timeoutMs?: number; everyMs?: number; what?: string } = {},
): Promise<NonNullable<Awaited<T>>> {
  const giveUpAt = Date.now() + timeoutMs
  let last: unknown
  while (Date.now() < giveUpAt) {
    try {
      const value = await condition()
      if (value) return value as NonNullable<Awaited<T>>
      last = value
    } catch (error) {
      last = error
    }
    await delay(everyMs)
  }
  throw new Error(`${what} did not come true within ${timeoutMs} ms; last: ${String(last)}`, { cause: last })
}
