import { utimes, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { createDiskStore } from '../../../src/images/disk-store.ts'
import { type RetentionParts, sweep } from '../../../src/images/retention.ts'
import { clearSpool, spoolPath } from '../../../src/images/spool.ts'
import { imageDirs } from '../../helpers/images.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'

const day = 86_400_000

/** A store with `files`, each `[job, name, bytes, age in days]`, and what a sweep of it removes, in order. */
async function swept(files: [string, string, number, number][], limits: Partial<RetentionParts>) {
  const { dir, spoolDir } = await imageDirs()
  const store = createDiskStore(dir)
  const clock = new ManualClock()
  for (const [jobId, name, size, days] of files) {
    const path = await spoolPath(spoolDir)
    await writeFile(path, Buffer.alloc(size))
    const storedAt = (clock.now() - days * day) / 1000
    await utimes(path, storedAt, storedAt)
    await store.put({ jobId, name, size, contentType: 'image/png', sha256: '' }, path)
  }
  const removed: string[] = []
  const remove = async (jobId: string) => void removed.push(jobId)
  const none = { maxAgeMs: 0, maxTotalBytes: 0, goneKeptMs: 30 * day }
  const count = await sweep({ store, clock, remove, ...none, ...limits })
  expect(count).toBe(removed.length)
  return { removed, store }
}

test('removes nothing where there are no limits', async () => {
  expect((await swept([['job1', 'a.png', 1000, 9000]], {})).removed).toEqual([])
})

test('removes jobs by the age of their first file', async () => {
  const { removed } = await swept(
    [
      ['new', 'a.png', 1, 6],
      ['old', 'a.png', 1, 8],
      // A thumbnail that was made late makes its picture no younger.
      ['old', 'thumbnail.webp', 1, 1],
      ['older', 'a.png', 1, 20],
    ],
    { maxAgeMs: 7 * day },
  )
  expect(removed).toEqual(['older', 'old'])
})

test('removes the oldest jobs until the rest is small enough', async () => {
  const { removed } = await swept(
    [
      ['c', 'a.png', 400, 1],
      ['a', 'a.png', 300, 3],
      ['a', 'thumbnail.webp', 100, 0],
      ['b', 'a.png', 400, 2],
    ],
    { maxTotalBytes: 800 },
  )
  expect(removed).toEqual(['a'])
})

test('forgets after a time that files were removed', async () => {
  const { removed, store } = await swept(
    [
      ['job1', '.gone', 2, 31],
      ['job2', '.gone', 2, 29],
    ],
    { maxAgeMs: day },
  )
  expect(removed).toEqual([])
  expect(await store.names('job1')).toEqual([])
  expect(await store.names('job2')).toEqual(['.gone'])
})

test('clears away what a process that died has left, and nothing that is being written', async () => {
  const { spoolDir } = await imageDirs()
  const [left, fresh] = [await spoolPath(spoolDir), await spoolPath(spoolDir)]
  await writeFile(left, 'x')
  await writeFile(fresh, 'y')
  await utimes(left, 1000, 1000)
  await clearSpool(spoolDir, 2_000_000)
  await expect(writeFile(left, '', { flag: 'r+' })).rejects.toThrow(/ENOENT/)
  await writeFile(fresh, '', { flag: 'r+' })
})
