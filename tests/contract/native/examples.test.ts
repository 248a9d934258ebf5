import type { InjectOptions } from 'fastify'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { JobView } from '../../../src/http/dialects/native/schema.ts'
import { expandPrompt } from '../../../src/midjourney/prompt/expand.ts'
import { adminKey, fox, type Gateway, owl, startGateway } from '../gateway.ts'

interface Operation {
  summary: string
  requestBody?: {
    content: Record<string, { example?: object; examples?: Record<string, { value: object }> }>
  }
  responses: Record<string, { content?: Record<string, { schema: TSchema }> }>
}

let gateway: Gateway
let token: string
let asOwner: Record<string, string>
const asOperator = { authorization: `Bearer ${adminKey}` }
let node: AbortController
let answering: Promise<void>

beforeEach(async () => {
  node = new AbortController()
  gateway = await startGateway({
    accounts: {
      [fox]: { lanes: ['fast'], mode: 'fast', slots: 100 },
      [owl]: { lanes: ['relax'], mode: 'relax' },
    },
    prompts: { objection: () => null, expand: expandPrompt },
  })
  token = await gateway.tokens.issue({ count: 100, days: 1, class: 'fast' })
  asOwner = { authorization: `Bearer ${token}` }
  answering = gateway.answerOrders('1234', node.signal)
})
afterEach(async () => {
  node.abort()
  await answering
  await gateway.close()
})

const submit = async (body: object): Promise<JobView> =>
  (await gateway.post('/v1/jobs', body, asOwner)).json() as JobView

async function drawn(): Promise<string> {
  const { id } = await submit({ kind: 'imagine', prompt: 'a red fox' })
  await gateway.start(id)
  await gateway.finish(id)
  return id
}

async function orphan(): Promise<string> {
  const found = {
    id: '1180000000000000001',
    account: fox,
    at: 0,
    prompt: '',
    kind: 'imagine' as const,
    url: null,
  }
  await gateway.scheduler.accounts.addOrphan({ ...found, candidates: [] })
  return found.id
}

/** What stands in the path of an operation, and who asks it, where that is not the owner of a finished job. */
const places: Record<string, () => Promise<string>> = {
  'delete /v1/jobs/{id}': async () => (await submit({ kind: 'shorten', prompt: 'a fox' })).id,
  'post /v1/jobs/{id}/answer': async () =>
    (await submit({ kind: 'imagine', prompt: 'a {red, blue} fox', confirmBatch: true })).id,
  'patch /v1/tokens/{id}': async () => String((await gateway.tokens.all())[0]?.id),
  'post /v1/accounts/{account}/orders': async () => fox,
  'post /v1/orphans/{orphan}/attach': orphan,
}
const forOperators = /^\w+ \/v1\/(tokens|banned-words|accounts|orphans)\b/

/** Every operation of the family that answers in one piece. */
async function operations(): Promise<[name: string, operation: Operation][]> {
  const document = (await gateway.get('/openapi.json')).json() as {
    paths: Record<string, Record<string, Operation>>
  }
  return Object.entries(document.paths)
    .filter(([path]) => path.startsWith('/v1/') && !/^\/v1\/(api|images|models)\b/.test(path))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [
        `${method} ${path}`,
        operation,
      ]),
    )
    .filter(([, { responses }]) => !responses['200']?.content?.['text/event-stream'])
}

function examplesOf({ requestBody }: Operation): object[] {
  const { example, examples = {} } = requestBody?.content['application/json'] ?? {}
  return [...(example ? [example] : []), ...Object.values(examples).map(({ value }) => value)]
}

test('every example of the document is accepted, and answered as the document says', async () => {
  const all = await operations()
  expect(all.length).toBeGreaterThan(20)
  const wrong: unknown[] = []
  for (const [name, operation] of all) {
    const [method = '', path = ''] = name.split(' ')
    const bodies = operation.requestBody ? examplesOf(operation) : [undefined]
    if (bodies.length === 0) wrong.push({ name, why: 'a body without an example' })
    for (const payload of bodies) {
      const place = path.includes('{') ? await (places[name] ?? drawn)() : ''
      const request: InjectOptions = {
        method: method.toUpperCase() as 'GET',
        url: path.replace(/\{\w+\}/, place),
        headers: forOperators.test(name) ? asOperator : asOwner,
        ...(payload ? { payload } : {}),
      }
      const answer = await gateway.ask(request)
      const described = operation.responses[answer.status]
      const schema = described?.content?.['application/json']?.schema
      if (answer.status >= 300 || !described)
        wrong.push({ name, payload, status: answer.status, body: answer.body })
      else if (schema && !Value.Check(schema, answer.json())) {
        wrong.push({
          name,
          payload,
          body: answer.body,
          errors: [...Value.Errors(schema, answer.json())].slice(0, 2),
        })
      }
    }
  }
  expect(wrong).toEqual([])
})
