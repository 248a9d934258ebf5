import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import Fastify from 'fastify'
import { request } from 'undici'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { DrawbridgeError } from '../../src/errors.ts'
import { answerErrors } from '../../src/http/plugins/errors.ts'
import { type ImagesOptions, imageRoutes } from '../../src/http/plugins/images.ts'
import { createLinkWriter } from '../../src/http/result-links.ts'
import { createImages, type ImageSettings, type ImagesParts } from '../../src/images/images.ts'
import type { CopyOrder, Upstream } from '../../src/images/ports.ts'
import { filesOf, type Job, showsGrid } from '../../src/jobs/job.ts'
import { memoryPending, silentLog } from './images.ts'
import { ManualClock } from './manual-clock.ts'
import { scratchDir } from './scratch.ts'

const day = 86_400_000

const imageSettings: ImageSettings = {
  maxFileBytes: 2 ** 28,
  copiesAtOnce: 4,
  giveUpAfterMs: day,
  variantsAtOnce: 2,
  thumbnailPixels: 64,
  maxAgeMs: 0,
  maxTotalBytes: 0,
  goneKeptMs: 30 * day,
  sweepEveryMs: day,
  resumeEveryMs: day,
}

export type Cdn = Awaited<ReturnType<typeof startCdn>>

/** A file server in Discord's place; what it does with a path is up to the test. */
export async function startCdn() {
  const files = new Map<string, Buffer | ((request: IncomingMessage, response: ServerResponse) => void)>()
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const file = files.get(path)
    if (typeof file === 'function') file(request, response)
    else if (file) response.end(file)
    else response.writeHead(404).end('This content is no longer available.')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stop = async () => {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  onTestFinished(stop)
  return { url: `http://127.0.0.1:${port}`, files, asked, stop }
}

/** Files by plain requests; in the place of an account's transport. */
export const plainUpstream: Upstream = {
  async fetchFile(_account, url, { signal }) {
    try {
      const { statusCode, headers, body } = await request(url, signal ? { signal } : {})
      if (statusCode === 200) {
        const size = headers['content-length']
        return { ok: true, body, contentType: null, size: typeof size === 'string' ? Number(size) : null }
      }
      await body.dump()
      return { ok: false, why: `status ${statusCode}`, status: statusCode }
    } catch (error) {
      signal?.throwIfAborted()
      return { ok: false, why: String(error), status: null }
    }
  },
  refreshUrls: async (_account, urls) => urls.map(() => null),
}

/** Pictures as they are kept and served, behind a server of their own on a real port. */
export async function startImageService({
  parts = {},
  routes = {},
}: {
  parts?: Partial<Omit<ImagesParts, 'settings'>> & { settings?: Partial<ImageSettings> }
  routes?: Partial<ImagesOptions>
} = {}) {
  const pending = memoryPending()
  const known = new Map<string, CopyOrder>()
  const clock = parts.clock ?? systemClock
  const images = createImages({
    dataDir: await scratchDir(),
    s3: null,
    secret: 'link secret',
    upstream: plainUpstream,
    pending,
    orderOf: async (jobId) => known.get(jobId) ?? null,
    clock,
    log: silentLog,
    ...parts,
    settings: { ...imageSettings, ...parts.settings },
  })
  const app = Fastify({ exposeHeadRoutes: false })
  answerErrors(app)
  app.register(imageRoutes, {
    prefix: '/images',
    library: images.library,
    signer: images.signer,
    signedOnly: false,
    cdnPrefix: null,
    clock,
    async mayRemove({ headers }) {
      if (headers['x-admin-key'] !== 'key') throw new DrawbridgeError('admin-key-required')
    },
    ...routes,
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(async () => {
    app.server.closeAllConnections()
    await app.close()
    await images.stop()
  })
  return {
    images,
    pending,
    known,
    url,
    get: (path: string, init?: RequestInit) => fetch(`${url}${path}`, init),
  }
}

/** Pictures as a gateway keeps them, without a server of their own; whatever is fetched from Discord is this picture. */
export async function keepImages(picture: Buffer, jobOf: (id: string) => Promise<Job | null>) {
  const clock = new ManualClock()
  const fetched: string[] = []
  const dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-test-'))
  const images = createImages({
    dataDir,
    s3: null,
    secret: 'the link secret of this test',
    settings: imageSettings,
    upstream: {
      fetchFile: async (_account, url) => {
        fetched.push(url)
        return { ok: true, body: Readable.from([picture]), contentType: 'image/png', size: picture.length }
      },
      refreshUrls: async (_account, urls) => urls,
    },
    pending: memoryPending(),
    async orderOf(jobId) {
      const job = await jobOf(jobId)
      if (job?.state !== 'done' || job.account === null) return null
      const files = filesOf(job.result).map((file) => ({ ...file, size: null }))
      return { jobId, account: job.account, files, grid: showsGrid(job.result), at: job.finishedAt }
    },
    clock,
    log: silentLog,
  })
  const { library, signer } = images
  const cdnUrl = 'https://cdn.example'
  const links = createLinkWriter({ signer, linkSeconds: 0, cdnPrefix: null, cdnUrl, clock })
  const stop = async () => {
    await images.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  return { fetched, stop, served: { library, signer, signedOnly: false, cdnPrefix: null, links } }
}
