import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { DrawbridgeError } from '../../../errors.ts'
import { type TokenId, tokenId } from '../../../ids.ts'
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
      const token = await tokens.issue(request.body)
      return reply.code(201).send({ id: tokenId(token), token })
    },
  )

  app.get(
    '/tokens',
    {
      schema: {
        summary: 'All tokens, oldest first',
        response: { 200: Type.Object({ data: Type.Array(schema.listedToken) }) },
        ...admin,
      },
    },
    async (request) => {
      needAdmin(family, request)
      return { data: (await tokens.all()).map((token) => ({ ...fromToken(token), id: token.id })) }
    },
  )

  app.patch<{ Params: Static<typeof schema.tokenParams>; Body: Static<typeof schema.tokenChange> }>(
    '/tokens/:id',
    {
      schema: {
        summary: 'Say what is done with the prompts of a token',
        params: schema.tokenParams,
        body: schema.tokenChange,
        response: { 200: schema.tokenChange },
        ...admin,
      },
    },
    async (request) => {
      needAdmin(family, request)
      const { services } = request.body
      const isKnown = await tokens.setServicePolicy(request.params.id as TokenId, services)
      if (!isKnown) throw new DrawbridgeError('invalid-request', 'There is no such token.')
      return { services }
    },
  )

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
