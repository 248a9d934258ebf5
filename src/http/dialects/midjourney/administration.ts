import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import type { AccountId } from '../../../ids.ts'
import { answers, Refused } from './answers.ts'
import { endpoint } from './endpoint.ts'
import type { Family } from './family.ts'
import { fromAccount, fromCommand, fromToken } from './from-job.ts'
import * as schema from './schema.ts'
import { isBlank, toCommand, toGrant } from './to-request.ts'

const withKey = [{ adminKey: [] }, { adminBearer: [] }]
const withEither = [{ token: [] }, ...withKey]
const keyRefusals = { 401: answers.keyMissing.body, 403: answers.keyWrong.body }

/** create_token, get_token and switch, for operators; get_devices and get_queue, for callers too. */
export function administrationRoutes(app: FastifyInstance, family: Family): void {
  const { jobs, tokens, pool } = family
  const tag = 'Administration'

  endpoint(app, '/create_token', {
    summary: 'Issue a token',
    tag,
    params: schema.createTokenParams,
    success: schema.newTokenView,
    refusals: keyRefusals,
    security: withKey,
    async handle(params, request) {
      needAdmin(family, request, params.key)
      return { token: await tokens.issue(toGrant(params)) }
    },
  })

  endpoint(app, '/get_token', {
    summary: 'All tokens and what is left of them',
    tag,
    params: schema.adminParams,
    success: schema.tokensView,
    refusals: keyRefusals,
    security: withKey,
    async handle({ key }, request) {
      needAdmin(family, request, key)
      return { data: (await tokens.all()).map(fromToken) }
    },
  })

  endpoint(app, '/switch', {
    summary: "Send /info, /fast, /relax or /turbo to an account and wait for the bot's own answer",
    tag,
    params: schema.switchParams,
    success: schema.switchView,
    refusals: keyRefusals,
    security: withKey,
    async handle(params, request) {
      needAdmin(family, request, params.key)
      const command = toCommand(params)
      const { client_id: clientId } = params
      if (isBlank(clientId)) return { code: 400, result: 'fail' }
      return fromCommand(command, await pool.order(clientId as AccountId, { do: command }))
    },
  })

  endpoint(app, '/get_devices', {
    summary: 'The accounts of the pool',
    params: schema.lookParams,
    success: schema.devicesView,
    refusals: { 401: answers.tokenOrKeyMissing.body, 403: answers.tokenOrKeyWrong.body },
    security: withEither,
    async handle(params, request) {
      await needTokenOrAdmin(family, request, params)
      return (await pool.accounts()).map(fromAccount)
    },
  })

  endpoint(app, '/get_queue', {
    summary: 'How many jobs wait',
    params: schema.lookParams,
    success: schema.queueView,
    refusals: { 401: answers.tokenOrKeyMissing.body, 403: answers.tokenOrKeyWrong.body },
    security: withEither,
    async handle(params, request) {
      await needTokenOrAdmin(family, request, params)
      return { status: 200, data: await jobs.waiting() }
    },
  })
}

function needAdmin({ callers }: Family, request: FastifyRequest, key?: string): void {
  const found = callers.adminKeyIn(request, key)
  if (found !== 'right') throw new Refused(found === 'absent' ? answers.keyMissing : answers.keyWrong)
}

/** A token that is spent may still look; one that has expired may not. */
async function needTokenOrAdmin(
  { callers, tokens }: Family,
  request: FastifyRequest,
  { token, key }: Static<typeof schema.lookParams>,
): Promise<void> {
  const found = callers.adminKeyIn(request, key)
  if (found === 'right') return
  const text = callers.tokenOf(request, token)
  if (text !== undefined && (await tokens.find(text))) return
  const nothing = found === 'absent' && text === undefined
  throw new Refused(nothing ? answers.tokenOrKeyMissing : answers.tokenOrKeyWrong)
}
