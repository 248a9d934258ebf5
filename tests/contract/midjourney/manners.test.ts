import { connect } from 'node:net'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { adminKey, type Gateway, startGateway } from '../gateway.ts'

const html = 'text/html; charset=utf-8'
const endpoints = [
  'imagine',
  'action',
  'job',
  'progress',
  'history',
  'create_token',
  'get_token',
  'switch',
  'get_devices',
  'get_queue',
  'describe',
  'descjob',
]

let gateway: Gateway
let token: string

beforeEach(async () => {
  gateway = await startGateway()
  token = await gateway.tokens.issue({ count: 100, days: 30 })
})
afterEach(() => gateway.close())

/** Nothing was reserved and nothing was queued. */
async function untouched(): Promise<void> {
  expect(await gateway.ledger(token)).toEqual({ granted: 100, remaining: 100, reserved: 0, used: 0 })
  expect(await gateway.jobs.waiting()).toBe(0)
  expect((await gateway.scheduler.pool.accounts()).map(({ used }) => used)).toEqual([0, 0])
}

test.each(endpoints)('%s may be asked from any web page', async (name) => {
  const url = `/midjourney/${name}`
  const origin = 'https://page.example'
  const preflight = await gateway.app.inject({
    method: 'OPTIONS',
    url,
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,x-admin-key',
    },
  })
  expect(preflight.statusCode).toBe(204)
  expect(preflight.body).toBe('')
  expect(preflight.headers).toMatchObject({
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET,HEAD,PUT,PATCH,POST,DELETE',
    'access-control-allow-headers': 'content-type,x-admin-key',
  })
  for (const method of ['GET', 'POST'] as const) {
    const { headers } = await gateway.app.inject({ method, url, headers: { origin } })
    expect(headers).toMatchObject({ 'access-control-allow-origin': '*', 'cache-control': 'no-store' })
  }
})

test('a preflight without its headers is answered too', async () => {
  const { statusCode, headers } = await gateway.app.inject({ method: 'OPTIONS', url: '/midjourney/imagine' })
  expect(statusCode).toBe(204)
  expect(headers).toMatchObject({ 'access-control-allow-origin': '*' })
})

test('what is asked of an address that is none is answered in JSON', async () => {
  for (const url of ['/midjourney', '/midjourney/', '/midjourney/nope', '/midjourney/job/1']) {
    const answer = await gateway.get(url)
    expect(answer).toMatchObject({
      status: 404,
      type: 'application/json; charset=utf-8',
      body: '{"code":404,"result":"there is no such endpoint"}',
    })
  }
  expect(await gateway.ask({ method: 'DELETE', url: '/midjourney/job' })).toMatchObject({ status: 404 })
  // A HEAD must not draw.
  const head = { method: 'HEAD', url: '/midjourney/imagine', query: { token, prompt: 'fox' } } as const
  expect(await gateway.ask(head)).toMatchObject({ status: 404 })
  await untouched()
})

test('a slash too many does no harm', async () => {
  expect(await gateway.get('/midjourney/progress/', { id: 'x' })).toMatchObject({ status: 200 })
  expect(await gateway.get('//midjourney//progress', { id: 'x' })).toMatchObject({ status: 200 })
})

test('a parameter that comes twice is refused', async () => {
  for (const url of ['/midjourney/imagine?prompt=a&prompt=b', '/midjourney/imagine?prompt=a&token=b']) {
    expect(await gateway.ask({ method: 'GET', url: `${url}&token=${token}` })).toMatchObject({
      status: 400,
      type: html,
      body: expect.stringMatching(/^\{"code":400,"result":"(prompt|token) must be string"\}$/),
    })
  }
  await untouched()
})

test.each([
  ['prompt', { prompt: {} }],
  ['prompt', { prompt: ['a', 'b'] }],
  ['prompt', { prompt: { toString: 'x', length: 3 } }],
  ['token', { prompt: 'fox', token: { $gt: '' } }],
  ['upscale', { prompt: 'fox', upscale: [true, false] }],
])('a %s of the wrong type is refused', async (name, body) => {
  expect(await gateway.post('/midjourney/imagine', { token, ...body })).toMatchObject({
    status: 400,
    type: html,
    body: JSON.stringify({ code: 400, result: `${name} must be string` }),
  })
  await untouched()
})

