import sharp from 'sharp'
import { quarterOf } from './variants.ts'

/** Four times what Midjourney draws at most; more is a bomb. */
const limitInputPixels = 64_000_000

/** One picture of a grid, as PNG; rejects when the bytes are no picture. */
export async function cutQuarter(bytes: Uint8Array, quarter: 1 | 2 | 3 | 4): Promise<Buffer> {
  const picture = sharp(bytes, { limitInputPixels })
  const { width, height } = await picture.metadata()
  return picture
    .extract(quarterOf(width, height, quarter))
    .keepIccProfile()
    .png()
    .toBuffer()
}

/** The picture in another format; `quality` goes from 1 to 100. */
export function recode(bytes: Uint8Array, format: 'jpeg' | 'webp', quality: number): Promise<Buffer> {
  return sharp(bytes, { limitInputPixels })
    .toFormat(format, { quality: Math.max(1, quality) })
    .toBuffer()
}
