import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tokenId } from '../../../src/ids.ts'
import { receiver } from '../../helpers/receiver.ts'
import { settle } from '../../helpers/webhooks.ts'
import { adminKey, type Gateway, publicAddress, startGateway } from '../gateway.ts'

let gateway: Gateway
let token: string

beforeEach(async () => {
  gateway = await startGateway()
  token = await gateway.tokens.issue({ count: 50, days: 1, class: 'fast' })
  await settle(gateway.webhooks)
})
afterEach(() => gateway.close())

const bearer = (text: string) => ({ authorization: `Bearer ${text}` })
const admin = { 'x-admin-key': adminKey }
const ask = async (
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  path: string,
  body?: object,
  headers = bearer(token),
) => {
  const { statusCode, payload } = await gateway.app.inject({
    method,
    url: `/v1${path}`,
    headers,
    ...(body ? { payload: body } : {}),
  })
  return { status: statusCode, body: payload === '' ? null : JSON.parse(payload) }
}

/** An imagine that runs through to its end; its callbacks are sent. */
async function draw(callback?: object): Promise<string> {
  const { body } = await ask('POST', '/jobs', {
    kind: 'imagine',
    prompt: 'fox',
    ...(callback ? { callback } : {}),
  })
  await gateway.start(body.id)
  await gateway.finish(body.id)
  await settle(gateway.webhooks)
  return body.id
}

test('a token’s owner has an address told of all its jobs, and can verify what comes', async (t) => {
  const there = receiver(t, publicAddress)
  await there.listen()
  expect(await ask('GET', '/webhook')).toMatchObject({ status: 200, body: { url: null, events: [] } })
  const set = await ask('PUT', '/webhook', { url: there.url(), events: ['job.finished'] })
  expect(set).toMatchObject({ status: 200, body: { url: there.url(), events: ['job.finished'] } })
  const id = await draw()
  expect(there.taken.map(({ json }) => [json.type, json.data.id])).toEqual([['job.finished', id]])
  const [{ headers, body }] = there.taken as [(typeof there.taken)[number]]
  const at = new Date(Number(headers['webhook-timestamp']) * 1000)
  expect(new Webhook(set.body.secret).sign(headers['webhook-id'] ?? '', at, body)).toBe(
    headers['webhook-signature'],
  )

  expect(await ask('GET', `/jobs/${id}/deliveries`)).toMatchObject({
    body: {
      data: [{ event: 'job.finished', url: there.url(), attempt: 1, status: 200, outcome: 'delivered' }],
    },
  })
  expect((await ask('POST', `/jobs/${id}/deliveries/replay`)).body).toEqual({ queued: 1 })
  await settle(gateway.webhooks)
  expect(new Set(there.taken.map((one) => one.id)).size).toBe(1)

  expect((await ask('DELETE', '/webhook')).status).toBe(204)
  await draw()
  expect(there.taken).toHaveLength(2)
})

test('a job’s own address is told beside its token’s, each event once', async (t) => {
  const [own, tokens] = [receiver(t, publicAddress), receiver(t, publicAddress)]
  await own.listen()
  await tokens.listen()
  await ask('PUT', '/webhook', { url: tokens.url() })
  await draw({ url: own.url(), events: ['job.finished'], state: 'mine' })
  expect(own.taken.map(({ json }) => json.type)).toEqual(['job.finished'])
  expect(own.taken[0]?.json.data).toMatchObject({ callerState: 'mine' })
  expect(tokens.taken.map(({ json }) => json.type)).toContain('job.queued')
  tokens.taken.length = 0
  await draw({ url: tokens.url(), events: ['job.finished'] })
  expect(tokens.taken.map(({ json }) => json.type)).toEqual(['job.finished'])
})

test('each token has a secret of its own, and the operator the gateway’s', async () => {
  const other = await gateway.tokens.issue({ count: 1, days: 1 })
  const secrets = await Promise.all(
    [bearer(token), bearer(other), admin].map(
      async (headers) => (await ask('GET', '/webhook', undefined, headers as never)).body.secret,
    ),
  )
  expect(new Set(secrets).size).toBe(3)
  expect((await ask('GET', '/webhook', undefined, bearer('unknown'))).status).toBe(401)
  expect((await ask('PUT', '/webhook', { url: 'https://x.example' }, admin as never)).status).toBe(401)
})

