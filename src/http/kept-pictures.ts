import { buffer } from 'node:stream/consumers'
import type { FastifyRequest } from 'fastify'
import { DrawbridgeError } from '../errors.ts'
import { tokenId } from '../ids.ts'
import type { Library } from '../images/library.ts'
import { fileNamesOf } from '../images/names.ts'
import { filesOf } from '../jobs/job.ts'
import type { JobService } from '../jobs/service.ts'
import type { Core } from './core.ts'
import type { Pictures } from './dialects/openai/grids.ts'

/** How long (ms) a picture that has no copy yet may take. */
const fetchWithinMs = 60_000

/** Operators may remove every job's files, the owner of a token those of its jobs; others are refused. */
export const mayRemoveFiles =
  ({ jobs, callers }: Core) =>
  async (request: FastifyRequest, id: string): Promise<void> => {
    if (callers.adminKeyIn(request) === 'right') return
    const token = callers.tokenOf(request)
    if (token === undefined) throw new DrawbridgeError('token-missing')
    const job = await jobs.find(id)
    if (job?.token !== tokenId(token)) throw new DrawbridgeError('image-unknown')
  }

/** Bytes of pictures: of finished jobs from where they are kept, of others the way of their account. */
export function picturesOf(jobs: JobService, library: Library | undefined): Pictures {
  const fetch: Pictures['fetch'] = (account, url) => jobs.bytesOf(account, url)
  if (!library) return { fetch }
  return {
    fetch,
    async kept({ id, result }) {
      const [name = ''] = fileNamesOf(filesOf(result).map(({ filename }) => filename))
      const found = await library.find(id, name)
      return buffer(found.kept ? await found.read() : await found.read(AbortSignal.timeout(fetchWithinMs)))
    },
  }
}
