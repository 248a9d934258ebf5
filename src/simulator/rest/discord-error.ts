import type { FastifyReply } from 'fastify'
import type { RestVerdict } from '../faults/fault-desk.ts'

/** Errors as Discord words them: HTTP status, code, message (protocol page §3.6). */
const table = {
  unauthorized: [401, 0, '401: Unauthorized'],
  'verify-account': [403, 40002, 'You need to verify your account in order to perform this action.'],
  'missing-access': [403, 50001, 'Missing Access'],
  'bots-only': [403, 20002, 'Only bots can use this endpoint'],
  'cloudflare-block': [403, 40333, 'internal network error'],
  'unknown-channel': [404, 10003, 'Unknown Channel'],
  'unknown-guild': [404, 10004, 'Unknown Guild'],
  'unknown-message': [404, 10008, 'Unknown Message'],
  'unknown-interaction': [404, 10062, 'Unknown interaction'],
  'guild-id-missing': [400, 10003, 'Unknown Channel'],
  'not-found': [404, 0, '404: Not Found'],
  'no-threads-here': [400, 50024, 'Cannot execute action on this channel type'],
  'cannot-delete': [403, 50003, 'Cannot execute action on this channel type'],
  'missing-permissions': [403, 50013, 'Missing Permissions'],
  'empty-message': [400, 50006, 'Cannot send an empty message'],
} satisfies Record<string, [status: number, code: number, message: string]>

export type ErrorName = keyof typeof table

/** Thrown by handlers; the server turns it into an answer. */
export class DiscordError extends Error {
  readonly status: number
  readonly code: number
  readonly errors: object | undefined

  constructor(status: number, code: number, message: string, errors?: object) {
    super(message)
    this.name = 'DiscordError'
    this.status = status
    this.code = code
    this.errors = errors
  }
}

export function discordError(name: ErrorName): DiscordError {
  const [status, code, message] = table[name]
  return new DiscordError(status, code, message)
}

/** 50035 with Discord's nested errors: `invalidForm('data.version', …)`. */
export function invalidForm(path: string, code: string, message: string): DiscordError {
  const errors = path
    .split('.')
    .reduceRight<object>((inner, key) => ({ [key]: inner }), { _errors: [{ code, message }] })
  return new DiscordError(400, 50035, 'Invalid Form Body', errors)
}

const htmlPage = (title: string) =>
  `<!DOCTYPE html>\n<html lang="en-US">\n<head><title>${title}</title></head>\n<body><h1>${title}</h1><p>discord.com</p><p>Cloudflare Ray ID: 8a1f3e0c2b7d9f10</p></body>\n</html>\n`

/** Answers as a fault tells; `hang` keeps the connection and says nothing (§3.5). Returns the status, 0 for none. */
export function spoil(reply: FastifyReply, { answer, retryAfterSeconds }: RestVerdict): number {
  const json = (status: number, body: object) => void reply.code(status).send(body)
  const html = (status: number, title: string) =>
    void reply.code(status).type('text/html').send(htmlPage(title))
  if (answer === 'hang') {
    reply.hijack()
    return 0
  }
  if (answer === 'rate-limit' || answer === 'rate-limit-html')
    reply.header('retry-after', Math.ceil(retryAfterSeconds))
  if (answer === 'rate-limit') {
    reply.header('x-ratelimit-global', 'false').header('x-ratelimit-scope', 'user')
    json(429, { message: 'You are being rate limited.', retry_after: retryAfterSeconds, global: false })
  } else if (answer === 'rate-limit-html')
    html(429, 'Access denied | discord.com used Cloudflare to restrict access')
  else if (answer === 'bad-gateway-html') html(502, '502 Bad Gateway')
  else if (answer === 'server-error') json(500, { message: '500: Internal Server Error', code: 0 })
  else if (answer === 'not-ready')
    json(202, { message: 'Index not yet available', code: 110_000, retry_after: retryAfterSeconds })
  else if (answer === 'captcha') json(400, captcha)
  else {
    const { status, message, code } = discordError(answer)
    json(status, { message, code })
  }
  return reply.statusCode
}

const captcha = {
  captcha_key: ['captcha-required'],
  captcha_sitekey: '00000000-0000-0000-0000-000000000000',
  captcha_service: 'hcaptcha',
}
