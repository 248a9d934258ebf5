import { STATUS_CODES } from 'node:http'
import type { FastifyBaseLogger, FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import { DrawbridgeError, type ErrorCode, errorCatalogue } from '../../errors.ts'

/** What went wrong with a request, whatever threw it: a status, and a sentence that may be shown to the caller. */
export interface Fault {
  status: number
  sentence: string
  /** A code of the catalogue, for a fault that has one. */
  code?: ErrorCode
}

/**
 * Reads an error: ours and Fastify's say what the caller did wrong; anything else is our own fault, goes to the log with
 * its stack, and tells the caller nothing.
 */
export function faultFrom(error: unknown, log: FastifyBaseLogger): Fault {
  if (error instanceof DrawbridgeError)
    return { status: error.status, sentence: error.message, code: error.code }
  if (isClientFault(error)) return { status: error.statusCode, sentence: sentenceOf(error) }
  log.error({ err: error }, 'request failed')
  return { status: 500, sentence: errorCatalogue['internal-error'].sentence }
}

/** Answers everything outside the families, which have shapes of their own, as problem details (RFC 9457). */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => sendProblem(reply, faultFrom(error, request.log)))
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, faultFrom(new DrawbridgeError('path-unknown'), request.log)),
  )
}

export function sendProblem(reply: FastifyReply, { status, sentence, code }: Fault): FastifyReply {
  const known = code ?? (status >= 500 ? 'internal-error' : 'invalid-request')
  const title = STATUS_CODES[status] ?? 'Error'
  const { retry } = errorCatalogue[known]
  const problem = { type: 'about:blank', title, status, detail: sentence, code: known, retry }
  return reply.code(status).type('application/problem+json; charset=utf-8').send(JSON.stringify(problem))
}

function isClientFault(error: unknown): error is FastifyError & { statusCode: number } {
  if (!(error instanceof Error) || !('statusCode' in error)) return false
  return typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500
}

function sentenceOf(error: FastifyError): string {
  if (!error.validation) return error.message
  const [first] = error.validation
  const name = first?.instancePath.slice(1) || error.validationContext || 'request'
  return `${name} ${first?.message ?? 'is not valid'}`
}
