import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileTypeFromBuffer } from 'file-type'

/** A file on its way into the store. */
export interface Spooled {
  path: string
  /** Bytes. */
  size: number
  /** In hex. */
  sha256: string
  /** What the first bytes say; null when they are no picture or video. */
  contentType: string | null
}

/** A file has more bytes than are taken. */
export class TooLargeError extends Error {
  override name = 'TooLargeError'
}

/** What is kept and served; anything else could be a page that runs scripts at our address. */
const media = new Set([
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/gif',
  'video/mp4',
  'video/webm',
  'video/quicktime',
])

/** A type that we serve, whatever was announced; bytes without a meaning else. */
export const servedType = (contentType: string | null | undefined): string => {
  const [bare = ''] = (contentType ?? '').split(';')
  return media.has(bare.trim()) ? bare.trim() : 'application/octet-stream'
}

/** How much of a file tells its type. */
const headBytes = 4100

/** A place for files that are being made; each call names a new one. */
export async function spoolPath(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true })
  return join(dir, randomUUID())
}

/** Writes a stream to a file, a piece at a time, and finds out what it is. Throws `TooLargeError`; then nothing is left. */
export async function spool(
  body: Readable,
  dir: string,
  { maxBytes, signal }: { maxBytes: number; signal?: AbortSignal | undefined },
): Promise<Spooled> {
  const path = await spoolPath(dir).catch((error: unknown) => {
    body.destroy()
    throw error
  })
  const hash = createHash('sha256')
  let size = 0
  let head = Buffer.alloc(0)

  async function* look(pieces: AsyncIterable<Buffer>) {
    for await (const piece of pieces) {
      size += piece.length
      if (size > maxBytes) throw new TooLargeError(`more than ${maxBytes} bytes`)
      hash.update(piece)
      if (head.length < headBytes) head = Buffer.concat([head, piece.subarray(0, headBytes - head.length)])
      yield piece
    }
  }

  try {
    await pipeline(body, look, createWriteStream(path), signal ? { signal } : {})
    return { path, size, sha256: hash.digest('hex'), contentType: await mediaType(head) }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

async function mediaType(head: Buffer): Promise<string | null> {
  const type = await fileTypeFromBuffer(head)
  return type && media.has(type.mime) ? type.mime : null
}

/** What `spool` would have found out about a file that was made here. */
export async function measure(path: string): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256')
  let size = 0
  for await (const piece of createReadStream(path)) {
    hash.update(piece)
    size += piece.length
  }
  return { size, sha256: hash.digest('hex') }
}

/** Removes what a process that died has left, which is what nobody has written to since `before` (ms). */
export async function clearSpool(dir: string, before: number): Promise<void> {
  await mkdir(dir, { recursive: true })
  for (const name of await readdir(dir)) {
    const path = join(dir, name)
    const found = await stat(path).catch(() => null)
    if (found && found.mtimeMs < before) await rm(path, { force: true })
  }
}
