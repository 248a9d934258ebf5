import type { FastifyInstance } from 'fastify'

/** What a document says of a value; the parts that a generator needs. */
export interface Schema {
  type?: string
  anyOf?: Schema[]
  const?: unknown
  enum?: unknown[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
}

interface Parameter {
  name: string
  in: 'query' | 'header' | 'path' | 'cookie'
  schema: Schema
}

interface Documented {
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses?: Record<string, { content?: Record<string, unknown> }>
}

/** One method at one address, as the server's own document describes it. */
export interface Operation {
  method: string
  /** With `{name}` where a parameter goes. */
  path: string
  parameters: Parameter[]
  /** What a body may be, by content type. */
  bodies: [type: string, schema: Schema][]
  /** The answer does not end by itself. */
  streams: boolean
}

/** These serve `/mj` once more, in one mode, and are left out of the document. */
const mjPrefixes = ['/mj-fast/mj', '/mj-relax/mj', '/mj-turbo/mj']

/** Everything that the server says it offers. */
export async function operationsOf(app: FastifyInstance): Promise<Operation[]> {
  const document = (await app.inject('/openapi.json')).json<{
    paths: Record<string, Record<string, Documented>>
  }>()
  const told = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => toOperation(path, method, operation)),
  )
  const again = told
    .filter(({ path }) => path.startsWith('/mj/'))
    .flatMap((operation) =>
      mjPrefixes.map((prefix) => ({ ...operation, path: operation.path.replace(/^\/mj/, prefix) })),
    )
  const unlisted = ['/', '/openapi.json', '/docs', '/docs/json'].map((path) => toOperation(path, 'get', {}))
  return [...told, ...again, ...unlisted]
}

function toOperation(path: string, method: string, operation: Documented): Operation {
  const { parameters = [], requestBody, responses = {} } = operation
  return {
    method: method.toUpperCase(),
    path,
    parameters,
    bodies: Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => [type, schema]),
    streams: Object.values(responses).some(({ content = {} }) => 'text/event-stream' in content),
  }
}

/** Whether `madeJob` knows the family; the others are asked by those who cannot pay. */
export const isJudged = ({ path }: Operation): boolean =>
  /^\/(midjourney|mj[a-z/-]*|api\/v1|v1\/(api\/trigger|jobs|prompts|events|tokens?|accounts|status|orphans|images|models))(\/|$)/.test(
    path,
  )

/** Whether the operation makes a job when it is accepted, and which answers say that it was; those of OpenAI are not counted. */
export function madeJob({ path, method }: Operation, status: number, body: string): boolean {
  if (status >= 300) return false
  const answer = parse(body)
  const [, family = '', name = ''] =
    /^\/(midjourney|v1\/api\/trigger|api\/v1|v1|mj[a-z/-]*\/submit)\/(.+)$/.exec(path) ?? []
  switch (family) {
    case 'midjourney':
      return ['imagine', 'action', 'describe'].includes(name) && !('code' in answer) && 'id' in answer
    case 'v1':
      return method === 'POST' && /^jobs(\/\{id\}\/actions)?$/.test(name)
    case 'api/v1':
      return name === 'trigger/submit' && answer.code === 1
    case 'v1/api/trigger':
      return !/^(upload|message|getmessage.*|queue\/release)$/.test(name) && answer.message === 'success'
    case '':
      return false
    default:
      return name !== 'modal' && name !== 'upload-discord-images' && [1, 21, 22].includes(Number(answer.code))
  }
}

function parse(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
