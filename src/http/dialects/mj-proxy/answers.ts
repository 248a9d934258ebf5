import type { FastifyReply, FastifyRequest } from 'fastify'
import { DrawbridgeError, type ErrorCode } from '../../../errors.ts'
import { faultFrom } from '../../plugins/errors.ts'
import { bodyOf, textIn } from './body.ts'

/** The answer to every submit. */
export interface SubmitResult {
  code: number
  description: string
  result: string | string[] | null
  properties: Record<string, unknown>
}

/** A refusal in this family's words; HTTP 200 unless it says otherwise. */
export class Refused extends Error {
  override name = 'Refused'
  readonly answer: SubmitResult
  readonly status: number

  constructor(code: number, description: string, { status = 200, properties = {} }: RefusedOptions = {}) {
    super(description)
    this.status = status
    this.answer = { code, description, result: null, properties }
  }
}

interface RefusedOptions {
  status?: number
  properties?: Record<string, unknown>
}

export const missingParent = '关联任务不存在或已失效'
const wrongState = '关联任务状态错误'

/** Errors of the core in this family's words. Those that are not here keep their own sentence, with code 4. */
const refusals: Partial<Record<ErrorCode, [code: number, description: string]>> = {
  'lane-empty': [3, '无可用的账号实例'],
  'account-lost': [3, '无可用的账号实例'],
  'account-unknown': [3, '实例不存在或不可用'],
  'job-unknown': [3, missingParent],
  'message-unknown': [4, wrongState],
  'button-unknown': [4, '未知的 Action 类型'],
  'prompt-missing': [4, 'prompt不能为空'],
  'queue-full': [23, '队列已满，请稍后尝试'],
  'token-spent': [4, '用户今日绘图次数已达上限'],
  'banned-word': [24, '可能包含敏感词'],
}

const unauthorized = new Set<ErrorCode>(['token-missing', 'token-unknown', 'token-expired'])

/** Answers an error so that a client finds its sentence wherever it looks: `description`, `message` or `error`. */
export function refuse(reply: FastifyReply, error: unknown, request: FastifyRequest): FastifyReply {
  if (error instanceof Refused) return reply.code(error.status).send(withWords(error.answer))
  const fault = faultFrom(error, request.log)
  if (fault.code && unauthorized.has(fault.code)) {
    return reply.code(401).send(withWords(empty(4, 'unauthorized')))
  }
  if (fault.code === undefined) {
    const code = fault.status >= 500 ? 9 : 4
    const description = fault.status >= 500 ? '提交失败，系统异常' : fault.sentence
    return reply.code(fault.status).send(withWords(empty(code, description)))
  }
  const [code, description] = refusals[fault.code] ?? [4, fault.sentence]
  const properties =
    error instanceof DrawbridgeError && code === 24
      ? { promptEn: textIn(bodyOf(request.body), 'prompt'), bannedWord: error.subject ?? '' }
      : {}
  return reply.code(200).send(withWords({ ...empty(code, description), properties }))
}

const empty = (code: number, description: string): SubmitResult => ({
  code,
  description,
  result: null,
  properties: {},
})

const withWords = (answer: SubmitResult) => ({
  ...answer,
  message: answer.description,
  error: answer.description,
})
