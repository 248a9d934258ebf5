import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { createDiskStore } from './disk-store.ts'
import { rememberingFresh } from './fresh-addresses.ts'
import { createKeeper } from './keeper.ts'
import { createLibrary } from './library.ts'
import { createLinkSigner } from './links.ts'
import { createMarks } from './marks.ts'
import type { OrderOf, PendingCopies, Upstream } from './ports.ts'
import { sweep } from './retention.ts'
import { createS3Store, type S3Options } from './s3-store.ts'
import { clearSpool } from './spool.ts'
import { createVariants } from './variants.ts'

export interface ImageSettings {
  /** A file of more bytes is not kept. */
  maxFileBytes: number
  copiesAtOnce: number
  /** How long after the end of its job a file is still tried (ms). */
  giveUpAfterMs: number
  variantsAtOnce: number
  /** Neither side of a thumbnail is longer (pixels). */
  thumbnailPixels: number
  /** 0 for no limit. */
  maxAgeMs: number
  /** 0 for no limit. */
  maxTotalBytes: number
  /** How long it is remembered that files were removed (ms): as long as their job is known. */
  goneKeptMs: number
  sweepEveryMs: number
  /** How often orders are looked for that another node has left (ms). */
  resumeEveryMs: number
}

export interface ImagesParts {
  dataDir: string
  /** Null: files stay on the local disk, under `dataDir`. */
  s3: S3Options | null
  /** Signs links. */
  secret: string
  settings: ImageSettings
  upstream: Upstream
  pending: PendingCopies
  orderOf: OrderOf
  clock: Clock
  log: Log
}

const dayMs = 86_400_000

/** Everything that fetches, keeps, makes and removes pictures and videos. Builds only; `start` sets it going. */
export function createImages(parts: ImagesParts) {
  const { dataDir, s3, secret, settings, pending, orderOf, clock, log } = parts
  const upstream = rememberingFresh(parts.upstream, clock)
  const { maxFileBytes, copiesAtOnce, variantsAtOnce, giveUpAfterMs, thumbnailPixels } = settings
  const dir = join(dataDir, 'images')
  // On the disk of the store, so that what is ready is only renamed.
  const spoolDir = join(dir, '.spool')
  const bucket = s3 ? createS3Store(s3) : null
  const store = bucket ?? createDiskStore(dir)
  const marks = createMarks(store, spoolDir)
  const fetching = { store, marks, upstream, spoolDir, maxFileBytes }
  const keeper = createKeeper({ ...fetching, pending, clock, log, concurrency: copiesAtOnce, giveUpAfterMs })
  const variants = createVariants({ store, marks, spoolDir, concurrency: variantsAtOnce, thumbnailPixels })
  const library = createLibrary({ store, marks, keeper, variants, upstream, orderOf, maxFileBytes, clock })
  const stopping = new AbortController()
  const rounds: Promise<void>[] = []

  async function round(what: string, everyMs: number, work: () => Promise<unknown>): Promise<void> {
    try {
      for (;;) {
        await work().catch((err: unknown) => log.error({ err }, `${what} failed`))
        await clock.sleep(everyMs, stopping.signal)
      }
    } catch (error) {
      if (!stopping.signal.aborted) throw error
    }
  }

  async function clean(): Promise<void> {
    await clearSpool(spoolDir, clock.now() - dayMs)
    const jobs = await sweep({ ...settings, store, remove: library.remove, clock })
    if (jobs > 0) log.info({ jobs }, 'old files removed')
  }

  return {
    library,
    /** Orders copies: to be told of each job that ends with files. */
    keeper,
    signer: createLinkSigner(secret),

    /** Goes on with copies that were left, here or by another node, and removes what is old; both again and again. */
    start(): void {
      rounds.push(
        round('resuming copies', settings.resumeEveryMs, keeper.resume),
        round('retention', settings.sweepEveryMs, clean),
      )
    },

    async stop(): Promise<void> {
      stopping.abort()
      await keeper.stop()
      await Promise.all(rounds)
      await bucket?.close()
    },
  }
}

export type Images = ReturnType<typeof createImages>
