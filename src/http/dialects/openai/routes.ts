import { randomUUID } from 'node:crypto'
import cors from '@fastify/cors'
import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DrawbridgeError } from '../../../errors.ts'
import { type TokenId, tokenId } from '../../../ids.ts'
import type { FinishedJob } from '../../../jobs/job.ts'
import type { UploadedPicture } from '../../../jobs/service.ts'
import type { Core } from '../../core.ts'
import { mostBytes } from '../../plugins/limits.ts'
import { endStreamsOnClose, sendEvents } from '../../plugins/sse.ts'
import { toAnswer, toEvents } from './answer.ts'
import { describedBy, endOf, submitGrids, within } from './drawing.ts'
import { InvalidParameter, NoSuchThing, refuse } from './errors.ts'
import { deliveryOf, type Fields, promptOf, textOf, withSize } from './fields.ts'
import { fieldsOf, mostPictures, readForm } from './form.ts'
import { createGrids, type Pictures, type Quarter } from './grids.ts'
import { modelRoutes } from './models.ts'
import * as schema from './schema.ts'

export interface FamilyOptions extends Core {
  pictures: Pictures
}

/** Node's fetch gives up on an answer that has not begun after five minutes. */
const withinMs = 280_000
const tags = ['OpenAI']
const security = [{ bearer: [] }]
const perUse = 'A grid has four pictures: up to 4 cost one use of the token, 5 to 8 two, 9 and 10 three.'
const response = { 200: schema.images, '4xx': schema.refused, '5xx': schema.refused }

/** `/v1/images/*` and `/v1/models`: one request, held open until the pictures exist. */
export async function openaiRoutes(app: FastifyInstance, { ...options }: FamilyOptions): Promise<void> {
  endStreamsOnClose(app)
  await app.register(
    async (scope) => {
      await manners(scope)
      await imageRoutes(scope, options)
    },
    { prefix: '/images' },
  )
  await app.register(
    async (scope) => {
      await manners(scope)
      modelRoutes(scope, async (request) => void (await callerOf(options, request)), { tags, security })
    },
    { prefix: '/models' },
  )
}

/** How the family answers whatever it is asked. Each scope has a prefix of its own: `/v1/*` answers preflights elsewhere. */
async function manners(app: FastifyInstance): Promise<void> {
  await app.register(cors, { origin: '*', exposedHeaders: ['x-request-id'], strictPreflight: false })
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers({ 'cache-control': 'no-store', 'x-request-id': `req_${randomUUID().replaceAll('-', '')}` })
    done()
  })
  app.setSerializerCompiler(() => JSON.stringify)
  // Bodies are read by what they hold: clients send fields that other servers know, in forms and as text.
  app.setValidatorCompiler(() => (value: unknown) => ({ value }))
  app.setErrorHandler((error, _request, reply) => refuse(reply, error))
  app.setNotFoundHandler((request, reply) => {
    const [path] = request.url.split('?')
    return refuse(reply, new NoSuchThing(`Invalid URL (${request.method} ${path})`))
  })
}

/** Nothing is read of a stranger's body. */
async function callerOf({ callers, tokens }: Core, request: FastifyRequest): Promise<TokenId> {
  const text = callers.tokenOf(request)
  if (text === undefined) throw new DrawbridgeError('token-missing')
  if (!(await tokens.find(text))) throw new DrawbridgeError('token-unknown')
  return tokenId(text)
}

