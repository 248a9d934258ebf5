import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import { DrawbridgeError } from '../../../errors.ts'
import type { Token } from '../../../tokens/service.ts'
import { type Family, needAdmin } from './family.ts'
import * as schema from './schema.ts'

const admin = { tags: ['Administration'], security: [{ adminBearer: [] }] }

/** Tokens: issued and listed by operators, each looked at by its owner. */
export function tokenRoutes(app: FastifyInstance, family: Family): void {
  const { tokens, callers } = family

  app.post<{ Body: Static<typeof schema.grantBody> }>(
    '/tokens',
    {
      schema: {
        summary: 'Issue a token',
        body: schema.grantBody,
        response: { 201: schema.newTokenView },
        ...admin,
      },
    },
    async (request, reply) => {
      needAdmin(family, request)
      return reply.code(201).send({ token: await tokens.issue(request.body) })
    },
  )

  app.get('/tokens', { schema: { summary: 'All tokens, oldest first', ...admin } }, async (request) => {
    needAdmin(family, request)
    return { data: (await tokens.all()).map(fromToken) }
  })

  app.get(
    '/token',
    {
      schema: {
        summary: 'What is left of the token that asks',
        response: { 200: schema.tokenView },
        tags: ['Jobs'],
        security: [{ bearer: [] }],
      },
    },
    async (request) => {
      const text = callers.tokenOf(request)
      if (text === undefined) throw new DrawbridgeError('token-missing')
      const token = await tokens.find(text)
      if (!token) throw new DrawbridgeError('token-unknown')
      return fromToken(token)
    },
  )
}

function fromToken({ id: _, days: __, createdAt, expiresAt, ...token }: Token): schema.TokenView {
  return {
    ...token,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
  }
}
