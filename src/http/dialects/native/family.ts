import type { FastifyRequest } from 'fastify'
import { DrawbridgeError } from '../../../errors.ts'
import { type TokenId, tokenId } from '../../../ids.ts'
import type { Job } from '../../../jobs/job.ts'
import type { Core } from '../../core.ts'
import type { Callers } from '../../plugins/callers.ts'

export type Family = Core

/** Who asks: a token's owner, who sees that token's jobs, or an operator, who sees all. */
export type Caller = { admin: true } | { admin: false; token: TokenId }

export function callerOf({ callers }: Family, request: FastifyRequest): Caller {
  if (callers.adminKeyIn(request) === 'right') return { admin: true }
  return { admin: false, token: needToken(callers, request) }
}

/** The token that is charged. An operator's key is none. */
export function needToken(callers: Callers, request: FastifyRequest): TokenId {
  const text = callers.tokenOf(request)
  if (text === undefined) throw new DrawbridgeError('token-missing')
  return tokenId(text)
}

export function needAdmin({ callers }: Family, request: FastifyRequest): void {
  if (callers.adminKeyIn(request) !== 'right') throw new DrawbridgeError('admin-key-required')
}

/** The job, if this caller may see it: another's is as unknown as none. */
export async function jobFor(family: Family, request: FastifyRequest, id: string): Promise<Job> {
  const caller = callerOf(family, request)
  const job = /^[0-9a-f]{20}$/.test(id) ? await family.jobs.find(id) : null
  if (!job || (!caller.admin && job.token !== caller.token)) {
    if (!caller.admin) await knownToken(family, request)
    throw new DrawbridgeError('job-unknown')
  }
  return job
}

/**
 * Refuses who has no token of their own, for what is told of all jobs of a token: those who share the anonymous one are
 * strangers to each other.
 */
export async function ownToken(family: Family, request: FastifyRequest): Promise<void> {
  if (family.callers.ownTokenOf(request) === undefined) throw new DrawbridgeError('token-missing')
  await knownToken(family, request)
}

/** Refuses a token that is not one of ours, for requests whose core step does not look at it. */
export async function knownToken({ callers, tokens }: Family, request: FastifyRequest): Promise<void> {
  const text = callers.tokenOf(request)
  if (text === undefined) throw new DrawbridgeError('token-missing')
  if (!(await tokens.find(text))) throw new DrawbridgeError('token-unknown')
}
