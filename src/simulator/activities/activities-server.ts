import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import sharp from 'sharp'
import type { Faults } from '../faults/fault-desk.ts'
import type { Origins } from '../proxy/origins.ts'
import { spoil } from '../rest/discord-error.ts'
import { type CounterBook, count } from '../truth/counters.ts'

/** Which of the two addresses the editor's back end has (protocol page §8, region submit). */
export type RegionForms = 'newer' | 'older' | 'both'

export interface RegionForm {
  token: string
  prompt: string
  mask: Buffer
}

/** What the editor's back end needs of the bot. */
export interface RegionDesk {
  /** The account whose window has this token; undefined when none is open. */
  accountOf(token: string): number | undefined
  /** Starts the job of the window; false when it is no longer open. */
  submitRegion(form: RegionForm): boolean
}

interface ActivitiesParts {
  forms: RegionForms
  desk: RegionDesk
  counters: CounterBook
  origins: Origins
  faults: Faults
}

/** Long enough for the mask of a large picture. */
const bodyLimit = 20 * 1024 * 1024

/** The host of Midjourney's editor windows, `936929561302675456.discordsays.com` (protocol page §3.1, Vary Region). */
export function buildActivities(parts: ActivitiesParts): FastifyInstance {
  const { forms } = parts
  const app = fastify({ forceCloseConnections: true, bodyLimit, exposeHeadRoutes: false })
  app.setErrorHandler((error, _request, reply) => {
    const given = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
    return reply.code(given).send({ message: given < 500 ? 'bad request' : 'internal server error' })
  })
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ message: 'not found' }))
  app.get('/inpaint/index.html', (_request, reply) =>
    reply.type('text/html').send('<!doctype html><title>Editor</title>'),
  )
  if (forms !== 'older') {
    app.post<{ Params: { token: string } }>('/.proxy/inpaint/api/submit-job/:token', (request, reply) =>
      submit(parts, request.params.token, request, reply),
    )
  }
  if (forms !== 'newer') {
    app.post('/inpaint/api/submit-job', (request, reply) =>
      submit(parts, fieldsOf(request.body)['customId'], request, reply),
    )
  }
  return app
}

async function submit(
  { desk, counters, origins, faults }: ActivitiesParts,
  token: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  // Both the bare token and the whole custom_id of the window are understood.
  const key = typeof token === 'string' ? token.replace(/^MJ::iframe::/, '') : null
  const account = key === null ? undefined : desk.accountOf(key)
  origins.count(request.raw.socket, account, 'activities')
  const route = `POST ${(request.routeOptions.url ?? request.url).replace('/:token', '')}`
  const fault = account === undefined ? null : faults.forRequest(account, route)
  const answer = fault && !fault.executed ? null : await answerTo(desk, key, fieldsOf(request.body))
  if (fault) spoil(reply, fault)
  else if (answer) reply.code(answer.status).send(answer.status === 200 ? {} : { message: answer.message })
  count(counters.of(account).requests, `${route} ${fault?.answer === 'hang' ? 'none' : reply.statusCode}`)
  return reply
}

interface Answer {
  status: number
  message: string
}

/** The page knows only that 200 is success; the errors are ours. */
async function answerTo(
  desk: RegionDesk,
  token: string | null,
  { mask, prompt }: Record<string, unknown>,
): Promise<Answer> {
  if (token === null) return { status: 400, message: 'customId is required' }
  if (typeof prompt !== 'string') return { status: 400, message: 'prompt is required' }
  if (typeof mask !== 'string') return { status: 400, message: 'mask is required' }
  const bytes = Buffer.from(mask.replace(/^data:[^,]*,/, ''), 'base64')
  const readable = await sharp(bytes)
    .metadata()
    .then(() => true)
    .catch(() => false)
  if (!readable) return { status: 400, message: 'mask is not a picture' }
  return desk.submitRegion({ token, prompt, mask: bytes })
    ? { status: 200, message: '' }
    : { status: 403, message: 'the session has expired' }
}

function fieldsOf(body: unknown): Record<string, unknown> {
  return typeof body === 'object' && body !== null ? { ...body } : {}
}
