import cors from '@fastify/cors'
import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { DrawbridgeError } from '../../../errors.ts'
import { type TokenId, tokenId } from '../../../ids.ts'
import type { DoneJob } from '../../../jobs/service.ts'
import type { Core } from '../../core.ts'
import { mostBytes } from '../../plugins/limits.ts'
import { badParameters, Refused, refuse } from './answers.ts'
import { buttonFor, pressNames } from './buttons.ts'
import { endOf, messageOf } from './from-job.ts'
import { firstMessageOf, isMessage, isTrigger, newMessageOf, newTriggerId } from './ids.ts'
import * as schema from './schema.ts'
import { extrasFor, family, needText, textIn } from './to-request.ts'
import { keepUpload, uploadOf } from './uploads.ts'

const tags = ['Trigger']
const security = [{ bearer: [] }]

/** The `/v1/api/trigger` family: a call only submits, and what comes of it is told to the callback address. */
export async function triggerRoutes(app: FastifyInstance, { ...core }: Core): Promise<void> {
  const { jobs } = core
  await app.register(cors, { origin: '*' })
  await app.register(multipart, { limits: { fileSize: mostBytes, files: 1 } })
  app.setSerializerCompiler(() => JSON.stringify)
  // Values are read by what they hold, since numbers come as text and text as numbers.
  app.setValidatorCompiler(() => (value: unknown) => ({ value }))
  app.setErrorHandler((error, request, reply) => refuse(reply, error, request))
  app.setNotFoundHandler(({ url }, reply) => {
    const [path = ''] = url.split('?')
    const isPost = app.hasRoute({ method: 'POST', url: path.replace(/\/+/g, '/').replace(/\/$/, '') })
    return isPost
      ? reply.code(405).send({ detail: 'Method Not Allowed' })
      : reply.code(404).send({ detail: 'Not Found' })
  })
  const described = (summary: string, body: object = schema.anyBody) => ({
    schema: { summary, body, response: { 200: schema.submittedView }, tags, security },
  })

  app.post('/imagine', described('Draw a prompt', schema.imagineBody), async (request) => {
    const token = needToken(core, request)
    const { body } = request
    const words = [textIn(body, 'picurl'), needText(body, 'prompt'), textIn(body, 'extra')]
    const prompt = words.filter((word) => word !== '').join(' ')
    for (;;) {
      const trigger = newTriggerId()
      try {
        await jobs.imagine({ token, prompt, ...extrasFor(trigger, firstMessageOf(trigger)) })
        return submitted(trigger, 'generate')
      } catch (error) {
        if (!isTaken(error)) throw named(error, needText(body, 'prompt'))
      }
    }
  })

  for (const name of pressNames) {
    app.post(`/${name}`, described(`Press a button: ${name}`, schema.pressBody), async (request) => {
      const token = needToken(core, request)
      const { body } = request
      const [message, trigger] = [needText(body, 'msg_id'), needText(body, 'trigger_id')]
      needText(body, 'msg_hash')
      const button = buttonFor(name, body)
      const parent = await parentOf(core, token, message, body)
      const own = parent.about?.notes?.trigger ?? (isTrigger(trigger) ? trigger : newTriggerId())
      await jobs.press({ token, parent, customId: button(parent), ...extrasFor(own, newMessageOf(own)) })
      return submitted(trigger, name)
    })
  }

  app.post(
    '/upload',
    { schema: { summary: 'Send a picture for describe or message', tags, security } },
    async (request) => {
      const token = needToken(core, request)
      if (!(await core.tokens.knows(token))) throw new DrawbridgeError('token-unknown')
      if (!request.isMultipart()) throw badParameters(request.body)
      const trigger = newTriggerId()
      const filename = await keepUpload(jobs, request, trigger)
      const base = `${request.protocol}://${request.host}`
      return {
        message: 'success',
        upload_filename: filename,
        upload_url: `${base}/v1/api/trigger/upload/${filename}`,
        trigger_id: trigger,
      }
    },
  )

  app.post('/describe', described('Describe an uploaded picture', schema.uploadedBody), async (request) => {
    const token = needToken(core, request)
    const picture = await uploadOf(jobs, needText(request.body, 'upload_filename'))
    const trigger = needText(request.body, 'trigger_id')
    if (!isTrigger(trigger)) throw badParameters(request.body)
    await jobs.describe({ token, ...picture, ...extrasFor(trigger, newMessageOf(trigger)) })
    return submitted(trigger, 'describe')
  })

  app.post(
    '/message',
    described('The address of an uploaded picture, for prompts', schema.uploadedBody),
    async (request) => {
      const token = needToken(core, request)
      if (!(await core.tokens.knows(token))) throw new DrawbridgeError('token-unknown')
      const [picurl] = await jobs.upload([await uploadOf(jobs, needText(request.body, 'upload_filename'))])
      return { message: 'success', picurl }
    },
  )

  app.post(
    '/queue/release',
    described('Nothing has to be released here', schema.triggerBody),
    async (request) => {
      needToken(core, request)
      return submitted(needText(request.body, 'trigger_id'), '')
    },
  )

  app.get(
    '/getmessage',
    { schema: { summary: 'The messages of a trigger', querystring: schema.triggerBody, tags, security } },
    (request) => messagesOf(core, request, request.query),
  )
  app.get<{ Params: { trigger_id: string } }>(
    '/getmessage/:trigger_id',
    { schema: { summary: 'The messages of a trigger', tags, security } },
    (request) => messagesOf(core, request, request.params),
  )
  app.post(
    '/getmessage',
    { schema: { summary: 'The messages of a trigger', body: schema.triggerBody, tags, security } },
    (request) => messagesOf(core, request, { ...(request.query as object), ...(request.body as object) }),
  )
}

