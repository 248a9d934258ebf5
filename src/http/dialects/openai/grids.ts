import { DrawbridgeError } from '../../../errors.ts'
import type { AccountId } from '../../../ids.ts'
import { cutQuarter } from '../../../images/quarter.ts'
import { isFinished, type Job } from '../../../jobs/job.ts'
import type { DoneJob } from '../../../jobs/service.ts'
import { failureOf } from './errors.ts'

/** Gets the bytes of a picture on Discord's CDN, the way of the account that drew it. */
export interface Pictures {
  fetch(account: AccountId, url: string): Promise<Buffer>
  /** Gets the file of a finished job from where it is kept; it is fetched when this is not given. */
  kept?(job: DoneJob): Promise<Buffer>
}

export type Quarter = 1 | 2 | 3 | 4

/** Grids that are kept in memory (bytes): the pictures of one are asked for one after the other. */
const mostKept = 64 * 1024 * 1024

/** The pictures of finished grids, cut when they are asked for. */
export function createGrids(pictures: Pictures) {
  const kept = new Map<string, Buffer>()
  const fetching = new Map<string, Promise<Buffer>>()
  let size = 0

  function keep(id: string, bytes: Buffer): void {
    kept.set(id, bytes)
    size += bytes.length
    for (const [oldest, { length }] of kept) {
      if (size <= mostKept) return
      kept.delete(oldest)
      size -= length
    }
  }

  async function gridOf(job: Job): Promise<Buffer> {
    if (!isFinished(job)) throw new DrawbridgeError('image-late')
    if (job.state !== 'done' || job.result.url === null || job.account === null) throw failureOf(job)
    const known = kept.get(job.id) ?? fetching.get(job.id)
    if (known) return known
    const fetched = pictures.kept?.(job) ?? pictures.fetch(job.account, job.result.url)
    fetching.set(job.id, fetched)
    try {
      const bytes = await fetched
      keep(job.id, bytes)
      return bytes
    } finally {
      fetching.delete(job.id)
    }
  }

  return {
    /** One picture of a finished job, as PNG. */
    quarter: async (job: Job, quarter: Quarter): Promise<Buffer> => cut(await gridOf(job), quarter),

    /** The first picture of a grid that is still being drawn; null when it cannot be had, which is no failure. */
    async preview({ account, track }: Job): Promise<Buffer | null> {
      if (account === null || track.previewUrl === undefined) return null
      try {
        return await cut(await pictures.fetch(account, track.previewUrl), 1)
      } catch {
        return null
      }
    },
  }
}

export type Grids = ReturnType<typeof createGrids>

async function cut(bytes: Buffer, quarter: Quarter): Promise<Buffer> {
  try {
    return await cutQuarter(bytes, quarter)
  } catch (cause) {
    throw new DrawbridgeError('upstream-failed', 'The file of the grid is no picture.', { cause })
  }
}