test('a rotated secret signs beside the one before it for a day, then alone', async (t) => {
  token = await gateway.tokens.issue({ count: 50, days: 30, class: 'fast' })
  const there = receiver(t, publicAddress)
  await there.listen()
  const first = (await ask('PUT', '/webhook', { url: there.url(), events: ['job.finished'] })).body
  expect(first).toMatchObject({ previousUntil: null })
  const rotated = await ask('POST', '/webhook/rotate')
  const until = new Date(gateway.clock.now() + 24 * 3_600_000).toISOString()
  expect(rotated).toMatchObject({ status: 200, body: { url: there.url(), previousUntil: until } })
  expect(rotated.body.secret).not.toBe(first.secret)
  expect(rotated.body.secret).toMatch(/^whsec_/)
  expect((await ask('GET', '/webhook')).body).toEqual(rotated.body)

  const signers = () => {
    const { headers, body } = there.taken.at(-1) as (typeof there.taken)[number]
    const at = new Date(Number(headers['webhook-timestamp']) * 1000)
    const signed = (headers['webhook-signature'] ?? '').split(' ')
    return Object.entries({ first: first.secret, rotated: rotated.body.secret })
      .filter(([, secret]) =>
        signed.includes(new Webhook(secret).sign(headers['webhook-id'] ?? '', at, body)),
      )
      .map(([name]) => name)
  }
  await draw()
  expect(signers()).toEqual(['first', 'rotated'])
  await ask('POST', '/webhook/test', {})
  expect(signers()).toEqual(['first', 'rotated'])
  gateway.clock.advance(24 * 3_600_000)
  await ask('POST', '/webhook/test', {})
  expect(signers()).toEqual(['rotated'])
  expect((await ask('GET', '/webhook')).body).toEqual({ ...rotated.body, previousUntil: null })
})

test('a secret rotated again and again is each time another, and never another token’s', async () => {
  const other = await gateway.tokens.issue({ count: 1, days: 1 })
  const original = (await ask('GET', '/webhook')).body.secret
  const turns = [ask('POST', '/webhook/rotate'), ask('POST', '/webhook/rotate')]
  const secrets = (await Promise.all(turns)).map(({ body }) => body.secret)
  secrets.push((await ask('POST', '/webhook/rotate', undefined, bearer(other))).body.secret)
  secrets.push((await ask('POST', '/webhook/rotate')).body.secret)
  expect(new Set(secrets).size).toBe(4)
  const { secrets: signing } = await gateway.webhooks.secretsFor(tokenId(token))
  expect([...signing].sort()).toEqual([original, ...secrets.filter((_, index) => index !== 2)].sort())
  expect((await ask('POST', '/webhook/rotate', undefined, admin as never)).status).toBe(401)
  expect((await ask('POST', '/webhook/rotate', undefined, bearer('unknown'))).status).toBe(401)
})

test('a test event says what came of it', async (t) => {
  const there = receiver(t, publicAddress)
  await there.listen()
  expect((await ask('POST', '/webhook/test', {})).status).toBe(400)
  await ask('PUT', '/webhook', { url: there.url() })
  expect((await ask('POST', '/webhook/test', {})).body).toMatchObject({ delivered: true, status: 200 })
  expect(there.taken[0]?.json).toMatchObject({ type: 'webhook.test' })
  there.be('fails')
  expect((await ask('POST', '/webhook/test', { url: there.url() })).body).toMatchObject({
    delivered: false,
    status: 500,
  })
  await there.down()
  const { body } = await ask('POST', '/webhook/test', {})
  expect(body).toMatchObject({
    delivered: false,
    status: null,
    error: expect.stringContaining('ECONNREFUSED'),
  })
  const inside = await ask('POST', '/webhook/test', { url: 'http://localhost:1/' })
  expect(inside.body).toMatchObject({ delivered: false, error: 'localhost is private' })
})

test.each([
  ['http://127.0.0.1/hook', '127.0.0.1 is private'],
  ['http://169.254.169.254/latest', '169.254.169.254 is private'],
  ['http://[::1]/', '::1 is private'],
  ['https://me:secret@hooks.example/', 'the URL holds credentials'],
  ['https://', 'this is no URL'],
])('refuses %s before anything is charged', async (url, why) => {
  const callback = { url }
  const answers = [
    await ask('POST', '/jobs', { kind: 'imagine', prompt: 'fox', callback }),
    await ask('PUT', '/webhook', callback),
    await ask('POST', '/webhook/test', callback),
  ]
  for (const { status, body } of answers) {
    expect(status).toBe(400)
    expect(body.detail).toContain(why)
    expect(JSON.stringify(body)).not.toContain('secret@')
  }
  expect((await ask('GET', '/token')).body).toMatchObject({ remaining: 50 })
})

test('a token’s owner neither sees nor stirs the gateway’s own receiver', async (t) => {
  const there = receiver(t, publicAddress)
  await there.listen()
  await gateway.close()
  gateway = await startGateway({ callbackUrl: there.url() })
  token = await gateway.tokens.issue({ count: 50, days: 1, class: 'fast' })
  await settle(gateway.webhooks)
  const id = await draw()
  const told = there.taken.length
  expect(told).toBeGreaterThan(2)
  expect((await ask('GET', `/jobs/${id}/deliveries`)).body).toEqual({ data: [] })
  expect((await ask('POST', `/jobs/${id}/deliveries/replay`)).body).toEqual({ queued: 0 })
  expect((await ask('GET', `/jobs/${id}/deliveries`, undefined, admin as never)).body.data).toHaveLength(told)
  const replayed = await ask('POST', `/jobs/${id}/deliveries/replay`, undefined, admin as never)
  expect(replayed.body).toEqual({ queued: told })
  expect((await ask('GET', '/webhook', undefined, admin as never)).body).toMatchObject({ url: there.url() })
})
