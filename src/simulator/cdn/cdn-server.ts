import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import sharp from 'sharp'
import type { Faults } from '../faults/fault-desk.ts'
import type { Origins } from '../proxy/origins.ts'
import { type CounterBook, count } from '../truth/counters.ts'
import type { FileStore } from './file-store.ts'
import type { Links } from './links.ts'
import type { Uploads } from './uploads.ts'

interface CdnParts {
  files: FileStore
  links: Links
  uploads: Uploads
  counters: CounterBook
  origins: Origins
  faults: Pick<Faults, 'forFile'>
}

interface LinkQuery {
  ex?: string
  is?: string
  hm?: string
  width?: string
  height?: string
  format?: string
}

/** cdn.discordapp.com, media.discordapp.net (under /media) and the upload bucket (under /upload), in one server. */
export function buildCdn({ files, links, uploads, counters, origins, faults }: CdnParts): FastifyInstance {
  const app = fastify({ forceCloseConnections: true, bodyLimit: 30 * 1024 * 1024, exposeHeadRoutes: false })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  const serve = async (request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?')[0]?.replace(/^\/media/, '') ?? ''
    const file = files.get(decodeURI(path))
    const query = request.query as LinkQuery
    origins.count(request.raw.socket, file?.account, 'cdn')
    const allowed = file !== undefined && links.verify(decodeURI(path), query)
    count(counters.of(file?.account).requests, `GET cdn ${allowed ? 200 : 404}`)
    if (!file || !allowed)
      return reply.code(404).type('text/plain').send('This content is no longer available.')
    if (file.account !== undefined && faults.forFile(file.account)) return reply.code(503).send()
    const bytes = await files.bytesOf(file)
    const resized = request.url.startsWith('/media') ? await resize(bytes, query) : null
    return reply
      .type(resized?.contentType ?? file.contentType)
      .header('cache-control', 'public, max-age=31536000')
      .send(resized?.bytes ?? bytes)
  }
  for (const root of ['', '/media']) {
    app.get(`${root}/attachments/*`, serve)
    app.get(`${root}/ephemeral-attachments/*`, serve)
  }

  app.put('/upload/*', (request, reply) => {
    const name = decodeURIComponent(request.url.split('?')[0]?.replace('/upload/', '') ?? '')
    const slot = uploads.get(name)
    origins.count(request.raw.socket, slot?.account, 'upload')
    // A signed bucket link and an Authorization header exclude each other (§3.2).
    const status = request.headers.authorization !== undefined ? 400 : slot ? 200 : 403
    count(counters.of(slot?.account).requests, `PUT upload ${status}`)
    if (status !== 200) return reply.code(status).type('application/xml').send(bucketError(status))
    const contentType = request.headers['content-type'] ?? 'application/octet-stream'
    uploads.fill(name, Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0), contentType)
    return reply.code(200).send()
  })

  return app
}

function bucketError(status: number): string {
  const code = status === 400 ? 'InvalidArgument' : 'AccessDenied'
  return `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code></Error>`
}

/** The media proxy takes format, width and height (§3.4). */
async function resize(bytes: Buffer, { width, height, format }: LinkQuery) {
  const size = (text?: string) => (text && /^\d{1,4}$/.test(text) ? Number(text) : undefined)
  const target = format === 'png' || format === 'jpeg' || format === 'webp' ? format : null
  if (!target && !size(width) && !size(height)) return null
  const { format: given } = await sharp(bytes).metadata()
  const kind = target ?? (given === 'png' || given === 'jpeg' ? given : 'webp')
  const box = {
    ...(size(width) ? { width: Number(width) } : {}),
    ...(size(height) ? { height: Number(height) } : {}),
  }
  const image = sharp(bytes).resize({ ...box, fit: 'inside' })
  return { bytes: await image.toFormat(kind).toBuffer(), contentType: `image/${kind}` }
}
