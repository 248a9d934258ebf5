import type { AccountState, AccountView, QueueStatus } from '../accounts/pool.ts'
import type { AccountFields } from '../accounts/ports.ts'
import type { AccountId, NodeId } from '../ids.ts'
import type { Lane } from '../jobs/job.ts'

/** Fields and values for the account's hash. */
export const accountToHash = (fields: AccountFields): (string | number)[] =>
  Object.entries(fields).flatMap(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value])

/** Reads an account from its hash and the number of slots in use; null when there is none. */
export function accountFromHash(
  id: AccountId,
  hash: Record<string, string>,
  used: number,
): AccountView | null {
  if (!hash.state) return null
  return {
    id,
    name: hash.name ?? '',
    state: hash.state as AccountState,
    reason: hash.reason ?? '',
    mode: (hash.mode ?? 'fast') as Lane,
    lanes: (hash.lanes ?? '').split(',').filter(Boolean) as Lane[],
    slots: Number(hash.slots ?? 0),
    used,
    foreign: Number(hash.foreign ?? 0),
    queueStatus: (hash.queueStatus ?? 'idle') as QueueStatus,
    queueStatusAt: Number(hash.queueStatusAt ?? 0),
    count: Number(hash.count ?? 0),
    node: (hash.node || null) as NodeId | null,
  }
}
