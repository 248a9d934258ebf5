import type { FastifyBaseLogger, FastifyReply } from 'fastify'
import { DrawbridgeError, type ErrorCode } from '../../../errors.ts'
import { faultFrom } from '../../plugins/errors.ts'

/** An answer that is not a success, to the byte. */
export interface Answer {
  status: number
  type: string
  body: string
}

/** This family writes its refusals as JSON but has always called them HTML, and clients parse them all the same. */
const html = 'text/html; charset=utf-8'
const plain = 'text/plain; charset=utf-8'

/** `{code,result}` as text; `status` need not be `code`. */
export const refusal = (code: number, result: string, status = code): Answer => ({
  status,
  type: html,
  body: JSON.stringify({ code, result }),
})

export const answers = {
  // Its clients know this sentence; the contact in it is the first author's.
  tokenSpent: refusal(400, '调用次数达到限制，请联系管理员v a16559798_23'),
  promptRequired: { status: 400, type: html, body: 'prompt parameter is required' },
  cannotCreate: refusal(400, 'cannot create a new job with this prompt', 500),
  actionIncomplete: refusal(400, 'image and action parameters should be provided'),
  cannotAct: refusal(400, 'cannot run action', 500),
  invalidFile: { status: 400, type: html, body: '无效的文件!!!' },
  notAPicture: refusal(400, 'image should be a PNG, JPEG, WebP or GIF file'),
  tooLarge: refusal(413, 'image should not be larger than 10 MB'),
  unreadable: refusal(400, 'the multipart body cannot be read'),
  badRequest: { status: 400, type: plain, body: 'Bad Request' },
  notFound: { status: 404, type: plain, body: 'Not Found' },
  keyMissing: refusal(401, 'an admin key is required'),
  keyWrong: refusal(403, 'this is not the admin key'),
  tokenOrKeyMissing: refusal(401, 'a token or the admin key is required'),
  tokenOrKeyWrong: refusal(403, 'neither a valid token nor the admin key'),
} as const satisfies Record<string, Answer>

/** What the core's refusals are in this family; those not named here give their status and sentence. */
const byCode: Partial<Record<ErrorCode, Answer>> = {
  'token-missing': answers.tokenSpent,
  'token-unknown': answers.tokenSpent,
  'token-expired': answers.tokenSpent,
  'token-spent': answers.tokenSpent,
  'prompt-missing': answers.promptRequired,
  'lane-empty': answers.cannotCreate,
  'job-unknown': answers.notFound,
  'message-unknown': answers.cannotAct,
  'account-unknown': answers.cannotAct,
  'account-lost': answers.cannotAct,
}

/** Ends a request with one of the answers above. */
export class Refused extends Error {
  override name = 'Refused'
  readonly answer: Answer

  constructor(answer: Answer) {
    super(answer.body)
    this.answer = answer
  }
}

/** The answer to whatever was thrown. */
export function answerFor(error: unknown, log: FastifyBaseLogger): Answer {
  if (error instanceof Refused) return error.answer
  const known = error instanceof DrawbridgeError ? byCode[error.code] : undefined
  if (known) return known
  const { status, sentence } = faultFrom(error, log)
  return refusal(status, sentence)
}

export const send = (reply: FastifyReply, { status, type, body }: Answer): FastifyReply =>
  reply.code(status).type(type).send(body)
