import type { Readable } from 'node:stream'
import type { Clock } from '../clock.ts'
import { DrawbridgeError } from '../errors.ts'
import { openFile } from './copy.ts'
import type { Keeper } from './keeper.ts'
import { goneMark, type Marks } from './marks.ts'
import { fileNamesOf, isFileName, isJobId, variantOf } from './names.ts'
import type { CopyOrder, OrderOf, RemoteFile, Upstream } from './ports.ts'
import { servedType } from './spool.ts'
import type { ByteRange, ImageStore, StoredFile } from './store.ts'
import type { Variants } from './variants.ts'

interface LibraryParts {
  store: ImageStore
  marks: Marks
  keeper: Keeper
  variants: Variants
  upstream: Upstream
  orderOf: OrderOf
  maxFileBytes: number
  clock: Clock
}

/** What a link leads to: a kept file, or one that is still with Discord alone and is sent through. */
export type Found =
  | { kept: true; file: StoredFile; read(range?: ByteRange): Promise<Readable> }
  | { kept: false; contentType: string; read(signal: AbortSignal): Promise<Readable> }

/** An address that expires sooner is replaced before it is given away. */
const shortMs = 5 * 60_000
/** For so long nobody is asked again for what could not be had: links are public, and accounts are not to be worn out. */
const quietMs = 10_000
const mostQuiet = 10_000

/** The pictures and videos of all jobs, as links ask for them. */
export function createLibrary(parts: LibraryParts) {
  const { store, marks, keeper, variants, upstream, orderOf, maxFileBytes, clock } = parts

  const failedAt = new Map<string, number>()

  /** What the work gives, unless it has just failed for this job; a failure is `image-late`. */
  async function unlessJustFailed<Value>(jobId: string, work: () => Promise<Value | null>): Promise<Value> {
    if (clock.now() - (failedAt.get(jobId) ?? -quietMs) < quietMs) throw new DrawbridgeError('image-late')
    const value = await work()
    if (value !== null) return value
    if (failedAt.size >= mostQuiet) failedAt.clear()
    failedAt.set(jobId, clock.now())
    throw new DrawbridgeError('image-late')
  }

  function kept(file: StoredFile): Found {
    return {
      kept: true,
      file,
      async read(range) {
        const bytes = await store.read(file, range)
        if (!bytes) throw new DrawbridgeError('image-gone')
        return bytes
      },
    }
  }

  function late({ jobId, account }: CopyOrder, { url, contentType }: RemoteFile): Found {
    return {
      kept: false,
      contentType: servedType(contentType),
      read: (signal) =>
        unlessJustFailed(jobId, async () => {
          const fetched = await openFile(upstream, account, url, { maxBytes: maxFileBytes, signal })
          return fetched.ok ? fetched.body : null
        }),
    }
  }

  /** The order of a job whose files may be shown although there is no copy. */
  async function openOrder(jobId: string): Promise<CopyOrder> {
    if (await marks.isGone(jobId)) throw new DrawbridgeError('image-gone')
    const order = await orderOf(jobId)
    if (!order) throw new DrawbridgeError('image-unknown')
    return order
  }

  async function findVariant(jobId: string, name: string): Promise<Found> {
    const made = await variants.get(jobId, name)
    if (made) return kept(made)
    if (await marks.originals(jobId)) throw new DrawbridgeError('image-unknown')
    const order = await openOrder(jobId)
    await unlessJustFailed(jobId, async () => (await keeper.copyNow(order)) || null)
    const second = await variants.get(jobId, name)
    if (!second) throw new DrawbridgeError('image-unknown')
    return kept(second)
  }

  return {
    /** Throws `image-unknown`, `image-gone` (removed on purpose) or `image-late` (later, perhaps). */
    async find(jobId: string, name: string): Promise<Found> {
      if (!isJobId(jobId) || !isFileName(name)) throw new DrawbridgeError('image-unknown')
      if (variantOf(name)) return findVariant(jobId, name)
      const file = await store.stat({ jobId, name })
      if (file) return kept(file)
      const order = await openOrder(jobId)
      return late(order, fileOf(order, name))
    },

    /** Discord's own address of an original, good for some minutes at least. Throws as `find` does. */
    async discordUrl(jobId: string, name: string): Promise<string> {
      if (!isJobId(jobId) || !isFileName(name)) throw new DrawbridgeError('image-unknown')
      const order = await openOrder(jobId)
      const { url } = fileOf(order, name)
      if (!expiresBefore(url, clock.now() + shortMs)) return url
      const [fresh] = await upstream.refreshUrls(order.account, [url])
      if (!fresh) throw new DrawbridgeError('image-late')
      return fresh
    },

    /** Removes all of a job's files for good; a copy that is being made is given up. */
    async remove(jobId: string): Promise<void> {
      if (!isJobId(jobId)) throw new DrawbridgeError('image-unknown')
      // First, so that nothing comes back while the files are being removed.
      await marks.putGone(jobId)
      await keeper.forget(jobId)
      for (const name of await store.names(jobId)) {
        if (name !== goneMark) await store.remove({ jobId, name })
      }
    },
  }
}

export type Library = ReturnType<typeof createLibrary>

function fileOf(order: CopyOrder, name: string): RemoteFile {
  const names = fileNamesOf(order.files.map((file) => file.filename))
  const file = order.files[names.indexOf(name)]
  if (!file) throw new DrawbridgeError('image-unknown')
  return file
}

/** Discord's addresses carry their end as `ex`, in hexadecimal Unix seconds. */
function expiresBefore(url: string, time: number): boolean {
  const ex = URL.canParse(url) ? new URL(url).searchParams.get('ex') : null
  return ex !== null && Number.parseInt(ex, 16) * 1000 < time
}
