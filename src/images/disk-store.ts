import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import type { FileKey, ImageStore, Listed } from './store.ts'

const notes = Type.Object({ contentType: Type.String(), size: Type.Integer(), sha256: Type.String() })

/**
 * Files under `dir`, one folder a job. Beside each lies a note of its type, size and hash; it is written last, by a rename,
 * so that a file without one does not count.
 */
export function createDiskStore(dir: string): ImageStore {
  const folderOf = (jobId: string) => join(dir, jobId.slice(0, 2), jobId)
  const pathOf = ({ jobId, name }: FileKey) => join(folderOf(jobId), name)
  const notePathOf = ({ jobId, name }: FileKey) => join(folderOf(jobId), `${name}${noteSuffix}`)

  return {
    async put(file, path) {
      const { jobId, name, contentType, size, sha256 } = file
      await mkdir(folderOf(jobId), { recursive: true })
      const notePath = notePathOf({ jobId, name })
      const draft = `${path}${noteSuffix}`
      await writeFile(draft, JSON.stringify({ contentType, size, sha256 }))
      await reachDisk(path)
      // In between, the note of a file that is replaced would tell of other bytes.
      await rm(notePath, { force: true })
      await rename(path, pathOf(file))
      await rename(draft, notePath)
    },

    async stat({ jobId, name }) {
      const note: unknown = JSON.parse(
        (await unlessAbsent(readFile(notePathOf({ jobId, name }), 'utf8'))) ?? 'null',
      )
      if (!Value.Check(notes, note)) return null
      return { jobId, name, ...note }
    },

    async read(key, range) {
      const file = await unlessAbsent(open(pathOf(key)))
      return file ? createReadStream('', { fd: file, ...range }) : null
    },

    async remove(key) {
      await rm(notePathOf(key), { force: true })
      await rm(pathOf(key), { force: true })
      // Refused as long as something is in it.
      await rmdir(folderOf(key.jobId)).catch(() => {})
    },

    async names(jobId) {
      return namesIn(await entriesOf(folderOf(jobId)))
    },

    async *list() {
      for (const shard of await entriesOf(dir)) {
        if (shard.startsWith('.')) continue
        for (const jobId of await entriesOf(join(dir, shard))) {
          for (const name of namesIn(await entriesOf(join(dir, shard, jobId)))) {
            const listed = await inventory({ jobId, name }, join(dir, shard, jobId, name))
            if (listed) yield listed
          }
        }
      }
    },
  }
}

const noteSuffix = '~note'

// A file whose note was lost does not count, but takes up room and must be found.
const namesIn = (entries: string[]): string[] => entries.filter((entry) => !entry.endsWith(noteSuffix))

async function inventory(key: FileKey, path: string): Promise<Listed | null> {
  const found = await unlessAbsent(stat(path))
  return found ? { ...key, size: found.size, storedAt: found.mtimeMs } : null
}

const entriesOf = async (path: string): Promise<string[]> => (await unlessAbsent(readdir(path))) ?? []

async function reachDisk(path: string): Promise<void> {
  const file = await open(path)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

async function unlessAbsent<Value>(found: Promise<Value>): Promise<Value | null> {
  try {
    return await found
  } catch (error) {
    if (isAbsence(error)) return null
    throw error
  }
}

const isAbsence = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
