import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { DrawbridgeError } from '../../../errors.ts'
import { tokenId } from '../../../ids.ts'
import type { Job } from '../../../jobs/job.ts'
import { answers, Refused } from './answers.ts'
import { endpoint } from './endpoint.ts'
import type { Family } from './family.ts'
import { fromHistory, fromLine, fromProgress, fromSubmitted } from './from-job.ts'
import * as schema from './schema.ts'
import { isBlank, toAnswer, toImagine, toJobId } from './to-request.ts'

const withToken = [{ token: [] }]

/** imagine, action, job, progress and history. */
export function drawingRoutes(app: FastifyInstance, family: Family): void {
  const { jobs, callers, clock, directory } = family

  endpoint(app, '/imagine', {
    summary: 'Draw a prompt; costs one use of the token',
    params: schema.imagineParams,
    success: schema.jobView,
    refusals: { 400: answers.tokenSpent.body, 500: answers.cannotCreate.body },
    security: withToken,
    async handle(params, request) {
      const token = needToken(callers.tokenOf(request, params.token))
      const input = toImagine(params, token)
      try {
        const job = await jobs.imagine(input)
        return fromSubmitted(job, input, job.account ?? (await directory.anyOf(job.lane)))
      } catch (error) {
        throw await tokenFirst(family, token, error)
      }
    },
  })

  endpoint(app, '/action', {
    summary: 'Press a button of a picture; costs one use of the token',
    params: schema.actionParams,
    success: schema.jobView,
    refusals: { 400: answers.actionIncomplete.body, 500: answers.cannotAct.body },
    security: withToken,
    handle: (params, request) => act(family, params, request),
  })

  endpoint(app, '/job', {
    summary: 'The job and every picture that has landed',
    params: schema.idParams,
    success: schema.jobView,
    refusals: { 400: answers.badRequest.body, 404: answers.notFound.body },
    async handle({ id }, request) {
      const line = await lineOf(family, toJobId(id))
      if (!line) throw new Refused(answers.notFound)
      return viewOf(family, line, request)
    },
  })

  endpoint(app, '/progress', {
    summary: 'How far the job is',
    params: schema.idParams,
    success: schema.progressView,
    refusals: { 400: answers.badRequest.body },
    async handle({ id }, request) {
      if (isBlank(id)) throw new Refused(answers.badRequest)
      const line = (await lineOf(family, id)) ?? []
      return fromProgress(
        line.map((job) => family.shown(job, request)),
        clock.now(),
      )
    },
  })

  endpoint(app, '/history', {
    summary: 'Every picture that the token has drawn',
    params: schema.historyParams,
    success: schema.historyView,
    security: withToken,
    async handle({ token }, request) {
      // Not with the anonymous token: those who share it are strangers to each other.
      const own = callers.ownTokenOf(request, token)
      const drawn = own ? await jobs.history(tokenId(own)) : []
      return { data: fromHistory(drawn.map((job) => family.shown(job, request))) }
    },
  })
}

async function act(family: Family, params: Static<typeof schema.actionParams>, request: FastifyRequest) {
  const { image, action, token, client_id: clientId } = params
  const { jobs, callers, directory } = family
  // Its oldest clients send none; the picture knows its account anyway.
  if (!isBlank(clientId) && !(await directory.has(clientId))) throw new Refused(answers.cannotAct)
  const own = needToken(callers.tokenOf(request, token))
  try {
    if (isBlank(image) || isBlank(action)) throw new Refused(answers.actionIncomplete)
    const parent = await jobs.pictured(image)
    const line = await lineOf(family, parent.root)
    // The answer to an action is the imagine job that the picture belongs to; a describe has none.
    if (!line) throw new DrawbridgeError('message-unknown')
    const answer = toAnswer(params)
    await jobs.press({ token: tokenId(own), parent, customId: action, ...(answer ? { answer } : {}) })
    return viewOf(family, (await lineOf(family, parent.root)) ?? line, request)
  } catch (error) {
    throw await tokenFirst(family, own, error)
  }
}

async function viewOf(
  { directory, shown }: Family,
  [root, ...others]: readonly [Job, ...Job[]],
  request: FastifyRequest,
) {
  const line = [shown(root, request), ...others.map((job) => shown(job, request))] as const
  return fromLine(line, root.account ?? (await directory.anyOf(root.lane)))
}

/** The line that an imagine job began; null for follow-ups, describes and ids that are not known. */
async function lineOf({ jobs }: Family, id: string): Promise<[Job, ...Job[]] | null> {
  if (!/^[0-9a-f]{20}$/.test(id)) return null
  const [root, ...followUps] = await jobs.line(id)
  return root && root.id === id && root.root === id && root.request.kind === 'imagine'
    ? [root, ...followUps]
    : null
}

function needToken(token: string | undefined): string {
  if (token === undefined) throw new DrawbridgeError('token-missing')
  return token
}

/**
 * This family names a bad token before anything else that is wrong. The token is part of the one step that accepts a job,
 * so it is only looked at by itself when something else has failed.
 */
async function tokenFirst({ tokens }: Family, text: string, error: unknown): Promise<unknown> {
  const theirs = error instanceof Refused || error instanceof DrawbridgeError
  if (!theirs) return error
  const token = await tokens.find(text)
  if (!token) return new DrawbridgeError('token-unknown')
  return token.remaining < 1 ? new DrawbridgeError('token-spent') : error
}
