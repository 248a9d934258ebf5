import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { imageLinks } from '../../../src/images/links.ts'
import { plainUpstream, startCdn, startImageService } from '../../helpers/image-service.ts'
import { gridPicture, order, video } from '../../helpers/images.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { startS3 } from '../../helpers/s3-server.ts'
import { scratchDir } from '../../helpers/scratch.ts'
import { until } from '../../helpers/until.ts'

type Options = Parameters<typeof startImageService>[0]

/** A service that has copied one picture. */
async function withPicture(picture: Buffer, options?: Options, filename = 'a.png') {
  const cdn = await startCdn()
  const service = await startImageService(options)
  cdn.files.set('/a', picture)
  const copied = order({ files: [{ url: `${cdn.url}/a`, filename, contentType: 'image/png' }] })
  service.known.set('job1', copied)
  await service.images.keeper.keep(copied)
  await until(() => service.pending.orders.size === 0)
  return { cdn, copied, ...service }
}

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())
const raw = (bytes: Buffer) => sharp(bytes).raw().toBuffer()

for (const [where, s3] of [
  ['on disk', false],
  ['in a bucket', true],
] as const) {
  test(`serves a picture ${where} and all that is made of it when Discord’s link is dead`, async () => {
    const server = s3 ? await startS3(await scratchDir()) : null
    const grid = await gridPicture(256, 192)
    const { cdn, get } = await withPicture(grid, { parts: { s3: server?.options ?? null } })
    await cdn.stop()

    const original = await get('/images/job1/a.png')
    expect(original.status).toBe(200)
    expect(original.headers.get('content-type')).toBe('image/png')
    expect(await bytesOf(original)).toEqual(grid)
    for (const [name, format, width, height] of [
      ['thumbnail.webp', 'webp', 64, 48],
      ['image.webp', 'webp', 256, 192],
    ] as const) {
      const made = await get(`/images/job1/${name}`)
      expect(made.headers.get('content-type')).toBe('image/webp')
      expect(await sharp(await bytesOf(made)).metadata()).toMatchObject({ format, width, height })
    }
    for (const [quarter, left, top] of [
      [1, 0, 0],
      [2, 128, 0],
      [3, 0, 96],
      [4, 128, 96],
    ] as const) {
      const part = await bytesOf(await get(`/images/job1/quarter-${quarter}.png`))
      const cut = sharp(grid).extract({ left, top, width: 128, height: 96 })
      expect((await raw(part)).equals(await cut.raw().toBuffer())).toBe(true)
    }
    const range = await get('/images/job1/a.png', { headers: { range: 'bytes=10-19' } })
    expect(await bytesOf(range)).toEqual(grid.subarray(10, 20))
    await server?.stop()
  })
}

test('says all that caches, pages of other sites and browsers need', async () => {
  const { get } = await withPicture(await gridPicture(32, 32))
  const { headers } = await get('/images/job1/a.png', { headers: { origin: 'https://app.example' } })
  expect(Object.fromEntries(headers)).toMatchObject({
    etag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
    'cache-control': 'public, max-age=31536000, immutable',
    'accept-ranges': 'bytes',
    'access-control-allow-origin': '*',
    'access-control-expose-headers': expect.stringContaining('content-range'),
    'content-disposition': 'inline; filename="a.png"',
    'content-type': 'image/png',
    'cross-origin-resource-policy': 'cross-origin',
    'x-content-type-options': 'nosniff',
  })
})

test('answers HEAD as GET, without the picture', async () => {
  const picture = await gridPicture(32, 32)
  const { get } = await withPicture(picture)
  const head = await get('/images/job1/a.png', { method: 'HEAD', headers: { range: 'bytes=0-1' } })
  expect(head.status).toBe(200)
  expect(head.headers.get('content-length')).toBe(String(picture.length))
  expect(head.headers.get('content-type')).toBe('image/png')
  expect((await bytesOf(head)).length).toBe(0)
})

test('does not send again what the caller has', async () => {
  const { get } = await withPicture(await gridPicture(32, 32))
  const etag = (await get('/images/job1/a.png')).headers.get('etag') ?? ''
  for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const again = await get('/images/job1/a.png', { headers: { 'if-none-match': tag } })
    expect(again.status).toBe(304)
    expect(again.headers.get('etag')).toBe(etag)
    expect((await bytesOf(again)).length).toBe(0)
  }
  const changed = await get('/images/job1/a.png', { headers: { 'if-none-match': '"other"' } })
  expect(changed.status).toBe(200)
})

