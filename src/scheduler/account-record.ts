import type { AccountFacts, AccountState, AccountView, QueueStatus } from '../accounts/pool.ts'
import type { AccountFields } from '../accounts/ports.ts'
import type { AccountId, NodeId } from '../ids.ts'
import type { Lane } from '../jobs/job.ts'

/** Fields and values for the account's hash. */
export const accountToHash = (fields: AccountFields): (string | number)[] =>
  Object.entries(fields).flatMap(([name, value]) => [name, toText(value)])

const toText = (value: string | number | readonly string[] | object): string | number => {
  if (Array.isArray(value)) return value.join(',')
  return typeof value === 'object' ? JSON.stringify(value) : value
}

export const factsFromHash = ({ facts }: Record<string, string>): AccountFacts | null =>
  facts ? (JSON.parse(facts) as AccountFacts) : null

/** A comma-separated list of lanes. */
export const lanesFrom = (text: string | undefined): Lane[] =>
  (text ?? '').split(',').filter(Boolean) as Lane[]

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
    lanes: lanesFrom(hash.lanes),
    slots: Number(hash.slots ?? 0),
    used,
    foreign: Number(hash.foreign ?? 0),
    facts: factsFromHash(hash),
    resting: lanesFrom(hash.resting),
    queueStatus: (hash.queueStatus ?? 'idle') as QueueStatus,
    queueStatusAt: Number(hash.queueStatusAt ?? 0),
    count: Number(hash.count ?? 0),
    refused: Number(hash.refused ?? 0),
    node: (hash.node || null) as NodeId | null,
  }
}
