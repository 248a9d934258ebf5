import cors from '@fastify/cors'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Clock } from '../../clock.ts'
import { DrawbridgeError } from '../../errors.ts'
import type { Found, Library } from '../../images/library.ts'
import { type LinkSigner, rewriteCdn } from '../../images/links.ts'
import { byteRange } from './byte-range.ts'
import { faultFrom, sendProblem } from './errors.ts'

export interface ImagesOptions {
  library: Library
  signer: LinkSigner
  /** Whether links without a signature are refused. */
  signedOnly: boolean
  /** What stands in place of Discord's CDN in its own addresses; null for nothing. */
  cdnPrefix: string | null
  clock: Clock
  /** Throws unless this request may remove the job's files. */
  mayRemove: (request: FastifyRequest, jobId: string) => Promise<void>
}

const linkParams = Type.Object({ jobId: Type.String(), '*': Type.String({ description: 'The file.' }) })
const linkQuery = Type.Object({
  expires: Type.Optional(Type.String({ description: 'Until when the link is good, in Unix seconds.' })),
  signature: Type.Optional(Type.String()),
  source: Type.Optional(
    Type.Literal('discord', { description: 'Leads to Discord’s own address instead; it expires.' }),
  ),
})
const jobParams = Type.Object({ jobId: Type.String() })

interface LinkRoute {
  Params: Static<typeof linkParams>
  Querystring: Static<typeof linkQuery>
}

const yearSeconds = 31_536_000
const tags = ['Images']

/** The pictures and videos of jobs, at links that do not change; to be registered with the prefix `/images`. */
export async function imageRoutes(app: FastifyInstance, options: ImagesOptions): Promise<void> {
  const { library, signer, signedOnly, cdnPrefix, clock, mayRemove } = options
  await app.register(cors, {
    origin: '*',
    methods: 'GET,HEAD,DELETE',
    exposedHeaders: 'etag,content-length,content-range,accept-ranges,content-disposition',
    strictPreflight: false,
  })
  app.setErrorHandler((error, request, reply) => {
    reply.header('cache-control', 'no-store')
    return sendProblem(reply, faultFrom(error, request.log))
  })

  /** How long what is answered may be kept by others; throws when the link is not to be answered. */
  function cacheControl({ params, query }: FastifyRequest<LinkRoute>): string {
    const { expires, signature } = query
    const isSigned = expires !== undefined || signature !== undefined
    if (!isSigned && !signedOnly) return `public, max-age=${yearSeconds}, immutable`
    const now = clock.now()
    const isGood = signer.accepts(params.jobId, params['*'], { expires, signature }, now)
    if (!isGood) throw new DrawbridgeError('link-refused')
    const left = Math.floor(Number(expires) - now / 1000)
    return `private, max-age=${Math.min(left, yearSeconds)}, immutable`
  }

  app.route<LinkRoute>({
    method: ['GET', 'HEAD'],
    // A wildcard, because Fastify takes no parameter of more than a hundred characters.
    url: '/:jobId/*',
    schema: {
      tags,
      summary: 'A picture or video, or what is made from it',
      description:
        'The file is the name that Discord gave it, `thumbnail.webp`, `image.webp`, or `quarter-1.png` to `quarter-4.png` of a grid.',
      params: linkParams,
      querystring: linkQuery,
    },
    async handler(request, reply) {
      const { jobId, '*': name } = request.params
      const mayBeKept = cacheControl(request)
      if (request.query.source === 'discord') {
        const url = await library.discordUrl(jobId, name)
        return reply.header('cache-control', 'no-store').redirect(rewriteCdn(url, cdnPrefix), 302)
      }
      const found = await library.find(jobId, name)
      return found.kept
        ? sendKept(request, reply, found, mayBeKept)
        : sendThrough(request, reply, found, name)
    },
  })

  app.delete<{ Params: Static<typeof jobParams> }>(
    '/:jobId',
    { schema: { tags, summary: 'Remove all files of a job', params: jobParams } },
    async (request, reply) => {
      const { jobId } = request.params
      await mayRemove(request, jobId)
      await library.remove(jobId)
      return reply.code(204).send()
    },
  )
}

async function sendKept(
  { method, headers }: FastifyRequest<LinkRoute>,
  reply: FastifyReply,
  { file, read }: Found & { kept: true },
  cacheControl: string,
) {
  const { size, contentType, name, sha256 } = file
  const etag = `"${sha256.slice(0, 32)}"`
  const caching = { etag, 'cache-control': cacheControl, 'accept-ranges': 'bytes' }
  if (isNamed(headers['if-none-match'], etag)) return reply.code(304).headers(caching).send()

  const isWhole = headers['if-range'] !== undefined && headers['if-range'] !== etag
  const range = method === 'HEAD' || isWhole ? null : byteRange(headers.range, size)
  if (range === 'unsatisfiable') {
    reply.headers({
      'content-range': `bytes */${size}`,
      'accept-ranges': 'bytes',
      'cache-control': 'no-store',
    })
    return sendProblem(reply, { status: 416, sentence: `The file has ${size} bytes.` })
  }
  const body = method === 'HEAD' ? null : await read(range ?? undefined)
  reply.headers({ ...describing(contentType, name), ...caching })
  if (!range) return reply.header('content-length', size).send(body)
  const { start, end } = range
  reply.code(206).header('content-range', `bytes ${start}-${end}/${size}`)
  return reply.header('content-length', end - start + 1).send(body)
}

/** What has no copy yet: nobody may keep it, and parts of it cannot be had. */
async function sendThrough(
  { method }: FastifyRequest<LinkRoute>,
  reply: FastifyReply,
  { contentType, read }: Found & { kept: false },
  name: string,
) {
  const gone = new AbortController()
  reply.raw.on('close', () => gone.abort())
  const body = method === 'HEAD' ? null : await read(gone.signal)
  return reply.headers({ ...describing(contentType, name), 'cache-control': 'no-store' }).send(body)
}

/** The name is plain ASCII, for the library finds no other. */
const describing = (contentType: string, name: string) => ({
  'content-type': contentType,
  'content-disposition': `inline; filename="${name}"`,
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  'cross-origin-resource-policy': 'cross-origin',
})

function isNamed(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes(etag) || tags.includes('*')
}