test('sends parts, so that videos can be wound on', async () => {
  const film = video(100_000)
  const { get } = await withPicture(film, undefined, 'a.mp4')
  for (const [header, start, end] of [
    ['bytes=0-0', 0, 0],
    ['bytes=500-', 500, 99_999],
    ['bytes=-100', 99_900, 99_999],
    ['bytes=99990-200000', 99_990, 99_999],
  ] as const) {
    const part = await get('/images/job1/a.mp4', { headers: { range: header } })
    expect(part.status).toBe(206)
    expect(part.headers.get('content-type')).toBe('video/mp4')
    expect(part.headers.get('content-range')).toBe(`bytes ${start}-${end}/100000`)
    expect(part.headers.get('content-length')).toBe(String(end - start + 1))
    expect((await bytesOf(part)).equals(film.subarray(start, end + 1))).toBe(true)
  }
  const outside = await get('/images/job1/a.mp4', { headers: { range: 'bytes=100000-' } })
  expect(outside.status).toBe(416)
  expect(outside.headers.get('content-range')).toBe('bytes */100000')
})

test('sends parts only of the file that the caller has begun', async () => {
  const { get } = await withPicture(video(1000), undefined, 'a.mp4')
  const etag = (await get('/images/job1/a.mp4')).headers.get('etag') ?? ''
  const part = (tag: string) =>
    get('/images/job1/a.mp4', { headers: { range: 'bytes=0-9', 'if-range': tag } })
  expect((await part(etag)).status).toBe(206)
  expect((await part('"other"')).status).toBe(200)
})

test('answers what a browser asks before it asks for a part', async () => {
  const { get } = await withPicture(await gridPicture(32, 32))
  const asked = { origin: 'https://app.example', 'access-control-request-headers': 'range' }
  const preflight = await get('/images/job1/a.png', {
    method: 'OPTIONS',
    headers: { ...asked, 'access-control-request-method': 'GET' },
  })
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
  expect(preflight.headers.get('access-control-allow-headers')).toBe('range')
})

test('refuses what is not a link of ours, as a problem that nobody keeps', async () => {
  const { get } = await withPicture(await gridPicture(32, 32))
  for (const path of ['/images/job2/a.png', '/images/job1/b.png', '/images/job1/quarter-5.png']) {
    const answer = await get(path)
    expect(answer.status).toBe(404)
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(await answer.json()).toMatchObject({ status: 404, code: 'image-unknown' })
  }
})

test.for([
  '/images/job1/../../admin-key',
  '/images/job1/..%2f..%2fadmin-key',
  '/images/job1/..%5c..%5cadmin-key',
  '/images/..%2f..%2f/admin-key',
  '/images/%2e%2e/%2e%2e/admin-key',
  '/images/job1/%2e%2e/%2e%2e/admin-key',
  '/images/job1/.originals',
  '/images/job1/a.png~note',
  '/images/.spool/x',
  '/images/job1/a.png%00.txt',
])('does not leave its folder for %s', async (path) => {
  const { url } = await withPicture(await gridPicture(32, 32))
  // Clients clean paths up; an attacker does not.
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.end(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 40[04] /)
})

test('takes only signed links when it must, and none that was tampered with or is over', async () => {
  const clock = new ManualClock()
  const { get, images } = await withPicture(await gridPicture(64, 64), {
    parts: { clock },
    routes: { signedOnly: true },
  })
  const expires = { at: clock.now() + 60_000, signer: images.signer }
  const links = imageLinks({ publicUrl: '', jobId: 'job1', filenames: ['a.png'], shows: 'grid', expires })
  const [file = ''] = links.files
  const good = await get(file)
  expect(good.status).toBe(200)
  expect(good.headers.get('cache-control')).toBe('private, max-age=60, immutable')
  expect((await get(links.quarters[3] ?? '')).status).toBe(200)

  const moved = file.replace('a.png', 'quarter-1.png')
  const longer = file.replace(/expires=(\d+)/, (_, at) => `expires=${Number(at) + 1}`)
  const forged = file.replace(/signature=./, (found) => `signature=${found.endsWith('A') ? 'B' : 'A'}`)
  for (const bad of [
    '/images/job1/a.png',
    moved,
    longer,
    forged,
    `${file}&source=discord`.replace('expires', 'x'),
  ]) {
    const answer = await get(bad, { redirect: 'manual' })
    expect(answer.status, bad).toBe(403)
    expect(await answer.json()).toMatchObject({ code: 'link-refused' })
  }
  clock.advance(60_000)
  expect((await get(file)).status).toBe(403)
})

