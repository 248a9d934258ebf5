import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { DrawbridgeError } from '../../../errors.ts'
import type { TokenId } from '../../../ids.ts'
import type { Scope, Secrets, Webhooks } from '../../../webhooks/webhooks.ts'
import { callerOf, type Family, jobFor, ownToken } from './family.ts'
import { callbackUrl, eventFilter, jobParams } from './schema.ts'

const delivery = Type.Object({
  id: Type.String(),
  event: Type.String(),
  url: Type.String(),
  attempt: Type.Integer(),
  at: Type.String({ format: 'date-time' }),
  tookMs: Type.Integer(),
  status: Type.Union([Type.Integer(), Type.Null()]),
  outcome: Type.String(),
  error: Type.Optional(Type.String()),
})
const closed = { additionalProperties: false }
const targetBody = Type.Object(
  { url: callbackUrl, events: eventFilter },
  { ...closed, examples: [{ url: 'https://hooks.example/drawn', events: ['job.finished'] }] },
)
const webhookView = Type.Object({
  secret: Type.String({ description: 'Verifies the signatures, as Standard Webhooks describes it.' }),
  previousUntil: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
    description: 'Until then callbacks are signed with the secrets before it, too.',
  }),
  url: Type.Union([Type.String(), Type.Null()]),
  events: eventFilter,
})
const testBody = Type.Object(
  { url: Type.Optional(Type.String({ ...callbackUrl, description: 'Absent: the address that is set.' })) },
  { ...closed, examples: [{ url: 'https://hooks.example/drawn' }] },
)
const testView = Type.Object({
  id: Type.String(),
  url: Type.String(),
  delivered: Type.Boolean(),
  status: Type.Union([Type.Integer(), Type.Null()]),
  error: Type.Optional(Type.String()),
})
const events = { tags: ['Events'], security: [{ bearer: [] }] }
const described = { params: jobParams, ...events }

/** Whom a token's owner has told, what became of a job's callbacks, and the same once more. */
export function webhookRoutes(app: FastifyInstance, family: Family, webhooks: Webhooks): void {
  /** A token's owner neither sees nor stirs the gateway's own receiver. */
  const scopesOf = (request: FastifyRequest): readonly Scope[] =>
    callerOf(family, request).admin ? ['job', 'token', 'gateway'] : ['job', 'token']

  /** The token that asks; null for an operator, who speaks for the gateway. */
  const asking = async (request: FastifyRequest): Promise<TokenId | null> => {
    const caller = callerOf(family, request)
    if (caller.admin) return null
    await ownToken(family, request)
    return caller.token
  }
  const view = async (token: TokenId | null, known?: Secrets) => {
    const target = token === null ? webhooks.gatewayTarget : await webhooks.targetOf(token)
    const { url = null, events = [] } = target ?? {}
    const { secrets, previousUntil } = known ?? (await webhooks.secretsFor(token))
    const until = previousUntil === null ? null : new Date(previousUntil).toISOString()
    return { secret: secrets[0], previousUntil: until, url, events: [...events] }
  }
  const owner = async (request: FastifyRequest): Promise<TokenId> => {
    const token = await asking(request)
    if (token === null)
      throw new DrawbridgeError(
        'token-missing',
        'The gateway’s own address is CALLBACK_URL, its secret WEBHOOK_SECRET.',
      )
    return token
  }

  app.get(
    '/webhook',
    { schema: { summary: 'Who is told of this token’s jobs', response: { 200: webhookView }, ...events } },
    async (request) => view(await asking(request)),
  )

  app.put<{ Body: Static<typeof targetBody> }>(
    '/webhook',
    {
      schema: {
        summary: 'Have an address told of all jobs of this token',
        body: targetBody,
        response: { 200: webhookView },
        ...events,
      },
    },
    async (request) => {
      const token = await owner(request)
      await webhooks.setTarget(token, request.body)
      return view(token)
    },
  )

  app.delete(
    '/webhook',
    {
      schema: {
        summary: 'Have nobody told any more',
        response: { 204: Type.Null({ description: 'Done.' }) },
        ...events,
      },
    },
    async (request, reply) => {
      await webhooks.setTarget(await owner(request), null)
      return reply.code(204).send()
    },
  )

  app.post(
    '/webhook/rotate',
    {
      schema: {
        summary: 'Get another secret; what was the secret signs beside it for a day',
        response: { 200: webhookView },
        ...events,
      },
    },
    async (request) => {
      const token = await owner(request)
      return view(token, await webhooks.rotateSecret(token))
    },
  )

  app.post<{ Body: Static<typeof testBody> }>(
    '/webhook/test',
    {
      schema: {
        summary: 'Send a test event, and say what came of it',
        body: testBody,
        response: { 200: testView },
        ...events,
      },
    },
    async (request) => webhooks.sendTest(await asking(request), request.body.url),
  )

  app.get<{ Params: Static<typeof jobParams> }>(
    '/jobs/:id/deliveries',
    {
      schema: {
        summary: 'The attempts of a job’s callbacks, oldest first',
        response: { 200: Type.Object({ data: Type.Array(delivery) }) },
        ...described,
      },
    },
    async (request) => {
      const { id } = await jobFor(family, request, request.params.id)
      const shown = (await webhooks.log(id)).filter(({ scope }) => scopesOf(request).includes(scope))
      const data = shown.map(({ message, url, attempt, at, tookMs, status, outcome, error }) => ({
        id: message.id,
        event: message.event.type,
        url,
        attempt,
        at: new Date(at).toISOString(),
        tookMs,
        status,
        outcome,
        ...(error === undefined ? {} : { error }),
      }))
      return { data }
    },
  )

  app.post<{ Params: Static<typeof jobParams> }>(
    '/jobs/:id/deliveries/replay',
    {
      schema: {
        summary: 'Tell everything that has happened to a job once more',
        response: { 202: Type.Object({ queued: Type.Integer() }) },
        ...described,
      },
    },
    async (request, reply) => {
      const { id } = await jobFor(family, request, request.params.id)
      return reply.code(202).send({ queued: await webhooks.replay(id, scopesOf(request)) })
    },
  )
}
