import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ErrorCode } from '../../../errors.ts'
import { faultFrom } from '../../plugins/errors.ts'

/** A refusal of this family: a code of its own, a sentence, and a status that is often 200. */
export class Refused extends Error {
  override name = 'Refused'
  readonly code: number
  readonly status: number

  constructor(code: number, message: string, status = 200) {
    super(message)
    this.code = code
    this.status = status
  }
}

export const badParameters = (body: unknown): Refused =>
  new Refused(13, `request params error: ${pythonic(body)}`, 400)

/** Errors of the core by this family's codes; clients tell a refusal from a success by the presence of `code`. */
const refusals: Partial<Record<string, [code: number, status: number]>> = {
  'queue-full': [15, 200],
  'banned-word': [14, 200],
  'upstream-refused': [12, 200],
  'command-timeout': [12, 200],
  'lane-empty': [12, 200],
  'account-lost': [12, 200],
} satisfies Partial<Record<ErrorCode, [number, number]>>

export function refuse(reply: FastifyReply, error: unknown, request: FastifyRequest): FastifyReply {
  if (error instanceof Refused)
    return reply.code(error.status).send({ code: error.code, message: error.message })
  const { status, sentence, code } = faultFrom(error, request.log)
  if (code === undefined && status < 500) return refuse(reply, badParameters(request.body), request)
  const [own, ownStatus] = refusals[code ?? ''] ?? [13, status]
  const message = own === 15 ? `Task queue is full: ${sentence}` : sentence
  return reply.code(ownStatus).send({ code: own, message })
}

/** As Python would print it, which is how its clients have always seen it. */
function pythonic(value: unknown, depth = 0): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return depth === 0 ? value : `'${value.replaceAll("'", "\\'")}'`
  if (typeof value !== 'object') return String(value)
  if (depth > 4) return '...'
  if (Array.isArray(value)) return `[${value.map((one) => pythonic(one, depth + 1)).join(', ')}]`
  const pairs = Object.entries(value).map(([name, one]) => `'${name}': ${pythonic(one, depth + 1)}`)
  return `{${pairs.join(', ')}}`
}
