import { afterEach, beforeEach, expect, test } from 'vitest'
import { adminKey, fox, type Gateway, gridResult, startGateway } from '../gateway.ts'

let gateway: Gateway
let token: string
let other: string

beforeEach(async () => {
  gateway = await startGateway()
  token = await gateway.tokens.issue({ count: 10, days: 1, class: 'fast' })
  other = await gateway.tokens.issue({ count: 10, days: 1, class: 'fast' })
})
afterEach(() => gateway.close())

const bearer = (text: string) => ({ authorization: `Bearer ${text}` })

async function submit(body: object, headers: Record<string, string> = {}) {
  const answer = await gateway.post('/v1/jobs', body, { ...bearer(token), ...headers })
  return { ...answer, job: answer.json() as Record<string, unknown> & { id: string } }
}

async function drawn() {
  const { job } = await submit({ kind: 'imagine', prompt: 'red fox' })
  await gateway.start(job.id)
  const result = { ...gridResult(), mode: 'fast' as const }
  await gateway.finish(job.id, result)
  return { id: job.id, result }
}

test('a submitted job is told whole, and again by its id', async () => {
  const { status, job } = await submit({ kind: 'imagine', prompt: 'red fox --ar 3:2' })
  expect(status).toBe(202)
  expect(job).toMatchObject({
    kind: 'imagine',
    state: 'assigned',
    prompt: 'red fox --ar 3:2',
    mode: 'fast',
    account: fox,
    parent: null,
    root: job.id,
    result: null,
    failure: null,
    question: null,
  })
  expect(await gateway.get(`/v1/jobs/${job.id}`, {}, bearer(token))).toMatchObject({ status: 200 })
  expect(await gateway.ledger(token)).toMatchObject({ remaining: 9, reserved: 1 })
})

test('a finished job shows its file, buttons and times', async () => {
  const { id, result } = await drawn()
  const job = (await gateway.get(`/v1/jobs/${id}`, {}, bearer(token))).json() as Record<string, unknown>
  expect(job).toMatchObject({
    state: 'done',
    percent: 100,
    result: {
      messageId: result.messageId,
      uuid: result.uuid,
      mode: 'fast',
      files: [{ url: result.url, width: 2048 }],
      children: [],
    },
  })
  const times = Object.values(job.timings as Record<string, string>)
  expect(times).toHaveLength(5)
  for (const time of times) if (time) expect(new Date(time).toISOString()).toBe(time)
})

test.each(['U1', 'by its id'])('a button is pressed %s, and its job has its parent', async (named) => {
  const { id, result } = await drawn()
  const [[first] = []] = result.buttons
  const button = named === 'U1' ? named : first?.customId
  const answer = await gateway.post(`/v1/jobs/${id}/actions`, { button }, bearer(token))
  expect(answer).toMatchObject({ status: 202 })
  expect(answer.json()).toMatchObject({ kind: 'action', parent: id, root: id, account: fox })
})

test('a job that waits is cancelled, and its use comes back', async () => {
  const { job } = await submit({ kind: 'imagine', prompt: 'red fox' })
  const answer = await gateway.ask({ method: 'DELETE', url: `/v1/jobs/${job.id}`, headers: bearer(token) })
  expect(answer).toMatchObject({ status: 200 })
  expect(answer.json()).toMatchObject({ state: 'cancelled', failure: { code: 'cancelled', retry: false } })
  expect(await gateway.ledger(token)).toMatchObject({ remaining: 10, reserved: 0, used: 0 })
})

test('the same key gives the same job, and another body is refused', async () => {
  const key = { 'idempotency-key': 'order-17' }
  const first = await submit({ kind: 'imagine', prompt: 'red fox' }, key)
  const again = await submit({ kind: 'imagine', prompt: 'red fox' }, key)
  expect(again).toMatchObject({ status: 202, job: { id: first.job.id } })
  const clash = await submit({ kind: 'imagine', prompt: 'blue fox' }, key)
  expect(clash).toMatchObject({ status: 409, job: { code: 'idempotency-conflict' } })
  expect(await gateway.ledger(token)).toMatchObject({ remaining: 9, reserved: 1 })
})

test('a job is nobody else’s: another token does not see, cancel or press it, an operator does', async () => {
  const { id } = await drawn()
  const unknown = { status: 404, body: expect.stringContaining('"job-unknown"') }
  expect(await gateway.get(`/v1/jobs/${id}`, {}, bearer(other))).toMatchObject(unknown)
  expect(
    await gateway.ask({ method: 'DELETE', url: `/v1/jobs/${id}`, headers: bearer(other) }),
  ).toMatchObject(unknown)
  expect(await gateway.post(`/v1/jobs/${id}/actions`, { button: 'U1' }, bearer(other))).toMatchObject(unknown)
  expect(await gateway.get(`/v1/jobs/${id}`, {}, { 'x-admin-key': adminKey })).toMatchObject({ status: 200 })
})

test.each([
  ['no kind', {}, 'kind must be one of imagine, blend, describe, shorten, show'],
  ['an unknown kind', { kind: 'dance' }, 'kind must be one of'],
  ['no prompt', { kind: 'imagine' }, 'prompt'],
  ['an empty prompt', { kind: 'imagine', prompt: '  ' }, 'A prompt is required.'],
  ['a field too many', { kind: 'imagine', prompt: 'fox', promt: 'x' }, 'promt'],
  ['a wrong type', { kind: 'imagine', prompt: 7 }, 'prompt must be string'],
  ['an unknown mode', { kind: 'imagine', prompt: 'fox', mode: 'slow' }, 'mode must be equal to one of'],
  ['one picture to blend', { kind: 'blend', pictures: ['a'] }, 'pictures'],
  ['no picture', { kind: 'describe', picture: 'aGVsbG8=' }, 'PNG'],
  ['no uuid', { kind: 'show', uuid: 'x' }, 'uuid'],
])('%s is refused with a sentence, before a use is touched', async (_, body, sentence) => {
  const answer = await submit(body)
  expect(answer).toMatchObject({ status: 400, type: expect.stringContaining('application/problem+json') })
  expect(answer.job.detail).toContain(sentence)
  expect(await gateway.ledger(token)).toMatchObject({ remaining: 10, reserved: 0 })
})

test.each([
  ['no token', {}, 401, 'token-missing'],
  ['an unknown token', bearer('x'), 401, 'token-unknown'],
])('%s is refused', async (_, headers, status, code) => {
  const answer = await gateway.post('/v1/jobs', { kind: 'imagine', prompt: 'fox' }, headers)
  expect(answer.status).toBe(status)
  expect(answer.json()).toMatchObject({ status, code })
})

test('operators see the accounts; others do not', async () => {
  const answer = await gateway.get('/v1/accounts', {}, { 'x-admin-key': adminKey })
  expect(answer.json()).toMatchObject({ data: [{ id: fox, state: 'ready' }, {}] })
  expect(await gateway.get('/v1/accounts', {}, bearer(token))).toMatchObject({ status: 403 })
})

test('a prompt is looked over without a token', async () => {
  const answer = await gateway.post('/v1/prompts/lint', { prompt: 'a {red, blue} fox --chos 5' })
  expect(answer.json()).toMatchObject({
    findings: [{ severity: 'error', code: 'unknown-parameter', suggestion: '--chaos' }],
    prompts: ['a red fox --chos 5', 'a blue fox --chos 5'],
    text: 'a {red, blue} fox',
  })
})
