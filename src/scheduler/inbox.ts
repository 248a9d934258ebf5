import type { AccountOrder } from '../accounts/pool.ts'
import type { InboxEntry } from '../accounts/ports.ts'
import type { AccountId, JobId } from '../ids.ts'
import type { RedisClient } from './redis.ts'

/** Entries taken in one go when many wait. */
const batch = 64

/**
 * The entries of a node's inbox as they come: a blocking pop on a connection of its own, so that an idle node costs nothing
 * and is woken at once. An entry lost with its node is no loss: the account's next holder reads the held jobs.
 */
export async function* readInbox(
  connect: () => RedisClient,
  key: string,
  signal: AbortSignal,
): AsyncGenerator<InboxEntry> {
  const redis = connect()
  const hangUp = () => redis.disconnect()
  signal.addEventListener('abort', hangUp, { once: true })
  try {
    while (!signal.aborted) {
      const popped = await redis.blmpop(0, 1, [key], 'RIGHT', 'COUNT', batch)
      for (const text of popped?.[1] ?? []) {
        const entry = parseEntry(text)
        if (entry) yield entry
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', hangUp)
    redis.disconnect()
  }
}

/** An order as it stands in the inbox; its reply goes to a list of its own. */
export const orderEntry = (account: AccountId, id: string, order: AccountOrder): string =>
  `order ${account} ${id} ${JSON.stringify(order)}`

function parseEntry(text: string): InboxEntry | null {
  const [, type, account, id, order] = /^(\S+) (\S+) (\S+)(?: (.*))?$/s.exec(text) ?? []
  if (type === 'job') return { type, account: account as AccountId, job: id as JobId }
  if (type === 'order' && order) {
    return { type, account: account as AccountId, id: id ?? '', order: JSON.parse(order) as AccountOrder }
  }
  return null
}
