import type { FastifyRequest } from 'fastify'
import { DrawbridgeError } from '../../../errors.ts'
import { type TokenId, tokenId } from '../../../ids.ts'
import type { Core } from '../../core.ts'

/** `mj-api-secret` or `Authorization`, each with or without `Bearer` and `sk-`. */
export function needToken({ callers }: Core, request: FastifyRequest): TokenId {
  const { authorization, 'mj-api-secret': secret } = request.headers
  const named = [secret, authorization].map(plainKey).find((key) => key !== '')
  const text = named || callers.tokenOf(request)
  if (!text) throw new DrawbridgeError('token-missing')
  return tokenId(text)
}

const plainKey = (header: string | string[] | undefined): string =>
  typeof header === 'string'
    ? header
        .trim()
        .replace(/^Bearer +/i, '')
        .replace(/^sk-/, '')
    : ''
