import { afterEach, beforeEach, expect, test } from 'vitest'
import { adminKey, fox, type Gateway, startGateway } from '../gateway.ts'

let gateway: Gateway
let token: string

beforeEach(async () => {
  gateway = await startGateway()
  token = await gateway.tokens.issue({ count: 50, days: 1, class: 'fast' })
})
afterEach(() => gateway.close())

const admin = { 'x-admin-key': adminKey }
const bearer = (text: string) => ({ authorization: `Bearer ${text}` })
const imagine = async (prompt: string) => {
  const answer = await gateway.post('/v1/jobs', { kind: 'imagine', prompt }, bearer(token))
  return (answer.json() as { id: string }).id
}
const list = async (query: Record<string, string>, headers: Record<string, string> = bearer(token)) => {
  const answer = await gateway.get('/v1/jobs', query, headers)
  return { ...answer, ...(answer.json() as { data: { id: string; state: string }[]; next: string | null }) }
}

test('jobs are listed newest first, page by page, and filtered', async () => {
  const ids: string[] = []
  for (let number = 0; number < 5; number += 1) {
    gateway.clock.advance(1)
    ids.unshift(await imagine(`fox ${number}`))
  }
  await gateway.start(ids[4] ?? '')
  await gateway.finish(ids[4] ?? '')
  const first = await list({ limit: '3' })
  expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 3))
  const second = await list({ limit: '3', cursor: first.next ?? '' })
  expect(second.data.map(({ id }) => id)).toEqual(ids.slice(3))
  expect(second.next).toBeNull()
  expect((await list({ state: 'done' })).data.map(({ id }) => id)).toEqual([ids[4]])
  expect((await list({ kind: 'blend' })).data).toEqual([])
  const other = await gateway.tokens.issue({ count: 1, days: 1 })
  expect((await list({}, bearer(other))).data).toEqual([])
  expect((await list({}, admin)).data).toHaveLength(5)
})

test.each([{ limit: '0' }, { limit: '101' }, { limit: 'x' }, { state: 'asleep' }, { cursor: 'x' }])(
  'a list refuses %j',
  async (query) => {
    expect((await gateway.get('/v1/jobs', query as never, bearer(token))).status).toBe(400)
  },
)

test('a job that waits says how many are before it', async () => {
  for (let number = 0; number < 3; number += 1) await imagine(`fox ${number}`)
  await imagine('first in line')
  const id = await imagine('second in line')
  const answer = await gateway.get(`/v1/jobs/${id}`, {}, bearer(token))
  expect(answer.json()).toMatchObject({ state: 'queued', queue: { position: 1 } })
})

test('a trace tells what happened, and why this account', async () => {
  const id = await imagine('fox')
  const { why, events } = (await gateway.get(`/v1/jobs/${id}/trace`, {}, bearer(token))).json() as {
    why: string
    events: { name: string }[]
  }
  expect(why).toContain(fox)
  expect(events.map(({ name }) => name)).toEqual(['job-queued', 'job-assigned'])
})

test('operators issue tokens and see what is left; an owner sees their own', async () => {
  const answer = await gateway.post('/v1/tokens', { count: 7, days: 2, mode: 'fast', class: 'x' }, admin)
  expect(answer.status).toBe(201)
  const issued = (answer.json() as { token: string }).token
  expect((await gateway.get('/v1/token', {}, bearer(issued))).json()).toMatchObject({
    granted: 7,
    remaining: 7,
  })
  const all = await gateway.get('/v1/tokens', {}, admin)
  expect((all.json() as { data: object[] }).data).toHaveLength(2)
  expect(all.body).not.toContain(issued)
})

test.each([
  ['GET', '/v1/tokens'],
  ['POST', '/v1/tokens'],
  ['GET', '/v1/accounts'],
  ['GET', '/v1/orphans'],
  ['POST', '/v1/orphans/1/attach'],
  ['POST', `/v1/accounts/${fox}/orders`],
] as const)('%s %s needs the admin key', async (method, url) => {
  const bodies: Record<string, object> = {
    '/v1/tokens': { count: 1, days: 1 },
    '/v1/orphans/1/attach': { job: '0'.repeat(20) },
    [`/v1/accounts/${fox}/orders`]: { do: 'info' },
  }
  const payload = method === 'POST' ? { payload: bodies[url] ?? {} } : {}
  const answer = await gateway.ask({ method, url, headers: bearer(token), ...payload })
  expect(answer).toMatchObject({ status: 403 })
  expect(answer.json()).toMatchObject({ code: 'admin-key-required' })
})

test('an order is refused when it makes no sense, and told when nobody listens', async () => {
  const order = (body: object) => gateway.post('/v1/accounts/1/orders', body, admin)
  expect((await order({ do: 'dance' })).json()).toMatchObject({
    status: 400,
    detail: expect.stringContaining('do must be'),
  })
  expect((await order({ do: 'prefer' })).status).toBe(400)
  expect((await order({ do: 'info' })).json()).toMatchObject({ status: 404, code: 'account-unknown' })
})

test('the status counts accounts, slots and jobs, and names none', async () => {
  for (let number = 0; number < 4; number += 1) await imagine(`fox ${number}`)
  expect((await gateway.get('/v1/status')).json()).toEqual({
    accounts: { total: 2, ready: 2 },
    slots: { total: 6, used: 3 },
    waiting: 1,
  })
})

test('there are no orphans to attach', async () => {
  expect((await gateway.get('/v1/orphans', {}, admin)).json()).toEqual({ data: [] })
  const answer = await gateway.post('/v1/orphans/1/attach', { job: '0'.repeat(20) }, admin)
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(answer.status).toBeLessThan(500)
})