test('refuses a bad signature also where none is needed', async () => {
  const { get } = await withPicture(await gridPicture(64, 64))
  expect((await get('/images/job1/a.png?expires=99999999999&signature=x')).status).toBe(403)
})

test('streams a file through that is not copied yet', async () => {
  const cdn = await startCdn()
  const { known, get } = await startImageService()
  const film = video(300_000)
  cdn.files.set('/a', film)
  known.set('job1', order({ files: [{ url: `${cdn.url}/a`, filename: 'a.mp4', contentType: 'video/mp4' }] }))
  const answer = await get('/images/job1/a.mp4')
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('video/mp4')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect((await bytesOf(answer)).equals(film)).toBe(true)
  expect((await get('/images/job1/a.mp4', { method: 'HEAD' })).status).toBe(200)
  expect(cdn.asked).toHaveLength(1)
})

test('never passes a page of the other side off as ours', async () => {
  const cdn = await startCdn()
  const { known, get } = await startImageService()
  cdn.files.set('/a', Buffer.from('<script>alert(1)</script>'))
  const contentType = 'text/html'
  known.set('job1', order({ files: [{ url: `${cdn.url}/a`, filename: 'a.html', contentType }] }))
  const answer = await get('/images/job1/a.html')
  expect(answer.headers.get('content-type')).toBe('application/octet-stream')
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
})

test('copies at once what a quarter is asked of', async () => {
  const cdn = await startCdn()
  const { known, get } = await startImageService()
  const grid = await gridPicture(64, 64)
  cdn.files.set('/a', grid)
  known.set('job1', order({ files: [{ url: `${cdn.url}/a`, filename: 'a.png' }] }))
  const quarter = await get('/images/job1/quarter-2.png')
  expect(quarter.status).toBe(200)
  const cut = sharp(grid).extract({ left: 32, top: 0, width: 32, height: 32 })
  expect(await raw(await bytesOf(quarter))).toEqual(await cut.raw().toBuffer())
  expect((await get('/images/job1/a.png')).headers.get('etag')).not.toBeNull()
  expect(cdn.asked).toHaveLength(1)
})

test('wears no account out for a picture that cannot be had', async () => {
  const clock = new ManualClock()
  const asked = { files: 0, fresh: 0 }
  const upstream = {
    async fetchFile() {
      asked.files += 1
      return { ok: false, why: 'expired', status: 404 } as const
    },
    async refreshUrls() {
      asked.fresh += 1
      return [null]
    },
  }
  const { known, get } = await startImageService({ parts: { clock, upstream } })
  known.set('job1', order({ at: 0, files: [{ url: 'https://cdn/a?ex=1', filename: 'a.png' }] }))
  for (let n = 0; n < 20; n += 1) {
    for (const file of ['a.png', 'quarter-1.png', 'a.png?source=discord']) {
      expect((await get(`/images/job1/${file}`)).status).toBe(503)
    }
  }
  expect(asked).toEqual({ files: 1, fresh: 1 })
  clock.advance(30_000)
  await get('/images/job1/a.png')
  expect(asked).toEqual({ files: 2, fresh: 2 })
})

test('asks to come again when neither we nor Discord can show the picture now', async () => {
  const cdn = await startCdn()
  const { known, get } = await startImageService()
  for (const [jobId, name] of [
    ['job1', 'a.png'],
    ['job2', 'thumbnail.webp'],
  ] as const) {
    known.set(jobId, order({ jobId, files: [{ url: `${cdn.url}/a`, filename: 'a.png' }] }))
    const answer = await get(`/images/${jobId}/${name}`)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ code: 'image-late', retry: true })
  }
})

