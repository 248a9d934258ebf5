import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AccountView } from '../../../accounts/pool.ts'
import { DrawbridgeError } from '../../../errors.ts'
import { isFinished, type Job } from '../../../jobs/job.ts'
import type { Core } from '../../core.ts'
import { missingParent, Refused } from './answers.ts'
import { bodyOf, textsIn } from './body.ts'
import { fromJob } from './from-job.ts'
import { hasOwnToken, needToken } from './key.ts'
import * as schema from './schema.ts'
import { findAnyTask, findTask } from './submits.ts'

/** How many tasks a list shows. */
const mostListed = 100

type Params = { id: string }

/** Tasks, accounts and pictures. */
export function taskRoutes(
  app: FastifyInstance,
  core: Core,
  { tags, hide }: { tags: string[]; hide: boolean },
): void {
  const { jobs, tokens } = core
  const { security } = schema
  const task = async (request: FastifyRequest, id: string): Promise<Job> => {
    const token = needToken(core, request)
    const job = await findTask({ core, token }, id)
    if (job) return job
    if (!(await tokens.knows(token))) throw new DrawbridgeError('token-unknown')
    throw new Refused(3, missingParent, { status: 404 })
  }
  const owned = async (request: FastifyRequest) => {
    const token = needToken(core, request)
    if (!(await tokens.knows(token))) throw new DrawbridgeError('token-unknown')
    return token
  }
  const newest = async (request: FastifyRequest): Promise<Job[]> => {
    const token = await owned(request)
    return hasOwnToken(core, request) ? (await jobs.page({ token, limit: mostListed })).jobs : []
  }
  const describe = (summary: string, more: object = {}) => ({
    schema: { summary, tags, security, hide, ...more },
  })

  app.get<{ Params: Params }>(
    '/task/:id/fetch',
    describe('A task', { response: { 200: schema.taskView } }),
    async (request) => fromJob(core.shown(await task(request, request.params.id), request)),
  )

  app.get<{ Params: Params }>('/task/:id/image-seed', describe('The seed of a picture'), async (request) => {
    const job = await task(request, request.params.id)
    if (job.state !== 'done') throw new Refused(4, '关联任务状态错误', { status: 400 })
    try {
      return { code: 1, description: '成功', result: await jobs.seed(job.id), properties: {} }
    } catch (error) {
      if (error instanceof DrawbridgeError) throw new Refused(3, '未找到 seed')
      throw error
    }
  })

  app.post<{ Params: Params }>('/task/:id/cancel', describe('Cancel a task'), async (request) => {
    const job = await task(request, request.params.id)
    if (!isFinished(job)) await jobs.cancel(job.id)
    return { code: 1, description: '成功', result: request.params.id, properties: {} }
  })

  app.get('/task/list', describe('The newest tasks of the token'), async (request) => {
    return (await newest(request)).map((job) => fromJob(core.shown(job, request)))
  })

  app.get('/task/queue', describe('Tasks that have not ended, oldest first'), async (request) => {
    return (await newest(request))
      .filter((job) => !isFinished(job))
      .reverse()
      .map((job) => fromJob(core.shown(job, request)))
  })

  for (const url of ['/task/list-by-condition', '/task/list-by-ids']) {
    app.post(url, describe('Tasks by their ids', { body: schema.idsBody }), async (request) => {
      const token = await owned(request)
      const ids = textsIn(bodyOf(request.body), 'ids').slice(0, mostListed)
      const found = await Promise.all(ids.map((id) => findTask({ core, token }, id)))
      return found.flatMap((job) => (job ? [fromJob(core.shown(job, request))] : []))
    })
  }

  app.get('/account/list', describe('The accounts, without their secrets'), async (request) => {
    await owned(request)
    return (await core.pool.accounts()).map(fromAccount)
  })

  app.get<{ Params: Params }>(
    '/account/:id/fetch',
    describe('An account, without its secrets'),
    async (request) => {
      await owned(request)
      const account = (await core.pool.accounts()).find(({ id }) => id === request.params.id)
      if (!account) throw new Refused(3, '账号不存在', { status: 404 })
      return fromAccount(account)
    },
  )

  app.get<{ Params: Params }>(
    '/image/:id',
    { schema: { summary: 'The picture of a task; needs no token', tags, hide } },
    (request, reply) => picture(core, request, reply),
  )
}

/** The id is the secret here: whoever has it may look. */
async function picture(
  { jobs, shown }: Core,
  request: FastifyRequest<{ Params: Params }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const found = await findAnyTask(jobs, request.params.id)
  const job = found && shown(found, request)
  const url = job?.state === 'done' ? job.result.url : job?.track.previewUrl
  if (!url) throw new Refused(3, missingParent, { status: 404 })
  return reply.redirect(url, 302)
}

const fromAccount = ({ id, name, state, slots }: AccountView) => ({
  id,
  name,
  properties: {},
  guildId: '',
  channelId: id,
  userToken: '',
  userAgent: '',
  enable: state === 'ready' || state === 'half-open',
  coreSize: slots,
  queueSize: 10,
  timeoutMinutes: 5,
})
