import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { type Copied, type CopyParts, copyFiles } from './copy.ts'
import { createGate } from './gate.ts'
import type { Marks } from './marks.ts'
import type { CopyOrder, PendingCopies } from './ports.ts'

export interface KeeperParts extends CopyParts {
  marks: Marks
  pending: PendingCopies
  clock: Clock
  log: Log
  /** How many jobs are copied at a time. */
  concurrency: number
  /** How long after the end of a job its files are still tried. */
  giveUpAfterMs: number
}

const firstWaitMs = 1000
const longestWaitMs = 5 * 60_000

interface Running {
  stop: AbortController
  /** Whether the first attempt brought everything. */
  first: Promise<boolean>
  done: Promise<void>
}

/**
 * Copies the files of finished jobs into the store. An order is written down before it is begun, tried again with growing
 * waits, and struck out when all files are kept, when nothing more can be had, or when too much time has passed. The same
 * order twice does no harm: what is kept is not fetched again.
 */
export function createKeeper(parts: KeeperParts) {
  const { marks, pending, clock, log, concurrency, giveUpAfterMs } = parts
  const running = new Map<string, Running>()
  const gate = createGate(concurrency)
  let stopped = false

  async function attempt(order: CopyOrder, signal: AbortSignal): Promise<Copied[] | 'gone'> {
    return gate(async () => {
      signal.throwIfAborted()
      const { jobId } = order
      if (await marks.isGone(jobId)) return 'gone'
      const copied = await copyFiles(parts, order, signal)
      if (!(await marks.isGone(jobId))) return copied
      // Removed by another node meanwhile.
      for (const { name } of copied) await parts.store.remove({ jobId, name })
      return 'gone'
    })
  }

  /** Until there is nothing left to do; tells of the first attempt as soon as it has been made. */
  async function carryOut(
    order: CopyOrder,
    signal: AbortSignal,
    onFirst: (complete: boolean) => void,
  ): Promise<void> {
    const { jobId } = order
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
      const outcome = await attempt(order, signal).catch((error: unknown) => {
        signal.throwIfAborted()
        log.warn({ err: error, jobId }, 'attempt to copy files failed')
        return null
      })
      if (outcome === 'gone') return pending.remove(jobId)
      const missing = outcome?.filter((file) => !file.ok) ?? null
      const late = clock.now() - order.at >= giveUpAfterMs
      if (outcome && missing && (late || missing.every((file) => file.hopeless))) {
        await conclude(order, outcome)
        return onFirst(missing.length === 0)
      }
      onFirst(false)
      if (late) return pending.remove(jobId)
      log.debug({ jobId, waitMs, why: missing?.[0]?.why }, 'files will be copied later')
      await clock.sleep(waitMs, signal)
    }
  }

  async function conclude({ jobId, grid }: CopyOrder, outcome: Copied[]): Promise<void> {
    const kept = outcome.filter((file) => file.ok).map((file) => file.name)
    // Variants are made from the first file, whatever else there is.
    if (outcome[0]?.ok) await marks.putOriginals(jobId, { files: kept, grid })
    for (const file of outcome) {
      if (!file.ok) log.warn({ jobId, file: file.name, why: file.why }, 'file could not be kept')
    }
    await pending.remove(jobId)
    log.info({ jobId, files: kept.length }, 'files kept')
  }

  function start(order: CopyOrder): Running {
    const known = running.get(order.jobId)
    if (known) return known
    const stop = new AbortController()
    const { promise: first, resolve: onFirst } = withResolvers<boolean>()
    const done = carryOut(order, stop.signal, onFirst)
      .catch((error: unknown) => {
        if (!stop.signal.aborted) log.error({ err: error, jobId: order.jobId }, 'copying files ended early')
      })
      .finally(() => {
        running.delete(order.jobId)
        onFirst(false)
      })
    const entry = { stop, first, done }
    running.set(order.jobId, entry)
    return entry
  }

  return {
    /** Sees to it that the job's files are kept; resolves as soon as the order is written down. */
    async keep(order: CopyOrder): Promise<void> {
      if (order.files.length === 0) return
      await pending.add(order)
      if (!stopped) start(order)
    },

    /** Goes on with what another process, or this one before its restart, has left. */
    async resume(): Promise<void> {
      for (const order of await pending.list()) if (!stopped) start(order)
    },

    /** The same as `keep`, for somebody who waits: whether one attempt brought all files. */
    async copyNow(order: CopyOrder): Promise<boolean> {
      if (stopped || order.files.length === 0) return false
      await pending.add(order)
      return start(order).first
    },

    /** Stops trying for good, because the job's files are to be removed. */
    async forget(jobId: string): Promise<void> {
      const known = running.get(jobId)
      known?.stop.abort()
      await known?.done
      await pending.remove(jobId)
    },

    /** Lets go of everything; what is not kept yet stays written down. */
    async stop(): Promise<void> {
      stopped = true
      const all = [...running.values()]
      for (const { stop } of all) stop.abort()
      await Promise.all(all.map(({ done }) => done))
    },
  }
}

export type Keeper = ReturnType<typeof createKeeper>

function withResolvers<Value>() {
  let resolve: (value: Value) => void = () => {}
  const promise = new Promise<Value>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
