import type { FastifyBaseLogger, FastifyReply } from 'fastify'
import { asErrorCode, DrawbridgeError, type ErrorCode } from '../../../errors.ts'
import type { FinishedJob } from '../../../jobs/job.ts'
import { faultFrom } from '../../plugins/errors.ts'

/** What this family's clients read of a failure: four keys, always all of them. */
export interface ErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null }
}

/** A request that cannot be meant; `param` names the field. */
export class InvalidParameter extends Error {
  readonly param: string
  readonly code: string

  constructor(param: string, message: string, code = 'invalid_value') {
    super(message)
    this.param = param
    this.code = code
  }
}

/** An address or a name that there is not. */
export class NoSuchThing extends Error {
  readonly code: string | null

  constructor(message: string, code: string | null = null) {
    super(message)
    this.code = code
  }
}

interface Told {
  status: number
  type: string
  code: string | null
}

const keyRefused: Told = { status: 401, type: 'invalid_request_error', code: 'invalid_api_key' }
const policy: Told = { status: 400, type: 'invalid_request_error', code: 'content_policy_violation' }

/** What of the catalogue this family has words of its own for. */
const words: Partial<Record<ErrorCode, Told>> = {
  'token-missing': { ...keyRefused, code: null },
  'token-unknown': keyRefused,
  'token-expired': keyRefused,
  'token-spent': { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
  'queue-full': { status: 429, type: 'requests', code: 'rate_limit_exceeded' },
  moderated: policy,
  'banned-prompt': policy,
  'banned-word': policy,
  'prompt-missing': { status: 400, type: 'invalid_request_error', code: 'missing_required_parameter' },
}

/** A failure as a status and this family's body. */
export function envelope(error: unknown, log: FastifyBaseLogger): { status: number; body: ErrorBody } {
  if (error instanceof InvalidParameter) {
    const { message, param, code } = error
    return { status: 400, body: { error: { message, type: 'invalid_request_error', param, code } } }
  }
  if (error instanceof NoSuchThing) {
    const { message, code } = error
    return { status: 404, body: { error: { message, type: 'invalid_request_error', param: null, code } } }
  }
  const { status, sentence, code } = faultFrom(error, log)
  const told = (code && words[code]) || {
    status,
    type: status >= 500 ? 'server_error' : 'invalid_request_error',
    code: code?.replaceAll('-', '_') ?? null,
  }
  const param = code?.startsWith('prompt-') || code?.endsWith('-prompt') ? 'prompt' : null
  return {
    status: told.status,
    body: { error: { message: sentence, type: told.type, param, code: told.code } },
  }
}

/** Clients try again by themselves what may cost another use; only what says that it may work later is theirs to repeat. */
export function refuse(reply: FastifyReply, error: unknown): FastifyReply {
  const { status, body } = envelope(error, reply.log)
  if (status === 409 || body.error.type === 'insufficient_quota') reply.header('x-should-retry', 'false')
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body))
}

/** Why a job has no picture. */
export function failureOf(job: FinishedJob): DrawbridgeError {
  if (job.state === 'done') return new DrawbridgeError('upstream-failed', 'The job ended without a picture.')
  return new DrawbridgeError(asErrorCode(job.failure.code, 'upstream-failed'), job.failure.message)
}
