import type { Clock } from '../clock.ts'
import { goneMark } from './marks.ts'
import type { ImageStore } from './store.ts'

export interface RetentionParts {
  store: ImageStore
  /** Removes all files of a job for good. */
  remove: (jobId: string) => Promise<void>
  clock: Clock
  /** Jobs whose files are older go (ms); 0 for no limit. */
  maxAgeMs: number
  /** The oldest jobs go until no more than this is kept (bytes); 0 for no limit. */
  maxTotalBytes: number
  /** How long it is remembered that a job's files were removed (ms). */
  goneKeptMs: number
}

interface Kept {
  jobId: string
  bytes: number
  /** When the first of its files came (ms). */
  since: number
}

/** Removes what is too old or too much, whole jobs at a time; gives how many. */
export async function sweep(parts: RetentionParts): Promise<number> {
  const { store, remove, clock, maxAgeMs, maxTotalBytes, goneKeptMs } = parts
  const now = clock.now()
  const jobs = new Map<string, Kept>()
  for await (const { jobId, name, size, storedAt } of store.list()) {
    if (name === goneMark) {
      if (now - storedAt > goneKeptMs) await store.remove({ jobId, name })
      continue
    }
    const { bytes, since } = jobs.get(jobId) ?? { bytes: 0, since: storedAt }
    jobs.set(jobId, { jobId, bytes: bytes + size, since: Math.min(since, storedAt) })
  }

  const oldestFirst = [...jobs.values()].sort((a, b) => a.since - b.since)
  let total = oldestFirst.reduce((sum, { bytes }) => sum + bytes, 0)
  let removed = 0
  for (const { jobId, bytes, since } of oldestFirst) {
    const isOld = maxAgeMs > 0 && now - since > maxAgeMs
    const isTooMuch = maxTotalBytes > 0 && total > maxTotalBytes
    if (!isOld && !isTooMuch) break
    await remove(jobId)
    total -= bytes
    removed += 1
  }
  return removed
}
