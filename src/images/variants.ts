import { rm } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import sharp, { type Sharp } from 'sharp'
import { createGate } from './gate.ts'
import type { Marks } from './marks.ts'
import { type Variant, variantOf } from './names.ts'
import { measure, spoolPath } from './spool.ts'
import type { ImageStore, StoredFile } from './store.ts'

interface VariantParts {
  store: ImageStore
  marks: Marks
  spoolDir: string
  /** How many pictures are computed at a time. */
  concurrency: number
  /** Neither side of a thumbnail is longer (pixels). */
  thumbnailPixels: number
}

/** Four times what Midjourney draws at most; more is a bomb. */
const mostPixels = 64_000_000
const webpQuality = 85

/** Pictures made from a job's first one when they are first asked for, and kept beside it. */
export function createVariants(parts: VariantParts) {
  const { store, marks, spoolDir, concurrency, thumbnailPixels } = parts
  const gate = createGate(concurrency)
  const making = new Map<string, Promise<StoredFile | null>>()

  async function make(jobId: string, name: string, variant: Variant): Promise<StoredFile | null> {
    const originals = await marks.originals(jobId)
    const [first] = originals?.files ?? []
    if (!originals || first === undefined || (variant.kind === 'quarter' && !originals.grid)) return null
    const source = await store.stat({ jobId, name: first })
    if (!source?.contentType.startsWith('image/')) return null
    return gate(async () => {
      const path = await spoolPath(spoolDir)
      try {
        await draw(source, variant, path)
        const contentType = variant.kind === 'quarter' ? 'image/png' : 'image/webp'
        const file = { jobId, name, contentType, ...(await measure(path)) }
        await store.put(file, path)
        if (!(await marks.isGone(jobId))) return file
        await store.remove(file)
        return null
      } finally {
        await rm(path, { force: true })
      }
    })
  }

  async function draw(source: StoredFile, variant: Variant, path: string): Promise<void> {
    const bytes = await store.read(source)
    if (!bytes) throw new Error('the original is gone')
    const picture = sharp(await buffer(bytes), { limitInputPixels: mostPixels })
    await (await drawn(picture, variant)).toFile(path)
  }

  async function drawn(picture: Sharp, variant: Variant): Promise<Sharp> {
    switch (variant.kind) {
      case 'thumbnail': {
        const box = { width: thumbnailPixels, height: thumbnailPixels, fit: 'inside' } as const
        return picture.resize({ ...box, withoutEnlargement: true }).webp({ quality: webpQuality })
      }
      case 'webp':
        return picture.webp({ quality: webpQuality })
      case 'quarter': {
        const { width, height } = await picture.metadata()
        // The profile goes along, so that no pixel is changed for another colour space.
        return picture
          .extract(quarterOf(width, height, variant.quarter))
          .keepIccProfile()
          .png()
      }
    }
  }

  return {
    /** The variant of this name, made now unless it is kept; null where the job has no such thing, or nothing kept yet. */
    async get(jobId: string, name: string): Promise<StoredFile | null> {
      const variant = variantOf(name)
      if (!variant) return null
      const kept = await store.stat({ jobId, name })
      if (kept) return kept
      const key = `${jobId}/${name}`
      const known = making.get(key)
      if (known) return known
      const made = make(jobId, name, variant).finally(() => making.delete(key))
      making.set(key, made)
      return made
    },
  }
}

export type Variants = ReturnType<typeof createVariants>

/** Where in a grid its pictures stand: 1 and 2 above, 3 and 4 below. An odd pixel belongs to the right and to the bottom. */
export function quarterOf(width: number, height: number, quarter: 1 | 2 | 3 | 4) {
  const [middleX, middleY] = [Math.floor(width / 2), Math.floor(height / 2)]
  const isRight = quarter % 2 === 0
  const isBelow = quarter > 2
  return {
    left: isRight ? middleX : 0,
    top: isBelow ? middleY : 0,
    width: isRight ? width - middleX : middleX,
    height: isBelow ? height - middleY : middleY,
  }
}