test('leads to Discord’s own address for who asks, refreshed when it has expired', async () => {
  const clock = new ManualClock()
  const hex = (ms: number) => Math.floor(ms / 1000).toString(16)
  const cdn = 'https://cdn.discordapp.com/attachments/1/2/a.png'
  const [alive, dead, fresh] = [
    `${cdn}?ex=${hex(clock.now() + 3_600_000)}&is=1&hm=a&`,
    `${cdn}?ex=${hex(clock.now() - 1000)}&is=1&hm=b&`,
    `${cdn}?ex=${hex(clock.now() + 86_400_000)}&is=1&hm=c&`,
  ]
  const upstream = {
    ...plainUpstream,
    refreshUrls: async (_: string, [url]: string[]) => [url === dead ? fresh : null],
  }
  const { known, get } = await startImageService({ parts: { clock, upstream } })
  const follow = async (url: string) => {
    known.set('job1', order({ files: [{ url, filename: 'a.png' }] }))
    const { status, headers } = await get('/images/job1/a.png?source=discord', { redirect: 'manual' })
    return { status, location: headers.get('location'), caching: headers.get('cache-control') }
  }
  expect(await follow(alive)).toEqual({ status: 302, location: alive, caching: 'no-store' })
  expect(await follow(dead)).toEqual({ status: 302, location: fresh, caching: 'no-store' })
})

test('leads to the operator’s own way to the CDN', async () => {
  const { known, get } = await startImageService({ routes: { cdnPrefix: 'https://mirror.example' } })
  known.set('job1', order({ files: [{ url: 'https://cdn.discordapp.com/a/b.png', filename: 'b.png' }] }))
  const { headers } = await get('/images/job1/b.png?source=discord', { redirect: 'manual' })
  expect(headers.get('location')).toBe('https://mirror.example/a/b.png')
})

test('asks once for a fresh address, however many want it', async () => {
  const clock = new ManualClock()
  const urls: string[] = []
  const upstream = {
    ...plainUpstream,
    async refreshUrls(_: string, [url = '']: string[]) {
      urls.push(url)
      return [`${url}fresh`]
    },
  }
  const { known, get } = await startImageService({ parts: { clock, upstream } })
  known.set('job1', order({ files: [{ url: 'https://cdn/a?ex=1&', filename: 'a.png' }] }))
  const follow = () => get('/images/job1/a.png?source=discord', { redirect: 'manual' })
  const answers = await Promise.all(Array.from({ length: 10 }, follow))
  expect(new Set(answers.map(({ headers }) => headers.get('location')))).toEqual(
    new Set(['https://cdn/a?ex=1&fresh']),
  )
  expect(urls).toHaveLength(1)
  clock.advance(3_600_000)
  await follow()
  expect(urls).toHaveLength(2)
})

test('goes on after a restart, and lets go of what is too old', async () => {
  const clock = new ManualClock(Date.now())
  const cdn = await startCdn()
  const dataDir = await scratchDir()
  const service = await startImageService({
    parts: { clock, dataDir, settings: { maxAgeMs: 7 * 86_400_000 } },
  })
  const { pending, known, images, get } = service
  const left = order({ at: clock.now(), files: [{ url: `${cdn.url}/a`, filename: 'a.png' }] })
  known.set('job1', left)
  pending.orders.set('job1', left)
  cdn.files.set('/a', await gridPicture(32, 32))
  images.start()
  await until(() => pending.orders.size === 0)
  expect((await get('/images/job1/a.png')).headers.get('etag')).not.toBeNull()
  clock.advance(6 * 86_400_000)
  expect((await get('/images/job1/a.png')).status).toBe(200)
  await until(async () => {
    clock.advance(86_400_000)
    return (await get('/images/job1/a.png')).status === 410
  })
})

test('removes a job’s files for who may, and does not bring them back', async () => {
  const { get, images, copied, cdn, pending } = await withPicture(await gridPicture(64, 64))
  await get('/images/job1/thumbnail.webp')
  expect((await get('/images/job1', { method: 'DELETE' })).status).toBe(403)
  expect((await get('/images/job1/a.png')).status).toBe(200)

  const headers = { 'x-admin-key': 'key' }
  expect((await get('/images/job1', { method: 'DELETE', headers })).status).toBe(204)
  await images.keeper.keep(copied)
  await until(() => pending.orders.size === 0)
  for (const path of ['a.png', 'thumbnail.webp', 'quarter-1.png', 'a.png?source=discord']) {
    const answer = await get(`/images/job1/${path}`, { redirect: 'manual' })
    expect(answer.status, path).toBe(410)
    expect(await answer.json()).toMatchObject({ code: 'image-gone' })
  }
  expect(cdn.asked).toHaveLength(1)
})
