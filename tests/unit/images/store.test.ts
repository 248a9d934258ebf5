import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { createDiskStore } from '../../../src/images/disk-store.ts'
import { createS3Store } from '../../../src/images/s3-store.ts'
import type { ImageStore } from '../../../src/images/store.ts'
import { startS3 } from '../../helpers/s3-server.ts'
import { scratchDir } from '../../helpers/scratch.ts'

async function onDisk(): Promise<ImageStore> {
  return createDiskStore(join(await scratchDir(), 'images'))
}

async function onS3(): Promise<ImageStore> {
  const server = await startS3(await scratchDir())
  const store = createS3Store(server.options)
  onTestFinished(async () => {
    await store.close()
    await server.stop()
  })
  return store
}

async function put(store: ImageStore, jobId: string, name: string, text: string) {
  const path = join(await scratchDir(), 'spooled')
  await writeFile(path, text)
  const sha256 = createHash('sha256').update(text).digest('hex')
  const file = { jobId, name, contentType: 'image/png', size: Buffer.byteLength(text), sha256 }
  await store.put(file, path)
  return { file, path }
}

async function contents(
  store: ImageStore,
  jobId: string,
  name: string,
  range?: { start: number; end: number },
) {
  const stream = await store.read({ jobId, name }, range)
  return stream && (await buffer(stream)).toString()
}

async function inventory(store: ImageStore) {
  const listed = []
  for await (const entry of store.list()) listed.push(entry)
  return listed.sort((a, b) => `${a.jobId}/${a.name}`.localeCompare(`${b.jobId}/${b.name}`))
}

for (const [where, open] of [
  ['on disk', onDisk],
  ['in a bucket', onS3],
] as const) {
  test(`keeps a file ${where} with its type, size and hash`, async () => {
    const store = await open()
    const { file, path } = await put(store, 'job1', 'a.png', 'the first content')
    expect(await store.stat({ jobId: 'job1', name: 'a.png' })).toEqual(file)
    expect(await contents(store, 'job1', 'a.png')).toBe('the first content')
    await expect(readdir(path)).rejects.toThrow(/ENOENT/)
  })

  test(`gives parts of a file ${where}`, async () => {
    const store = await open()
    await put(store, 'job1', 'a.png', '0123456789')
    expect(await contents(store, 'job1', 'a.png', { start: 1, end: 1 })).toBe('1')
    expect(await contents(store, 'job1', 'a.png', { start: 0, end: 3 })).toBe('0123')
    expect(await contents(store, 'job1', 'a.png', { start: 3, end: 9 })).toBe('3456789')
  })

  test(`replaces a file ${where}`, async () => {
    const store = await open()
    await put(store, 'job1', 'a.png', 'old')
    const { file } = await put(store, 'job1', 'a.png', 'new and longer')
    expect(await store.stat({ jobId: 'job1', name: 'a.png' })).toEqual(file)
    expect(await contents(store, 'job1', 'a.png')).toBe('new and longer')
  })

  test(`lists and removes what is ${where}`, async () => {
    const store = await open()
    const before = Date.now()
    await put(store, 'job1', 'a.png', 'a')
    await put(store, 'job1', 'b.png', 'bb')
    await put(store, 'job2', 'a.png', 'ccc')
    const listed = await inventory(store)
    expect(listed.map(({ jobId, name, size }) => [jobId, name, size])).toEqual([
      ['job1', 'a.png', 1],
      ['job1', 'b.png', 2],
      ['job2', 'a.png', 3],
    ])
    // Some stores round to seconds.
    for (const { storedAt } of listed) expect(Math.abs(storedAt - before)).toBeLessThan(60_000)
    expect((await store.names('job1')).sort()).toEqual(['a.png', 'b.png'])

    await store.remove({ jobId: 'job1', name: 'a.png' })
    await store.remove({ jobId: 'job1', name: 'a.png' })
    expect(await store.stat({ jobId: 'job1', name: 'a.png' })).toBeNull()
    expect(await store.names('job1')).toEqual(['b.png'])
    await store.remove({ jobId: 'job1', name: 'b.png' })
    expect(await store.names('job1')).toEqual([])
  })

  test(`knows nothing of what is not ${where}`, async () => {
    const store = await open()
    expect(await store.stat({ jobId: 'job1', name: 'a.png' })).toBeNull()
    expect(await store.read({ jobId: 'job1', name: 'a.png' })).toBeNull()
    expect(await store.names('job1')).toEqual([])
    expect(await inventory(store)).toEqual([])
  })
}

test('pages through more objects than a bucket lists at once', async () => {
  // The pages as AWS documents them; the local server cannot make the token of a second page on today's OpenSSL.
  const page = (names: string[], token?: string) =>
    `<?xml version="1.0"?><ListBucketResult><IsTruncated>${token !== undefined}</IsTruncated>${names
      .map(
        (name) =>
          `<Contents><Key>images/job/${name}</Key><LastModified>2026-05-01T10:00:00.000Z</LastModified><Size>7</Size></Contents>`,
      )
      .join('')}${token ? `<NextContinuationToken>${token}</NextContinuationToken>` : ''}</ListBucketResult>`
  const asked: (string | null)[] = []
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://s3')
    asked.push(searchParams.get('continuation-token'))
    response.end(asked.length === 1 ? page(['a.png', 'b.png'], '1ueG/+=') : page(['c.png']))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const keys = { accessKeyId: 'a', secretAccessKey: 'b' }
  const store = createS3Store({ endpoint: `http://127.0.0.1:${port}`, bucket: 'p', region: 'r', ...keys })
  onTestFinished(async () => {
    await store.close()
    server.close()
  })
  expect(await store.names('job')).toEqual(['a.png', 'b.png', 'c.png'])
  expect(asked).toEqual([null, '1ueG/+='])
  expect(await inventory(store)).toContainEqual({
    jobId: 'job',
    name: 'c.png',
    size: 7,
    storedAt: Date.parse('2026-05-01T10:00:00Z'),
  })
})

test('refuses to believe a bucket that refuses us, and keeps its key to itself', async () => {
  const server = await startS3(await scratchDir())
  const store = createS3Store({ ...server.options, secretAccessKey: 'wrong-secret' })
  onTestFinished(async () => {
    await store.close()
    await server.stop()
  })
  const failure = await put(store, 'job', 'a.png', 'x').catch((error: Error) => error)
  expect(failure).toMatchObject({ message: 'S3 put: status 403, SignatureDoesNotMatch' })
})

test('does not count a file on disk whose note was never written, but finds it for removal', async () => {
  const dir = await scratchDir()
  const store = createDiskStore(dir)
  await put(store, 'job1', 'a.png', 'whole')
  await rm(join(dir, 'jo', 'job1', 'a.png~note'))
  expect(await store.stat({ jobId: 'job1', name: 'a.png' })).toBeNull()
  expect(await store.names('job1')).toEqual(['a.png'])
})
