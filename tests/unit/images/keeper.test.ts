import { readdir } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { createDiskStore } from '../../../src/images/disk-store.ts'
import { createKeeper, type KeeperParts } from '../../../src/images/keeper.ts'
import { createMarks } from '../../../src/images/marks.ts'
import {
  bytesOf,
  gridPicture,
  imageDirs,
  memoryPending,
  order,
  scriptedUpstream,
  silentLog,
  stopAfter,
  video,
} from '../../helpers/images.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { until } from '../../helpers/until.ts'

const hour = 3_600_000

async function setUp(changes: Partial<KeeperParts> = {}) {
  const { dir, spoolDir } = await imageDirs()
  const store = createDiskStore(dir)
  const clock = new ManualClock()
  const pending = memoryPending()
  const upstream = scriptedUpstream()
  const parts = {
    ...{ store, spoolDir, clock, pending, upstream, log: silentLog },
    ...{
      marks: createMarks(store, spoolDir),
      concurrency: 2,
      maxFileBytes: 1_000_000,
      giveUpAfterMs: 24 * hour,
    },
    ...changes,
  }
  const keeper = stopAfter(createKeeper(parts))
  const settled = () => until(() => pending.orders.size === 0, { what: 'no pending copies' })
  return {
    ...parts,
    pending,
    upstream,
    clock,
    keeper,
    settled,
    makeAnother: () => stopAfter(createKeeper(parts)),
  }
}

test('copies a picture, finds out its type, and notes the originals', async () => {
  const { keeper, upstream, store, settled, marks, spoolDir } = await setUp()
  const picture = await gridPicture(64, 64, 'webp')
  upstream.files['https://cdn/a.png'] = picture
  await keeper.keep(order())
  await settled()
  expect(await bytesOf(store, 'job1', 'a.png')).toEqual(picture)
  // The name says one thing, the bytes another.
  expect(await store.stat({ jobId: 'job1', name: 'a.png' })).toMatchObject({ contentType: 'image/webp' })
  expect(await marks.originals('job1')).toEqual({ files: ['a.png'], grid: true })
  expect([...upstream.accounts]).toEqual(['account1'])
  expect(await readdir(spoolDir)).toEqual([])
})

test('writes an order down before it is begun, and keeps it while it fails', async () => {
  const { keeper, pending, clock, upstream, settled } = await setUp()
  upstream.files['https://cdn/a.png'] = 500
  await keeper.keep(order())
  expect([...pending.orders.keys()]).toEqual(['job1'])
  await until(() => clock.sleeping === 1)
  clock.advance(999)
  expect(upstream.calls).toHaveLength(1)
  clock.advance(1)
  await until(() => upstream.calls.length === 2 && clock.sleeping === 1)
  // Each wait is twice the one before.
  clock.advance(1999)
  expect(clock.sleeping).toBe(1)
  expect(pending.orders.size).toBe(1)
  upstream.files['https://cdn/a.png'] = await gridPicture(8, 8)
  clock.advance(1)
  await settled()
})

test('asks for a fresh address when the link has expired', async () => {
  const { keeper, upstream, store, settled } = await setUp()
  const picture = await gridPicture(16, 16)
  upstream.fresh['https://cdn/a.png'] = 'https://cdn/a.png?fresh'
  upstream.files['https://cdn/a.png?fresh'] = picture
  await keeper.keep(order())
  await settled()
  expect(upstream.calls).toEqual(['https://cdn/a.png', 'https://cdn/a.png?fresh'])
  expect(await bytesOf(store, 'job1', 'a.png')).toEqual(picture)
})

test.for<[string, Buffer, { size?: number }]>([
  ['something that is no picture', Buffer.from('<html><script>alert(1)</script></html>'), {}],
  ['fewer bytes than Discord named', video(500), { size: 600 }],
])('does not keep %s, and tries again', async ([, content, announced]) => {
  const { keeper, upstream, store, clock, pending, spoolDir } = await setUp()
  upstream.files['https://cdn/a.png'] = content
  await keeper.keep(order({ files: [{ url: 'https://cdn/a.png', filename: 'a.png', ...announced }] }))
  await until(() => clock.sleeping === 1)
  expect(await store.stat({ jobId: 'job1', name: 'a.png' })).toBeNull()
  expect(pending.orders.size).toBe(1)
  expect(await readdir(spoolDir)).toEqual([])
})

test('does not keep what a broken connection cut short', async () => {
  const { keeper, upstream, store, clock } = await setUp()
  const whole = video(200_000)
  upstream.files['https://cdn/a.png'] = () =>
    Readable.from(
      (async function* () {
        yield whole.subarray(0, 100_000)
        throw new Error('cut')
      })(),
    )
  await keeper.keep(order())
  await until(() => clock.sleeping === 1)
  expect(await store.stat({ jobId: 'job1', name: 'a.png' })).toBeNull()
  upstream.files['https://cdn/a.png'] = whole
  clock.advance(1000)
  await until(() => store.stat({ jobId: 'job1', name: 'a.png' }))
})