test.each([
  ['broken JSON', 'application/json', '{"prompt":', 400],
  ['an empty JSON body', 'application/json', '', 400],
  ['an array', 'application/json', '[]', 400],
  ['a number', 'application/json', '5', 400],
  ['a prototype', 'application/json', '{"__proto__":{"prompt":"x"},"prompt":"y"}', 400],
  ['a constructor', 'application/json', '{"constructor":{"prototype":{"x":1}},"prompt":"y"}', 400],
  ['plain text', 'text/plain', 'fox', 400],
  ['XML', 'application/xml', '<prompt>fox</prompt>', 415],
  ['no content type', '', 'fox', 415],
  ['a nonsense content type', ';;;', 'fox', 415],
  ['more than 10 MB', 'application/json', JSON.stringify({ prompt: 'x'.repeat(10 * 1024 * 1024) }), 413],
  [
    'a form with more than 10 MB',
    'application/x-www-form-urlencoded',
    `prompt=${'x'.repeat(10 * 1024 * 1024)}`,
    413,
  ],
])('%s is refused in the shape of the family', async (_what, type, payload, status) => {
  const headers = type ? { 'content-type': type } : {}
  const answer = await gateway.ask({
    method: 'POST',
    url: `/midjourney/imagine?token=${token}`,
    payload,
    headers,
  })
  expect(answer).toMatchObject({ status, type: html })
  expect(answer.json()).toEqual({ code: status, result: expect.any(String) })
  await untouched()
})

test('deep and odd JSON is survived', async () => {
  const deep = `{"prompt":"fox","x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`
  const headers = { 'content-type': 'application/json' }
  const answer = await gateway.ask({ method: 'POST', url: '/midjourney/imagine', payload: deep, headers })
  expect(answer.status).toBe(400)
  await untouched()
})

test('a prompt that is too long, or no text, is refused before it costs anything', async () => {
  const refused = (result: string) => ({
    status: 400,
    type: html,
    body: JSON.stringify({ code: 400, result }),
  })
  expect(await gateway.post('/midjourney/imagine', { token, prompt: 'x'.repeat(6001) })).toMatchObject(
    refused('The prompt is longer than Discord accepts.'),
  )
  const notText = refused('The prompt contains control characters or broken text.')
  for (const prompt of ['a\0b', '\u001b[31mred', 'half \ud83e', '\udd8a half', 'a\u007f']) {
    expect(await gateway.post('/midjourney/imagine', { token, prompt })).toMatchObject(notText)
  }
  await untouched()
  const most = { token, prompt: '红'.repeat(6000) }
  expect(await gateway.get('/midjourney/imagine', most)).toMatchObject({ status: 200 })
})

test('broken percent-encoding is taken as text or refused, never a failure', async () => {
  for (const query of ['%', '%E0%A4%A', '%zz', '%ff%fe', '%00']) {
    const url = `/midjourney/imagine?prompt=${query}&token=nobody`
    expect((await gateway.ask({ method: 'GET', url })).status, query).toBe(400)
    expect((await gateway.ask({ method: 'GET', url: `/midjourney/${query}` })).status, query).toBeLessThan(
      500,
    )
    expect((await gateway.ask({ method: 'GET', url: `/t/${query}/midjourney/job` })).status).toBe(400)
  }
  await untouched()
})

test('names of the prototype are names like others', async () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const query = `${name}=x&prompt=`
    const answer = await gateway.ask({ method: 'GET', url: `/midjourney/imagine?token=${token}&${query}` })
    expect(answer).toMatchObject({ status: 400, body: 'prompt parameter is required' })
    expect(await gateway.get('/midjourney/imagine', { token: name, prompt: 'fox' })).toMatchObject({
      status: 400,
    })
    const form = await gateway.form('/midjourney/imagine', { [name]: 'x', token })
    expect(form).toMatchObject({ status: 400, body: 'prompt parameter is required' })
  }
  await untouched()
})

test('a token may stand in front of the path', async () => {
  const answer = await gateway.get(`/t/${token}/midjourney/imagine`, { prompt: 'fox' })
  expect(answer.status).toBe(200)
  expect(await gateway.ledger(token)).toMatchObject({ remaining: 99 })
  // One that the request names itself counts more.
  expect(await gateway.get(`/t/${token}/midjourney/imagine`, { prompt: 'fox', token: 'bad' })).toMatchObject({
    status: 400,
  })
  expect(await gateway.post(`/t/${token}/midjourney/imagine`, { prompt: 'fox' })).toMatchObject({
    status: 200,
  })
  expect(await gateway.get('/t/nobody/midjourney/imagine', { prompt: 'fox' })).toMatchObject({ status: 400 })
  expect(await gateway.get(`/t/${token}/nope`)).toMatchObject({ status: 404 })
  expect((await gateway.get(`/t/${token}`)).status).toBe(200)
})

