import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { DrawbridgeError } from '../../../errors.ts'
import type { JobId } from '../../../ids.ts'
import { callerOf, type Family, jobFor, needToken, ownToken } from './family.ts'
import { fromJob } from './from-job.ts'
import { listJobs } from './list.ts'
import * as schema from './schema.ts'
import { answerIn, buttonIn, callbackOf, submitJob, toAnswer } from './to-request.ts'

const tags = ['Jobs']
const security = [{ bearer: [] }]
const one = { params: schema.jobParams, tags, security }
type Params = Static<typeof schema.jobParams>

/** Submit, read, act, answer, cancel. */
export function jobRoutes(app: FastifyInstance, family: Family): void {
  const { jobs, callers, shown, webhooks } = family
  const view = async (id: JobId, request: FastifyRequest) => {
    const job = await jobs.find(id)
    if (!job) throw new DrawbridgeError('job-unknown')
    return fromJob(shown(job, request), await jobs.place(job))
  }
  const checkCallback = ({ callback }: { callback?: { url: string } }) => {
    if (callback) webhooks?.check(callback.url)
  }

  app.post<{ Body: schema.JobBody; Headers: Static<typeof schema.submitHeaders> }>(
    '/jobs',
    {
      schema: {
        summary: 'Submit a job',
        body: schema.jobBody,
        headers: schema.submitHeaders,
        response: { 202: schema.jobView },
        tags,
        security,
      },
    },
    async (request, reply) => {
      const { 'idempotency-key': key } = request.headers
      const by = { token: needToken(callers, request), ...(key ? { idempotencyKey: key } : {}) }
      checkCallback(request.body)
      const { id } = await submitJob(jobs, request.body, by)
      return reply
        .code(202)
        .header('location', `/v1/jobs/${id}`)
        .send(await view(id, request))
    },
  )

  app.get<{ Params: Params }>(
    '/jobs/:id',
    { schema: { summary: 'A job', response: { 200: schema.jobView }, ...one } },
    async (request) => {
      const job = await jobFor(family, request, request.params.id)
      return fromJob(shown(job, request), await jobs.place(job))
    },
  )

  app.get<{ Querystring: Static<typeof schema.listQuery> }>(
    '/jobs',
    {
      schema: {
        summary: 'Jobs, newest first; an operator sees those of all tokens',
        querystring: schema.listQuery,
        response: { 200: schema.listView },
        tags,
        security,
      },
    },
    async (request) => {
      const caller = callerOf(family, request)
      if (!caller.admin && request.query.root === undefined) await ownToken(family, request)
      if (request.query.root !== undefined) {
        const { root } = await jobFor(family, request, request.query.root)
        return { data: (await jobs.line(root)).map((job) => fromJob(shown(job, request))), next: null }
      }
      const { jobs: found, next } = await listJobs(jobs, caller.admin ? null : caller.token, request.query)
      return { data: found.map((job) => fromJob(shown(job, request))), next }
    },
  )

  app.get<{ Params: Params }>(
    '/jobs/:id/trace',
    {
      schema: {
        summary: 'What happened to a job, and how its account was chosen',
        response: { 200: schema.traceView },
        ...one,
      },
    },
    async (request) => {
      const job = await jobFor(family, request, request.params.id)
      const events = await family.events.ofJob(job.id, job.firstEvent ?? '0-0')
      return {
        why: job.why ?? null,
        events: events.map(({ id, name, at, data }) => ({ id, name, at: new Date(at).toISOString(), data })),
      }
    },
  )

  app.delete<{ Params: Params }>(
    '/jobs/:id',
    {
      schema: {
        summary: 'Cancel a job: at once while it waits, else by having the bot stop it',
        response: { 200: schema.jobView, 202: schema.jobView },
        ...one,
      },
    },
    async (request, reply) => {
      const { id } = await jobFor(family, request, request.params.id)
      const { ended } = await jobs.cancel(id)
      return reply.code(ended ? 200 : 202).send(await view(id, request))
    },
  )

  app.post<{ Params: Params; Body: schema.ActionBody; Headers: Static<typeof schema.submitHeaders> }>(
    '/jobs/:id/actions',
    {
      schema: {
        summary: 'Press a button of a finished job; what it makes is a job of its own',
        body: schema.actionBody,
        headers: schema.submitHeaders,
        response: { 202: schema.jobView },
        ...one,
      },
    },
    async (request, reply) => {
      const token = needToken(callers, request)
      const parent = await jobFor(family, request, request.params.id)
      checkCallback(request.body)
      if (parent.state !== 'done') throw new DrawbridgeError('message-unknown', 'The job has no picture yet.')
      const { button, values, onDialog = 'ask' } = request.body
      const answer = answerIn(request.body)
      const { 'idempotency-key': key } = request.headers
      const { id } = await jobs.press({
        token,
        parent,
        customId: buttonIn(parent, button),
        onDialog,
        ...(values ? { values } : {}),
        ...(answer ? { answer } : {}),
        ...callbackOf(request.body),
        ...(key ? { idempotencyKey: key } : {}),
      })
      return reply
        .code(202)
        .header('location', `/v1/jobs/${id}`)
        .send(await view(id, request))
    },
  )

  app.post<{ Params: Params; Body: schema.AnswerBody }>(
    '/jobs/:id/answer',
    {
      schema: {
        summary: 'Answer what the job asks',
        body: schema.answerBody,
        response: { 202: schema.jobView },
        ...one,
      },
    },
    async (request, reply) => {
      const { id } = await jobFor(family, request, request.params.id)
      await jobs.answer(id, toAnswer(request.body))
      return reply.code(202).send(await view(id, request))
    },
  )

  app.post<{ Params: Params }>(
    '/jobs/:id/seed',
    { schema: { summary: "Midjourney's seed of a picture", response: { 200: schema.seedView }, ...one } },
    async (request) => {
      const { id } = await jobFor(family, request, request.params.id)
      return { seed: await jobs.seed(id) }
    },
  )
}
