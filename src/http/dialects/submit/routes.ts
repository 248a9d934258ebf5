import cors from '@fastify/cors'
import formbody from '@fastify/formbody'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DrawbridgeError } from '../../../errors.ts'
import { tokenId } from '../../../ids.ts'
import type { Job } from '../../../jobs/job.ts'
import type { Core } from '../../core.ts'
import { faultFrom } from '../../plugins/errors.ts'
import { fromJob } from './from-job.ts'
import * as schema from './schema.ts'
import { buttonFor, extrasFor, family, idIn, type SubmitValues, valuesIn, withPrompts } from './to-request.ts'

const method = ['GET', 'POST'] as const
const tags = ['Submit']
const security = [{ bearer: [] }]
/** How many tasks a list shows. */
const mostListed = 100

/** The `/api/v1` family: one address to submit, one to look, one to list; GET or POST, from any web page. */
export async function submitRoutes(app: FastifyInstance, { ...core }: Core): Promise<void> {
  const { jobs, callers, tokens } = core
  await app.register(cors, { origin: true, credentials: true, strictPreflight: false })
  await app.register(formbody)
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store')
    done()
  })
  app.setSerializerCompiler(() => JSON.stringify)
  // A form in parts is not read: as ever in this family, the query counts then.
  app.addContentTypeParser('multipart/form-data', (_request, payload, done) => {
    payload.resume()
    payload.on('end', () => done(null, {}))
  })
  app.setErrorHandler((error, request, reply) => refuse(reply, error, request))
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ code: 0, description: 'Not Found' }))

  const submit = async (request: FastifyRequest) => {
    const text = callers.tokenOf(request)
    if (text === undefined) throw new DrawbridgeError('token-missing')
    const alias = await submitTask(core, tokenId(text), valuesIn(request))
    return { code: 1, description: '成功', result: alias }
  }
  const fetch = async (request: FastifyRequest, reply: FastifyReply) => {
    const job = await find(core, idIn(request))
    return job ? fromJob(core.shown(job, request)) : reply.code(400).send({ code: 0 })
  }
  const list = async (request: FastifyRequest) => {
    const text = callers.tokenOf(request)
    if (text === undefined) throw new DrawbridgeError('token-missing')
    if (!(await tokens.find(text))) throw new DrawbridgeError('token-unknown')
    // Those who share the anonymous token are strangers to each other.
    if (callers.ownTokenOf(request) === undefined) return []
    const page = await jobs.page({ token: tokenId(text), limit: mostListed })
    return page.jobs.filter(isOurs).map((job) => fromJob(core.shown(job, request)))
  }

  for (const one of method) {
    const place = one === 'GET' ? 'querystring' : 'body'
    app.route({
      method: one,
      url: '/trigger/submit',
      schema: {
        summary: 'Submit a task; costs one use of the token',
        response: { 200: schema.submittedView, 400: schema.refusedView },
        [place]: schema.submitParams,
        tags,
        security,
      },
      validatorCompiler: takeAsItIs,
      handler: submit,
    })
    app.route({
      method: one,
      url: '/task/fetch',
      schema: {
        summary: 'A task',
        response: { 200: schema.taskView },
        [place]: schema.fetchParams,
        tags,
      },
      validatorCompiler: takeAsItIs,
      handler: fetch,
    })
    app.route({
      method: one,
      url: '/task/list',
      schema: { summary: 'The newest tasks of the token', tags, security },
      handler: list,
    })
  }
}

async function submitTask(
  { jobs, webhooks }: Core,
  token: ReturnType<typeof tokenId>,
  values: SubmitValues,
): Promise<string> {
  if (values.notifyHook !== '') webhooks?.check(values.notifyHook)
  const extras = extrasFor(values)
  const alias = extras.about?.alias ?? ''
  switch (values.action) {
    case 'IMAGINE':
      await jobs.imagine({ token, prompt: values.prompt, ...extras })
      return alias
    case 'UPSCALE':
    case 'VARIATION': {
      const parent = await find({ jobs }, values.taskId)
      if (!parent) throw new DrawbridgeError('job-unknown')
      if (parent.state !== 'done')
        throw new DrawbridgeError('message-unknown', 'The task has no picture yet.')
      const customId = buttonFor(values, parent)
      await jobs.press({ token, parent, customId, ...withPrompts(extras, fromJob(parent)) })
      return alias
    }
    default:
      throw new DrawbridgeError('invalid-request', 'action is IMAGINE, UPSCALE or VARIATION.')
  }
}

async function find({ jobs }: Pick<Core, 'jobs'>, id: string): Promise<Job | null> {
  return /^[0-9a-f-]{36}$/i.test(id) ? jobs.findAlias(family, id.toLowerCase()) : null
}

const isOurs = (job: Job): boolean => job.about?.family === family && job.about.alias !== undefined

/** Its clients take any status but 200 for a failure, and read nothing else. */
function refuse(reply: FastifyReply, error: unknown, request: FastifyRequest): FastifyReply {
  const { status, sentence, code } = faultFrom(error, request.log)
  return reply
    .code(status >= 500 && code !== undefined ? 400 : status)
    .type('application/json; charset=utf-8')
    .send({ code: 0, description: sentence })
}

/** The schema is for readers: this family has always taken what it can use of what it is sent. */
const takeAsItIs = () => (value: unknown) => ({ value })