const submitted = (trigger: string, type: string) => ({
  message: 'success',
  trigger_id: trigger,
  trigger_type: type,
})

/** What has ended under a trigger, newest first; at the top the last one, with the names that follow-ups need. */
async function messagesOf(core: Core, request: FastifyRequest, place: unknown) {
  const token = needToken(core, request)
  const trigger = needText(place, 'trigger_id')
  const root = isTrigger(trigger) ? await core.jobs.findAlias(family, firstMessageOf(trigger)) : null
  const line = root && root.token === token ? await core.jobs.line(root.root) : []
  const ends = line.flatMap((found) => {
    const job = core.shown(found, request)
    const message = messageOf(job)
    if (job.state !== 'done' || message === null) return []
    return [{ ...endOf(job, message), msg_id: message, msg_hash: job.result.uuid ?? '', at: job.finishedAt }]
  })
  const messages = ends.sort((a, b) => b.at - a.at).map(({ at: _, ...end }) => end)
  const [last] = messages
  if (!last) throw new Refused(16, 'message not found', 404)
  return { ...last, message: 'success', messages }
}

/** The picture of a message; another token's is as unknown as none. */
async function parentOf({ jobs }: Core, token: TokenId, message: string, body: unknown): Promise<DoneJob> {
  const job = isMessage(message) ? await jobs.findAlias(family, message) : null
  // A client may have kept the id of Discord's own message.
  const found = !job && /^\d{17,20}$/.test(message) ? await jobs.pictured(message) : job
  if (found?.state === 'done' && found.token === token) return found
  throw badParameters(body)
}

function needToken({ callers }: Core, request: FastifyRequest): TokenId {
  const text = callers.tokenOf(request)
  if (text === undefined) throw new DrawbridgeError('token-missing')
  return tokenId(text)
}

const isTaken = (error: unknown): boolean => error instanceof DrawbridgeError && error.code === 'alias-taken'

/** A banned prompt is answered with the prompt as it was sent. */
function named(error: unknown, prompt: string): unknown {
  const banned = error instanceof DrawbridgeError && error.code === 'banned-word'
  return banned ? new Refused(14, `banned prompt: ${prompt}`) : error
}
