import type { FastifyRequest } from 'fastify'
import { DrawbridgeError } from '../../../errors.ts'
import { type TokenId, tokenId } from '../../../ids.ts'
import type { Core } from '../../core.ts'

/** `mj-api-secret` or `Authorization`, each with or without `Bearer` and `sk-`. */
export function needToken(core: Core, request: FastifyRequest): TokenId {
  const text = ownText(core, request) ?? core.callers.tokenOf(request)
  if (!text) throw new DrawbridgeError('token-missing')
  return tokenId(text)
}

/** Whether the caller has a token of its own: those who share the anonymous one are strangers to each other. */
export const hasOwnToken = (core: Core, request: FastifyRequest): boolean =>
  ownText(core, request) !== undefined

function ownText({ callers }: Core, request: FastifyRequest): string | undefined {
  const { authorization, 'mj-api-secret': secret } = request.headers
  return [secret, authorization].map(plainKey).find((key) => key !== '') ?? callers.ownTokenOf(request)
}

const plainKey = (header: string | string[] | undefined): string =>
  typeof header === 'string'
    ? header
        .trim()
        .replace(/^Bearer +/i, '')
        .replace(/^sk-/, '')
    : ''
