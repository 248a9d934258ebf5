import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'undici'
import { expect, test } from 'vitest'
import { startCdn, startImageService } from '../../helpers/image-service.ts'
import { order, video } from '../../helpers/images.ts'
import { retainedBytes } from '../../helpers/memory.ts'
import { startS3 } from '../../helpers/s3-server.ts'
import { scratchDir } from '../../helpers/scratch.ts'
import { until } from '../../helpers/until.ts'

const megabyte = 2 ** 20
const piece = video(megabyte)
const pieces = 60
/** What may be on its way at a time, in all buffers of all ends, which are in this process; holding the video takes 60. */
const mostGrowth = 40 * megabyte

const wholeHash = () => {
  const hash = createHash('sha256')
  for (let n = 0; n < pieces; n += 1) hash.update(piece)
  return hash.digest('hex')
}

/** A CDN that makes a video of 60 MB as it is read, and looks at the memory all along. */
async function withLargeVideo() {
  const cdn = await startCdn()
  const seen: number[] = []
  cdn.files.set('/film', async (_request, response) => {
    response.writeHead(200, { 'content-length': pieces * megabyte })
    for (let n = 0; n < pieces; n += 1) {
      if (!response.write(piece)) await once(response, 'drain')
      if (n % 5 === 4) seen.push(retainedBytes())
    }
    response.end()
  })
  const film = order({ files: [{ url: `${cdn.url}/film`, filename: 'film.mp4', contentType: 'video/mp4' }] })
  return { film, seen }
}

/** Reads a file as a browser would, keeping nothing; gives its hash and looks at the memory all along. */
async function readThrough(url: string, seen: number[]): Promise<string> {
  const { body } = await request(url)
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of body) {
    hash.update(chunk)
    const before = Math.floor(bytes / (5 * megabyte))
    bytes += chunk.length
    if (Math.floor(bytes / (5 * megabyte)) > before) seen.push(retainedBytes())
  }
  return hash.digest('hex')
}

for (const [where, inBucket] of [
  ['on disk', false],
  ['in a bucket', true],
] as const) {
  test(`copies and serves a video of 60 MB ${where} without holding it`, async () => {
    const { film, seen } = await withLargeVideo()
    const server = inBucket ? await startS3(await scratchDir()) : null
    const { images, pending, url } = await startImageService({ parts: { s3: server?.options ?? null } })
    const before = retainedBytes()
    await images.keeper.keep(film)
    await until(() => pending.orders.size === 0)
    expect(await readThrough(`${url}/images/job1/film.mp4`, seen)).toBe(wholeHash())
    expect(seen.length).toBeGreaterThanOrEqual(20)
    expect(Math.max(...seen) - before).toBeLessThan(mostGrowth)
    await server?.stop()
  })
}

test('sends a video of 60 MB through from Discord without holding it', async () => {
  const { film, seen } = await withLargeVideo()
  const { known, url } = await startImageService()
  known.set('job1', film)
  const before = retainedBytes()
  expect(await readThrough(`${url}/images/job1/film.mp4`, seen)).toBe(wholeHash())
  expect(seen.length).toBeGreaterThanOrEqual(20)
  expect(Math.max(...seen) - before).toBeLessThan(mostGrowth)
})
