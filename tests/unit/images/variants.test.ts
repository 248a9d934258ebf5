import { Readable } from 'node:stream'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { createDiskStore } from '../../../src/images/disk-store.ts'
import { createMarks } from '../../../src/images/marks.ts'
import { spool } from '../../../src/images/spool.ts'
import type { ImageStore } from '../../../src/images/store.ts'
import { createVariants, quarterOf } from '../../../src/images/variants.ts'
import { bytesOf, gridPicture, imageDirs, video } from '../../helpers/images.ts'

async function setUp(picture: Buffer, { grid = true } = {}) {
  const { dir, spoolDir } = await imageDirs()
  const disk = createDiskStore(dir)
  const puts: string[] = []
  const store: ImageStore = {
    ...disk,
    put(file, path) {
      puts.push(file.name)
      return disk.put(file, path)
    },
  }
  const marks = createMarks(disk, spoolDir)
  const variants = createVariants({ store, marks, spoolDir, concurrency: 2, thumbnailPixels: 100 })
  const spooled = await spool(Readable.from([picture]), spoolDir, { maxBytes: 2 ** 26 })
  const { size, sha256, contentType } = spooled
  await disk.put({ jobId: 'job1', name: 'a.png', size, sha256, contentType: contentType ?? '' }, spooled.path)
  await marks.putOriginals('job1', { files: ['a.png'], grid })
  return { store, marks, variants, puts }
}

const pixelsOf = (bytes: Buffer) => sharp(bytes).raw().toBuffer({ resolveWithObject: true })

for (const [format, width, height] of [
  ['png', 128, 96],
  ['webp', 128, 96],
  ['jpeg', 128, 96],
  ['png', 101, 67],
] as const) {
  test(`cuts a ${format} of ${width} by ${height} into the very pixels of its quarters`, async () => {
    const grid = await gridPicture(width, height, format)
    const { store, variants } = await setUp(grid)
    const whole = await pixelsOf(grid)
    const { channels } = whole.info
    const seen = Buffer.alloc(whole.data.length)
    for (const quarter of [1, 2, 3, 4] as const) {
      const name = `quarter-${quarter}.png`
      expect(await variants.get('job1', name)).toMatchObject({ contentType: 'image/png' })
      const part = await pixelsOf((await bytesOf(store, 'job1', name)) ?? Buffer.alloc(0))
      const [left, top] = [
        quarter % 2 === 0 ? Math.floor(width / 2) : 0,
        quarter > 2 ? Math.floor(height / 2) : 0,
      ]
      // Puts the part where it belongs: together they must be the grid again.
      for (let y = 0; y < part.info.height; y += 1) {
        const row = part.data.subarray(y * part.info.width * channels, (y + 1) * part.info.width * channels)
        row.copy(seen, ((top + y) * width + left) * channels)
      }
    }
    expect(seen.equals(whole.data)).toBe(true)
  })
}

test('keeps what is transparent, and the colours of a profile', async () => {
  const rgba = Buffer.from(Array.from({ length: 4 * 4 * 4 }, (_, n) => (n * 37) % 256))
  const grid = await sharp(rgba, { raw: { width: 4, height: 4, channels: 4 } })
    .withIccProfile('p3')
    .png()
    .toBuffer()
  const { store, variants } = await setUp(grid)
  await variants.get('job1', 'quarter-4.png')
  const quarter = (await bytesOf(store, 'job1', 'quarter-4.png')) ?? Buffer.alloc(0)
  const whole = await sharp(grid).extract({ left: 2, top: 2, width: 2, height: 2 }).raw().toBuffer()
  expect(await sharp(quarter).raw().toBuffer()).toEqual(whole)
  expect((await sharp(quarter).metadata()).icc).toEqual((await sharp(grid).metadata()).icc)
})

test('makes a thumbnail within its bounds, in the shape of the picture', async () => {
  const { store, variants } = await setUp(await gridPicture(400, 200))
  expect(await variants.get('job1', 'thumbnail.webp')).toMatchObject({ contentType: 'image/webp' })
  const thumbnail = (await bytesOf(store, 'job1', 'thumbnail.webp')) ?? Buffer.alloc(0)
  expect(await sharp(thumbnail).metadata()).toMatchObject({ format: 'webp', width: 100, height: 50 })
})

test('enlarges nothing, and makes a webp of full size', async () => {
  const { store, variants } = await setUp(await gridPicture(40, 20))
  for (const name of ['thumbnail.webp', 'image.webp']) {
    await variants.get('job1', name)
    const bytes = (await bytesOf(store, 'job1', name)) ?? Buffer.alloc(0)
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp', width: 40, height: 20 })
  }
})

test('makes each variant once, however many ask for it', async () => {
  const { variants, puts } = await setUp(await gridPicture(64, 64))
  const asked = await Promise.all(Array.from({ length: 20 }, () => variants.get('job1', 'quarter-2.png')))
  expect(new Set(asked.map((file) => file?.sha256)).size).toBe(1)
  await variants.get('job1', 'quarter-2.png')
  expect(puts).toEqual(['quarter-2.png'])
})

test('has no quarters of a picture that is no grid', async () => {
  const { variants } = await setUp(await gridPicture(64, 64), { grid: false })
  expect(await variants.get('job1', 'quarter-1.png')).toBeNull()
  expect(await variants.get('job1', 'thumbnail.webp')).not.toBeNull()
})

test('has nothing of a video, of an unknown job, or by another name', async () => {
  const { variants } = await setUp(video(1000))
  expect(await variants.get('job1', 'thumbnail.webp')).toBeNull()
  expect(await variants.get('job2', 'thumbnail.webp')).toBeNull()
  expect(await variants.get('job1', 'quarter-5.png')).toBeNull()
})

test('leaves no variant of a job that is removed meanwhile', async () => {
  const { variants, store, marks } = await setUp(await gridPicture(64, 64))
  const asked = variants.get('job1', 'quarter-1.png')
  await marks.putGone('job1')
  expect(await asked).toBeNull()
  expect(await store.stat({ jobId: 'job1', name: 'quarter-1.png' })).toBeNull()
})

test('gives the middle of an odd grid to the right and to the bottom', () => {
  expect(quarterOf(5, 3, 1)).toEqual({ left: 0, top: 0, width: 2, height: 1 })
  expect(quarterOf(5, 3, 4)).toEqual({ left: 2, top: 1, width: 3, height: 2 })
})
