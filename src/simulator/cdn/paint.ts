import sharp, { type Sharp } from 'sharp'
import { film } from './film.ts'
import { type Cell, paintCell } from './scene.ts'

export interface Picture {
  /** Four make a 2 × 2 grid. */
  cells: readonly Cell[]
  width: number
  height: number
  format: 'png' | 'webp' | 'jpeg' | 'mp4'
  /** More than one for an animation; absent for one. */
  frames?: number
  /** 0 is sharp; a preview starts blurred. */
  blur: number
  /** Whose picture it is: kept in its metadata, so that bytes can be traced back to a job. */
  mark: { jobUuid: string; index: number | null }
}

/** The same for pictures with the same bytes. */
export function pictureKey({ cells, width, height, format, blur, mark }: Picture): string {
  const which = cells.length === 1 ? (cells[0]?.layout ?? '') : 'all'
  return `${mark.jobUuid}:${mark.index}:${which}:${width}x${height}:${format}:${blur}`
}

const markName = 'drawbridge-simulator'

/** The bytes of a picture; the same picture always gives the same bytes. */
export async function paint(picture: Picture): Promise<Buffer> {
  const { format, blur, mark } = picture
  const description = `${markName} job=${mark.jobUuid} index=${mark.index ?? '-'}`
  if (format === 'mp4') return film(framesOf(picture), description)
  const image =
    (picture.frames ?? 1) > 1 ? await animation(framesOf(picture)) : sharp(Buffer.from(toSvg(picture)))
  if (blur >= 0.3) image.blur(blur)
  image.withExif({ IFD0: { ImageDescription: description } })
  if (format === 'jpeg') return image.jpeg({ quality: 60 }).toBuffer()
  return format === 'png'
    ? image.png({ compressionLevel: 3, adaptiveFiltering: false }).toBuffer()
    : image.webp({ quality: blur > 0 ? 40 : 82, effort: 0 }).toBuffer()
}

/** Frames below each other, as sharp wants them. */
async function animation(frames: readonly Sharp[]): Promise<Sharp> {
  const drawn = await Promise.all(
    frames.map((frame) => frame.ensureAlpha().raw().toBuffer({ resolveWithObject: true })),
  )
  const { width = 1, height = 1 } = drawn[0]?.info ?? {}
  return sharp(Buffer.concat(drawn.map(({ data }) => data)), {
    raw: { width, height: height * drawn.length, channels: 4, pageHeight: height },
  })
}

/** What moves is the light: the second frame is the first, darker. */
function framesOf(picture: Picture): Sharp[] {
  const svg = Buffer.from(toSvg(picture))
  return Array.from({ length: picture.frames ?? 1 }, (_, n) =>
    sharp(svg).modulate({ brightness: 1 - n * 0.1 }),
  )
}

function toSvg({ cells, width, height }: Picture): string {
  const ratio = (100 * height) / width
  const [only, ...others] = cells
  const body =
    others.length === 0 && only
      ? paintCell(only, ratio)
      : cells.map((cell, at) => quarter(cell, at, ratio)).join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 100 ${ratio.toFixed(3)}">${body}</svg>`
}

/** A quarter is the same drawing as the single picture, at half the size. */
function quarter(cell: Cell, at: number, ratio: number): string {
  const x = (at % 2) * 50
  const y = (Math.floor(at / 2) * ratio) / 2
  return `<svg x="${x}" y="${y.toFixed(3)}" width="50" height="${(ratio / 2).toFixed(3)}" viewBox="0 0 100 ${ratio.toFixed(3)}">${paintCell(cell, ratio)}</svg>`
}

/** Reads the mark back; null where there is none, as in a picture that was cut or encoded anew. */
export async function readMark(bytes: Uint8Array): Promise<Picture['mark'] | null> {
  const text = isVideo(bytes) ? Buffer.from(bytes).toString('latin1') : await exifOf(bytes)
  const match = new RegExp(`${markName} job=([0-9a-f-]{36}) index=(\\d|-)`).exec(text)
  if (!match?.[1]) return null
  return { jobUuid: match[1], index: match[2] === '-' ? null : Number(match[2]) }
}

const isVideo = (bytes: Uint8Array): boolean => Buffer.from(bytes).toString('latin1', 4, 8) === 'ftyp'

async function exifOf(bytes: Uint8Array): Promise<string> {
  const { exif } = await sharp(bytes).metadata()
  return exif?.toString('latin1') ?? ''
}

/** Mean difference per channel between two pictures, both seen at 32 × 32. */
export async function meanDifference(a: Uint8Array, b: Uint8Array): Promise<number> {
  const [left, right] = await Promise.all([a, b].map(thumbnail))
  if (!left || !right) return 255
  const sum = left.reduce((total, value, at) => total + Math.abs(value - (right[at] ?? 0)), 0)
  return sum / left.length
}

function thumbnail(bytes: Uint8Array): Promise<Buffer> {
  return sharp(bytes).resize(32, 32, { fit: 'fill' }).removeAlpha().raw().toBuffer()
}