test('a request without a token uses the anonymous one, where there is one', async () => {
  await gateway.close()
  gateway = await startGateway({ anonymousToken: 'shared' })
  expect(await gateway.get('/midjourney/imagine', { prompt: 'fox' })).toMatchObject({ status: 400 })
  await gateway.close()

  const first = await startGateway()
  const anonymousToken = await first.tokens.issue({ count: 5, days: 1 })
  gateway = await startGateway({ anonymousToken, tokens: first.tokens, jobs: first.jobs })
  const { status, json } = await gateway.get('/midjourney/imagine', { prompt: 'fox' })
  expect(status).toBe(200)
  await first.finish((json() as { id: string }).id)
  expect(await gateway.get('/midjourney/history')).toMatchObject({ body: '{"data":[]}' })
  expect(await gateway.get('/midjourney/get_queue')).toMatchObject({ status: 200 })
  await first.close()
})

test('no log line, however detailed, holds a token or the admin key', async () => {
  let log = ''
  const sink = new Writable({
    write(chunk, _encoding, done) {
      log += chunk
      done()
    },
  })
  await gateway.close()
  gateway = await startGateway({
    logger: pino({ level: 'trace' }, sink),
    health: () => {
      throw new Error(`redis at /t/${token}/x?token=${token} is gone`)
    },
  })
  token = await gateway.tokens.issue({ count: 100, days: 30 })
  const secrets = { authorization: `Bearer ${adminKey}`, 'x-admin-key': adminKey }
  for (const name of endpoints) {
    const query = { token, key: adminKey, prompt: 'fox', id: 'x', image: '1', action: '2', client_id: '3' }
    await gateway.get(`/midjourney/${name}`, query, secrets)
    await gateway.get(`/t/${token}/midjourney/${name}`, query)
    await gateway.post(`/midjourney/${name}`, query, secrets)
    await gateway.form(`/midjourney/${name}`, query)
    await gateway.ask({
      method: 'POST',
      url: `/midjourney/${name}?token=${token}`,
      payload: `--x\r\nContent-Disposition: form-data; name="token"\r\n\r\n${token}\r\n--x--`,
      headers: { 'content-type': 'multipart/form-data; boundary=x', ...secrets },
    })
  }
  await gateway.get(`/t/${token}/nope/%zz?key=${adminKey}`, {}, secrets)
  await gateway.get(`/t/${token}/%zz`)
  await gateway.get('/readyz', { token })
  const post = {
    method: 'POST',
    payload: `{"token":"${token}"`,
    headers: { 'content-type': 'application/json' },
  } as const
  await gateway.ask({ ...post, url: '/midjourney/imagine' })
  const address = await gateway.app.listen({ port: 0, host: '127.0.0.1' })
  await sendRaw(
    Number(new URL(address).port),
    `GET /?token=${token} HTTP/9.9\r\nx-admin-key: ${adminKey}\r\n\r\n`,
  )
  await sendRaw(Number(new URL(address).port), `nonsense ${token}\r\n\r\n`)

  expect(log).toContain('request answered')
  expect(log).toContain('/midjourney/imagine')
  expect(log).not.toContain(token)
  expect(log).not.toContain(token.slice(6))
  expect(log).not.toContain(adminKey)
})

/** Something that is no HTTP; resolves with what came back when the server hangs up. */
function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

test('a failure of ours says nothing about itself to callers', async () => {
  await gateway.close()
  gateway = await startGateway({
    pool: {
      accounts: () => Promise.reject(new Error('connect ECONNREFUSED /run/redis.sock')),
      order: () => Promise.reject(new Error('secret detail')),
      orphans: () => Promise.reject(new Error('not needed')),
      attach: () => Promise.reject(new Error('not needed')),
    },
  })
  expect(await gateway.get('/midjourney/get_devices', { key: adminKey })).toMatchObject({
    status: 500,
    type: html,
    body: '{"code":500,"result":"Something went wrong on our side."}',
  })
})