test('gives up at once what is too large, and stops reading it', async () => {
  const { keeper, upstream, store, settled } = await setUp({ maxFileBytes: 150_000 })
  let sent = 0
  upstream.files['https://cdn/a.png'] = () =>
    Readable.from(
      (function* () {
        for (;;) {
          sent += 1
          yield video(50_000)
        }
      })(),
    )
  await keeper.keep(order())
  await settled()
  expect(await store.stat({ jobId: 'job1', name: 'a.png' })).toBeNull()
  expect(sent).toBeLessThan(30)
})

test('fetches only the missing ones of several files', async () => {
  const { keeper, upstream, store, clock, settled, marks } = await setUp()
  const files = ['a', 'b'].map((name) => ({ url: `https://cdn/${name}`, filename: `${name}.mp4` }))
  upstream.files['https://cdn/a'] = video(1000)
  upstream.files['https://cdn/b'] = 503
  await keeper.keep(order({ files, grid: false }))
  await until(() => clock.sleeping === 1)
  upstream.files['https://cdn/b'] = video(2000)
  clock.advance(1000)
  await settled()
  expect(upstream.calls).toEqual(['https://cdn/a', 'https://cdn/b', 'https://cdn/b'])
  expect((await store.names('job1')).sort()).toEqual(['.originals', 'a.mp4', 'b.mp4'])
  expect(await marks.originals('job1')).toEqual({ files: ['a.mp4', 'b.mp4'], grid: false })
})

test('gives up when the time is over, and keeps what it has', async () => {
  const { keeper, upstream, clock, settled, marks } = await setUp({ giveUpAfterMs: hour })
  const files = ['a', 'b'].map((name) => ({ url: `https://cdn/${name}`, filename: `${name}.mp4` }))
  upstream.files['https://cdn/a'] = video(1000)
  await keeper.keep(order({ files, grid: false }))
  await until(() => clock.sleeping === 1)
  clock.advance(hour)
  await settled()
  expect(await marks.originals('job1')).toEqual({ files: ['a.mp4'], grid: false })
})

test('goes on after a restart with what was left, once', async () => {
  const { keeper, makeAnother, upstream, clock, pending, settled, store } = await setUp()
  upstream.files['https://cdn/a.png'] = 500
  await keeper.keep(order())
  await until(() => clock.sleeping === 1)
  await keeper.stop()
  expect(pending.orders.size).toBe(1)
  expect(clock.sleeping).toBe(0)

  upstream.files['https://cdn/a.png'] = video(1000)
  const another = makeAnother()
  await Promise.all([another.resume(), another.resume()])
  await settled()
  expect(await store.stat({ jobId: 'job1', name: 'a.png' })).toMatchObject({ contentType: 'video/mp4' })
  expect(upstream.calls).toHaveLength(2)
})

test('does not fetch again what the same order has brought', async () => {
  const { keeper, upstream, settled } = await setUp()
  upstream.files['https://cdn/a.png'] = video(1000)
  await Promise.all([keeper.keep(order()), keeper.keep(order())])
  await settled()
  await keeper.keep(order())
  await settled()
  expect(upstream.calls).toHaveLength(1)
})

test('copies no more jobs at a time than it may', async () => {
  const { keeper, upstream, settled } = await setUp({ concurrency: 2 })
  const open: (() => void)[] = []
  let most = 0
  let now = 0
  const files: () => Promise<Readable> = async () => {
    now += 1
    most = Math.max(most, now)
    await new Promise<void>((resolve) => open.push(resolve))
    now -= 1
    return Readable.from([video(1000)])
  }
  for (let n = 0; n < 5; n += 1) {
    upstream.files[`https://cdn/${n}`] = files
    await keeper.keep(order({ jobId: `job${n}`, files: [{ url: `https://cdn/${n}`, filename: 'a.mp4' }] }))
  }
  for (let n = 0; n < 5; n += 1) {
    const letGo = await until(() => open.shift())
    letGo()
  }
  await settled()
  expect(most).toBe(2)
})

test('tells somebody who waits whether one attempt was enough', async () => {
  const { keeper, upstream } = await setUp()
  upstream.files['https://cdn/a.png'] = 500
  expect(await keeper.copyNow(order())).toBe(false)
  upstream.files['https://cdn/b.png'] = video(1000)
  const other = order({ jobId: 'job2', files: [{ url: 'https://cdn/b.png', filename: 'b.png' }] })
  expect(await keeper.copyNow(other)).toBe(true)
})

test('stops for good when a job is to be forgotten, and does not bring back what was removed', async () => {
  const { keeper, upstream, clock, pending, marks, settled } = await setUp()
  upstream.files['https://cdn/a.png'] = 500
  await keeper.keep(order())
  await until(() => clock.sleeping === 1)
  await keeper.forget('job1')
  expect(pending.orders.size).toBe(0)
  expect(clock.sleeping).toBe(0)
  await marks.putGone('job1')
  await keeper.keep(order())
  await settled()
  expect(upstream.calls).toHaveLength(1)
})
