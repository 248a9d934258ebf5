import { afterEach, beforeEach, expect, test } from 'vitest'
import type { JobView } from '../../../src/http/dialects/native/schema.ts'
import { fox, type Gateway, owl, startGateway } from '../gateway.ts'

let gateway: Gateway
let token: string

beforeEach(async () => {
  gateway = await startGateway()
  token = await gateway.tokens.issue({ count: 50, days: 1, class: 'fast' })
})
afterEach(() => gateway.close())

const owner = () => ({ authorization: `Bearer ${token}` })
const submit = (body: object, headers: Record<string, string> = {}) =>
  gateway.post('/v1/jobs', { kind: 'imagine', prompt: 'red fox', ...body }, { ...owner(), ...headers })
const made = async (body: object = {}) => ((await submit(body)).json() as JobView).id
const look = async <T>(path: string, query: Record<string, string> = {}): Promise<T> =>
  (await gateway.get(path, query, owner())).json() as T

test('jobs are filtered by state, kind, mode and account, and by all of them together', async () => {
  const fast = await made()
  gateway.clock.advance(1)
  const relax = await made({ mode: 'relax' })
  gateway.clock.advance(1)
  const shorten = await made({ kind: 'shorten' })
  await gateway.start(relax)
  await gateway.finish(relax)
  const ids = async (query: Record<string, string>) =>
    (await look<{ data: JobView[] }>('/v1/jobs', query)).data.map(({ id }) => id)
  expect(await ids({})).toEqual([shorten, relax, fast])
  expect(await ids({ state: 'done' })).toEqual([relax])
  expect(await ids({ kind: 'shorten' })).toEqual([shorten])
  expect(await ids({ mode: 'relax' })).toEqual([relax])
  expect(await ids({ account: owl })).toEqual([relax])
  expect(await ids({ account: fox, kind: 'imagine' })).toEqual([fast])
  expect(await ids({ account: fox, state: 'done' })).toEqual([])
})

test.each([{ mode: 'slow' }, { kind: 'dance' }, { stat: 'done' }])('a list refuses %j', async (query) => {
  expect((await gateway.get('/v1/jobs', query as never, owner())).status).toBe(400)
})

test('a filtered list is walked to its end, each job once', async () => {
  for (let number = 0; number < 9; number += 1) {
    await made(number % 3 === 0 ? { mode: 'relax' } : {})
    gateway.clock.advance(1)
  }
  const seen: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { data: JobView[]; next: string | null } = await look('/v1/jobs', {
      mode: 'relax',
      limit: '1',
      ...(cursor ? { cursor } : {}),
    })
    seen.push(...page.data.map(({ id }) => id))
    cursor = page.next
  }
  expect(seen).toHaveLength(3)
  expect(new Set(seen).size).toBe(3)
})

test('a job that waits says how long, once the pool knows how long a picture takes', async () => {
  const [first = ''] = [await made(), await made(), await made()]
  const waits = await made()
  expect((await look<JobView>(`/v1/jobs/${waits}`)).queue).toEqual({ position: 0, etaMs: null })
  gateway.clock.advance(30_000)
  await gateway.start(first)
  await gateway.finish(first)
  const [, ...more] = [await made(), await made(), await made()]
  const places = await Promise.all(more.map((id) => look<JobView>(`/v1/jobs/${id}`)))
  const etas = places.map(({ queue }) => queue?.etaMs ?? 0)
  expect(places.map(({ queue }) => queue?.position)).toEqual([1, 2])
  for (const eta of etas) expect(eta).toBeGreaterThan(0)
  expect(etas).toEqual(etas.toSorted((a, b) => a - b))
})

test.each([
  ['empty', ''],
  ['longer than 255 characters', 'x'.repeat(256)],
])('an idempotency key that is %s is refused, and says so', async (_what, key) => {
  const drawn = await made()
  await gateway.start(drawn)
  await gateway.finish(drawn)
  const left = await gateway.ledger(token)
  for (const answer of [
    await submit({}, { 'idempotency-key': key }),
    await gateway.post(`/v1/jobs/${drawn}/actions`, { button: 'U1' }, { ...owner(), 'idempotency-key': key }),
  ]) {
    expect(answer).toMatchObject({ status: 400, type: expect.stringContaining('application/problem+json') })
    expect(answer.json()).toMatchObject({
      code: 'invalid-request',
      detail: expect.stringContaining('idempotency-key'),
    })
  }
  expect(await gateway.ledger(token)).toEqual(left)
})

test('twenty presses at once with one key are one job, and another button is a conflict', async () => {
  const drawn = await made()
  await gateway.start(drawn)
  await gateway.finish(drawn)
  const press = async (button: string) =>
    gateway.post(`/v1/jobs/${drawn}/actions`, { button }, { ...owner(), 'idempotency-key': 'press-1' })
  const answers = await Promise.all(Array.from({ length: 20 }, () => press('U1')))
  expect(new Set(answers.map(({ body }) => body)).size).toBe(1)
  expect(answers[0]?.status).toBe(202)
  expect((await press('U2')).json()).toMatchObject({ status: 409, code: 'idempotency-conflict' })
  expect(await gateway.ledger(token)).toMatchObject({ reserved: 1, used: 1 })
})