async function imageRoutes(app: FastifyInstance, options: FamilyOptions): Promise<void> {
  const { pictures, ...core } = options
  const grids = createGrids(pictures)
  const waiting = new Set<() => void>()
  app.addHook('preClose', async () => {
    for (const stop of waiting) stop()
  })
  await app.register(multipart, {
    limits: { fileSize: mostBytes, files: mostPictures + 1, fields: 32, parts: 40 },
  })

  interface Wanted {
    token: TokenId
    fields: Fields
    prompt: string | ((signal: AbortSignal) => Promise<string>)
    pictures: readonly UploadedPicture[]
    /** How its events are named. */
    family: string
  }

  async function draw(request: FastifyRequest, reply: FastifyReply, wanted: Wanted) {
    const delivery = deliveryOf(wanted.fields)
    const idempotencyKey = keyIn(request)
    const submit = async (prompt: string) => {
      const { token } = wanted
      const ids = await submitGrids(core, {
        token,
        prompt,
        pictures: wanted.pictures,
        n: delivery.n,
        idempotencyKey,
      })
      // Whoever tries again now pays again.
      reply.header('x-should-retry', 'false')
      return ids
    }
    if (delivery.stream && typeof wanted.prompt === 'string') {
      const ids = await submit(wanted.prompt)
      const how = { delivery, grids, family: wanted.family, log: request.log }
      return sendEvents(request, reply, (signal) => toEvents(core, ids, how, signal))
    }
    const linkTo = (job: FinishedJob, quarter: Quarter) =>
      core.shown(job, request).links?.quarters[quarter - 1] ??
      (job.state === 'done' ? job.result.url : null) ??
      ''
    const gone = (stop: () => void) => {
      waiting.add(stop)
      reply.raw.on('close', () => {
        waiting.delete(stop)
        stop()
      })
    }
    return within(core.clock, withinMs, gone, async (signal) => {
      const { prompt } = wanted
      const ids = await submit(typeof prompt === 'string' ? prompt : await prompt(signal))
      const ended = await Promise.all(ids.map((id) => endOf(core, id, signal)))
      return toAnswer(ended, core.clock.now(), { delivery, grids, linkTo })
    })
  }

  app.post(
    '/generations',
    {
      schema: {
        summary: 'Draw a prompt, and wait for the pictures',
        description: perUse,
        body: schema.generation,
        headers: schema.submitHeaders,
        response,
        tags,
        security,
      },
    },
    async (request, reply) => {
      const token = await callerOf(core, request)
      const fields = fieldsOf(request.body)
      const prompt = promptOf(fields)
      return draw(request, reply, { token, fields, prompt, pictures: [], family: 'image_generation' })
    },
  )

  app.post(
    '/edits',
    {
      bodyLimit: (mostPictures + 1) * mostBytes,
      schema: {
        summary: 'Draw a prompt with pictures in front of it, and wait for the pictures',
        description: `${perUse} Midjourney takes the pictures as models: it draws anew, it does not paint over.`,
        body: { content: { 'multipart/form-data': { schema: schema.edit } } },
        headers: schema.submitHeaders,
        response,
        tags,
        security,
      },
    },
    async (request, reply) => {
      const token = await callerOf(core, request)
      const { fields, pictures: sent, links } = await readForm(request)
      const prompt = [...links, promptOf(fields)].join(' ')
      return draw(request, reply, { token, fields, prompt, pictures: sent, family: 'image_edit' })
    },
  )

  app.post(
    '/variations',
    {
      bodyLimit: 2 * mostBytes,
      schema: {
        summary: 'Draw a picture anew, and wait for the pictures',
        description: `${perUse} The bot describes the picture first, which is free; its first prompt is drawn with the picture in front.`,
        body: { content: { 'multipart/form-data': { schema: schema.variation } } },
        headers: schema.submitHeaders,
        response,
        tags,
        security,
      },
    },
    async (request, reply) => {
      const token = await callerOf(core, request)
      const { fields, pictures: sent } = await readForm(request)
      const [picture, ...more] = sent
      if (!picture || more.length > 0)
        throw new DrawbridgeError('pictures-invalid', 'One picture, as a file.')
      const prompt = async (signal: AbortSignal) =>
        withSize(await describedBy(core, token, picture, signal), textOf(fields, 'size'))
      return draw(request, reply, { token, fields, prompt, pictures: [picture], family: 'image_edit' })
    },
  )
}

/** As long as the other families take it. */
const longestKey = 255

function keyIn({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key']
  if (typeof key !== 'string' || key === '') return undefined
  if (key.length <= longestKey) return key
  throw new InvalidParameter(
    'Idempotency-Key',
    `The idempotency key is longer than ${longestKey} characters.`,
  )
}
