import { writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { measure, spoolPath } from './spool.ts'
import type { ImageStore } from './store.ts'

/** Names that no link can have: they begin with a dot. */
const originalsMark = '.originals'
export const goneMark = '.gone'

const originals = Type.Object({ files: Type.Array(Type.String()), grid: Type.Boolean() })

/** What was kept of a job, in the order of its files; written when all of it was. */
export type Originals = Static<typeof originals>

/** What we note for ourselves beside a job's files. */
export function createMarks(store: ImageStore, spoolDir: string) {
  async function put(jobId: string, name: string, content: object): Promise<void> {
    const path = await spoolPath(spoolDir)
    await writeFile(path, JSON.stringify(content))
    await store.put({ jobId, name, contentType: 'application/json', ...(await measure(path)) }, path)
  }

  return {
    async originals(jobId: string): Promise<Originals | null> {
      const stream = await store.read({ jobId, name: originalsMark })
      const found: unknown = stream ? JSON.parse(await text(stream)) : null
      return Value.Check(originals, found) ? found : null
    },
    putOriginals: (jobId: string, found: Originals): Promise<void> => put(jobId, originalsMark, found),

    /** Whether the job's files were removed on purpose, so that they must not come back. */
    isGone: async (jobId: string): Promise<boolean> => (await store.stat({ jobId, name: goneMark })) !== null,
    putGone: (jobId: string): Promise<void> => put(jobId, goneMark, {}),
  }
}

export type Marks = ReturnType<typeof createMarks>
