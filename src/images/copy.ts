import { rm } from 'node:fs/promises'
import { fileNamesOf } from './names.ts'
import type { CopyOrder, Fetched, RemoteFile, Upstream } from './ports.ts'
import { type Spooled, spool, TooLargeError } from './spool.ts'
import type { ImageStore } from './store.ts'

export interface CopyParts {
  store: ImageStore
  upstream: Upstream
  /** On the disk of the store, where there is one. */
  spoolDir: string
  maxFileBytes: number
}

/** `hopeless`: the same will happen however often it is tried. */
export type Copied = { ok: true; name: string } | { ok: false; name: string; why: string; hopeless: boolean }

/** Copies what is still missing of a job's files, one after the other. Rejects only when aborted. */
export async function copyFiles(parts: CopyParts, order: CopyOrder, signal: AbortSignal): Promise<Copied[]> {
  const names = fileNamesOf(order.files.map((file) => file.filename))
  const copied: Copied[] = []
  for (const [index, file] of order.files.entries()) {
    copied.push(await copyFile(parts, order, { file, name: names[index] ?? '' }, signal))
  }
  return copied
}

async function copyFile(
  parts: CopyParts,
  { jobId, account }: CopyOrder,
  { file, name }: { file: RemoteFile; name: string },
  signal: AbortSignal,
): Promise<Copied> {
  const fail = (why: string, hopeless = false): Copied => ({ ok: false, name, why, hopeless })
  const { store, upstream, spoolDir, maxFileBytes } = parts
  try {
    if (await store.stat({ jobId, name })) return { ok: true, name }
    const fetched = await openFile(upstream, account, file.url, { maxBytes: maxFileBytes, signal })
    if (!fetched.ok) return fail(fetched.why)
    const spooled = await spool(fetched.body, spoolDir, { maxBytes: maxFileBytes, signal })
    try {
      const fault = faultOf(spooled, [file.size, fetched.size])
      if (fault) return fail(fault)
      const { path, size, sha256, contentType } = spooled
      await store.put({ jobId, name, contentType: contentType ?? '', size, sha256 }, path)
    } finally {
      await rm(spooled.path, { force: true })
    }
    return { ok: true, name }
  } catch (error) {
    signal.throwIfAborted()
    return fail(error instanceof Error ? error.message : 'failed', error instanceof TooLargeError)
  }
}

/** Opens a file of Discord's, by a fresh address if this one has expired. Rejects only when aborted. */
export async function openFile(
  upstream: Upstream,
  account: string,
  url: string,
  options: { maxBytes: number; signal?: AbortSignal },
): Promise<Fetched> {
  const first = await upstream.fetchFile(account, url, options)
  // An expired address is answered as a missing file.
  if (first.ok || (first.status !== 404 && first.status !== 403)) return first
  const [fresh] = await upstream.refreshUrls(account, [url], options.signal)
  return fresh ? upstream.fetchFile(account, fresh, options) : first
}

function faultOf({ size, contentType }: Spooled, announced: (number | null | undefined)[]): string | null {
  const other = announced.find((bytes) => typeof bytes === 'number' && bytes !== size)
  if (other !== undefined) return `${size} bytes came where ${other} were announced`
  return contentType === null ? 'the content is neither a picture nor a video' : null
}
