import type { InjectOptions } from 'fastify'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { until } from '../helpers/until.ts'
import { type Gateway, startGateway } from './gateway.ts'

/** Promises that every family keeps, each in its own words. */
interface Family {
  /** The beginning of its addresses. */
  at: string
  /** Where a prompt is submitted. */
  submit: { url: string; body: object }
  /** How its clients send their key. */
  keys: Record<string, (key: string) => Key>
  /** What its clients read of a refusal, from status and body. */
  refusals: Record<'missing' | 'unknown' | 'spent' | 'expired' | 'unreadable' | 'huge' | 'nowhere', Refusal>
  /** How a job is looked at that the submit has answered with this; null for a family whose callers wait instead. */
  look: ((answer: Answer) => InjectOptions) | null
  /** The picture that an answer shows; null while there is none. */
  picture: (answer: Answer) => string | null
  /** A press of the first upscale of the picture that this answer shows. */
  press: ((answer: Answer) => InjectOptions) | null
}

// biome-ignore lint/suspicious/noExplicitAny: answers of six shapes, read by the field
type Answer = any
type Key = Pick<InjectOptions, 'headers' | 'query'>
type Refusal = [status: number, body: object]

const prompt = 'red fox'
const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } })
const secret = (key: string) => ({ headers: { 'mj-api-secret': key } })
const post = (url: string, payload: object): InjectOptions => ({ method: 'POST', url, payload })
const get = (url: string, query: Record<string, string> = {}): InjectOptions => ({
  method: 'GET',
  url,
  query,
})
const text = expect.any(String)

const limitReached: Refusal = [400, { code: 400, result: expect.stringContaining('a16559798_23') }]
const problem = (status: number, code: string): Refusal => [
  status,
  { status, code, detail: text, title: text, retry: false },
]
const unauthorized: Refusal = [401, { code: 4, description: 'unauthorized', error: 'unauthorized' }]
const openai = (status: number, code: string | null, type = 'invalid_request_error'): Refusal => [
  status,
  { error: { message: text, type, code } },
]

const families: Record<string, Family> = {
  midjourney: {
    at: '/midjourney',
    submit: { url: '/midjourney/imagine', body: { prompt } },
    keys: { bearer, query: (token) => ({ query: { token } }) },
    refusals: {
      missing: limitReached,
      unknown: limitReached,
      spent: limitReached,
      expired: limitReached,
      unreadable: [400, { code: 400, result: text }],
      huge: [413, { code: 413, result: text }],
      nowhere: [404, { code: 404, result: text }],
    },
    look: ({ id }) => get('/midjourney/job', { id }),
    picture: ({ images }) => images[0]?.url ?? null,
    press: ({ images: [image], client_id }) =>
      get('/midjourney/action', { client_id, image: image.id, action: image.actions[0][0].id }),
  },
  native: {
    at: '/v1',
    submit: { url: '/v1/jobs', body: { kind: 'imagine', prompt } },
    keys: { bearer },
    refusals: {
      missing: problem(401, 'token-missing'),
      unknown: problem(401, 'token-unknown'),
      spent: problem(402, 'token-spent'),
      expired: problem(401, 'token-expired'),
      unreadable: problem(400, 'invalid-request'),
      huge: problem(413, 'invalid-request'),
      nowhere: problem(404, 'path-unknown'),
    },
    look: ({ id }) => get(`/v1/jobs/${id}`),
    picture: ({ result }) => result?.files[0]?.url ?? null,
    press: ({ id }) => post(`/v1/jobs/${id}/actions`, { button: 'U1' }),
  },
  'mj-proxy': {
    at: '/mj',
    submit: { url: '/mj/submit/imagine', body: { prompt } },
    keys: {
      bearer,
      secret,
      'secret with sk-': (key) => secret(`sk-${key}`),
      'bare authorization': (key) => ({ headers: { authorization: key } }),
    },
    refusals: {
      missing: unauthorized,
      unknown: unauthorized,
      spent: [200, { code: 4, description: '用户今日绘图次数已达上限' }],
      expired: unauthorized,
      unreadable: [400, { code: 4, description: text, message: text, error: text }],
      huge: [413, { code: 4, description: text, message: text, error: text }],
      nowhere: [404, { code: 4, description: text, message: text, error: text }],
    },
    look: ({ result, id }) => get(`/mj/task/${result ?? id}/fetch`),
    picture: ({ status, imageUrl }) => (status === 'SUCCESS' ? imageUrl : null),
    press: ({ id, buttons: [button] }) =>
      post('/mj/submit/action', { taskId: id, customId: button.customId }),
  },
  trigger: {
    at: '/v1/api/trigger',
    submit: { url: '/v1/api/trigger/imagine', body: { prompt } },
    keys: { bearer },
    refusals: {
      missing: [401, { code: 13, message: text }],
      unknown: [401, { code: 13, message: text }],
      spent: [402, { code: 13, message: text }],
      expired: [401, { code: 13, message: text }],
      unreadable: [400, { code: 13, message: text }],
      huge: [400, { code: 13, message: text }],
      nowhere: [404, { detail: 'Not Found' }],
    },
    look: ({ trigger_id }) => get('/v1/api/trigger/getmessage', { trigger_id }),
    picture: ({ attachments }) => attachments?.[0]?.url ?? null,
    press: ({ msg_id, msg_hash, trigger_id }) =>
      post('/v1/api/trigger/upscale', { index: 1, msg_id, msg_hash, trigger_id }),
  },
  submit: {
    at: '/api/v1',
    submit: { url: '/api/v1/trigger/submit', body: { action: 'IMAGINE', prompt } },
    keys: { bearer },
    refusals: {
      missing: [401, { code: 0, description: text }],
      unknown: [401, { code: 0, description: text }],
      spent: [402, { code: 0, description: text }],
      expired: [401, { code: 0, description: text }],
      unreadable: [400, { code: 0, description: text }],
      huge: [413, { code: 0, description: text }],
      nowhere: [404, { code: 0, description: text }],
    },
    look: ({ result, _id }) => get('/api/v1/task/fetch', { id: result ?? _id }),
    picture: ({ status, imageUrl }) => (status === 'SUCCESS' ? imageUrl : null),
    press: ({ _id }) => post('/api/v1/trigger/submit', { action: 'UPSCALE', taskId: _id, index: 1 }),
  },
  openai: {
    at: '/v1/images',
    submit: { url: '/v1/images/generations', body: { prompt } },
    keys: { bearer },
    refusals: {
      missing: openai(401, null),
      unknown: openai(401, 'invalid_api_key'),
      spent: openai(429, 'insufficient_quota', 'insufficient_quota'),
      expired: openai(401, 'invalid_api_key'),
      unreadable: openai(400, null),
      huge: openai(413, null),
      nowhere: openai(404, null),
    },
    look: null,
    picture: ({ data }) => data?.[0]?.url ?? null,
    press: null,
  },
}

let gateway: Gateway
let token: string

beforeEach(async () => {
  gateway = await startGateway()
  token = await gateway.tokens.issue({ count: 10, days: 1, class: 'fast' })
})
afterEach(() => gateway.close())

const ask = async (options: InjectOptions, key: Key = {}) => {
  const query = { ...(options.query as object), ...(key.query as object) }
  const headers = { ...options.headers, ...key.headers }
  return gateway.ask({ ...options, query, headers })
}
const jobs = async () => (await gateway.jobs.page({ token: null, limit: 100 })).jobs

describe.each(Object.entries(families))('%s', (_name, family) => {
  const { submit, keys, refusals, look, picture, press, at } = family
  const submitted = (key: Key = bearer(token)) => ask(post(submit.url, submit.body), key)

  test.each(Object.entries(keys))('takes the key as %s', async (_how, way) => {
    const asked = submitted(way(token))
    const [job] = await until(async () => ((await jobs()).length > 0 ? await jobs() : null))
    if (!look) await gateway.jobs.cancel(job?.id as NonNullable<typeof job>['id'])
    const { status } = await asked
    if (look) expect([200, 202]).toContain(status)
  })

  test('takes the token in front of its path, and the anonymous one', async (t) => {
    const open = await startGateway({
      tokens: gateway.tokens,
      jobs: gateway.jobs,
      events: gateway.scheduler.events,
      anonymousToken: token,
    })
    t.onTestFinished(() => open.close())
    const requests = [
      gateway.ask(post(`/t/${token}${submit.url}`, submit.body)),
      open.ask(post(submit.url, submit.body)),
    ]
    const found = await until(async () => ((await jobs()).length === 2 ? await jobs() : null))
    if (!look) for (const { id } of found) await gateway.jobs.cancel(id)
    const answers = await Promise.all(requests)
    if (look) for (const { status } of answers) expect([200, 202]).toContain(status)
  })

  test('refuses a caller without a good token in its own words', async () => {
    const [spent, expired] = await Promise.all([
      gateway.tokens.issue({ count: 0, days: 1, class: 'fast' }),
      gateway.tokens.issue({ count: 10, days: 0, class: 'fast' }),
    ])
    for (const [why, key] of [
      ['missing', {}],
      ['unknown', bearer('nobody')],
      ['spent', bearer(spent)],
      ['expired', bearer(expired)],
    ] as const) {
      const answer = await submitted(key)
      expect([why, answer.status, answer.json()]).toMatchObject([why, ...refusals[why]])
    }
    expect(await jobs()).toEqual([])
  })

  test('refuses what cannot be read, is too large or leads nowhere in its own words', async () => {
    const json = { ...bearer(token).headers, 'content-type': 'application/json' }
    const huge = JSON.stringify({ prompt: 'x'.repeat(40 * 1024 * 1024) })
    const answers = {
      unreadable: await ask({ method: 'POST', url: submit.url, payload: '{', headers: json }),
      huge: await ask({ method: 'POST', url: submit.url, payload: huge, headers: json }),
      nowhere: await ask(get(`${at}/nowhere`), bearer(token)),
    }
    for (const [why, answer] of Object.entries(answers)) {
      expect([why, answer.status, answer.json()]).toMatchObject([
        why,
        ...refusals[why as keyof typeof answers],
      ])
    }
    expect(await jobs()).toEqual([])
    expect(await gateway.ledger(token)).toMatchObject({ remaining: 10 })
  })

  test.each([
    [
      'a prompt that is a list',
      'application/json',
      (body: object) => JSON.stringify({ ...body, prompt: [prompt, prompt] }),
    ],
    [
      'a prompt that is an object',
      'application/json',
      (body: object) => JSON.stringify({ ...body, prompt: {} }),
    ],
    ['no prompt', 'application/json', (body: object) => JSON.stringify({ ...body, prompt: undefined })],
    ['a list', 'application/json', (body: object) => JSON.stringify([body])],
    ['a type nobody reads', 'application/xml', () => '<prompt>red fox</prompt>'],
    ['bytes that are no UTF-8', 'application/json', () => Buffer.from('{"prompt":\xff\xfe}', 'latin1')],
  ])('refuses %s, and touches no use', async (_what, type, payload) => {
    const headers = { ...bearer(token).headers, 'content-type': type }
    const answer = await ask({ method: 'POST', url: submit.url, payload: payload(submit.body), headers })
    expect(answer.status).toBeLessThan(500)
    // One family says in plain words that the prompt is missing.
    const body: Answer = answer.body === 'prompt parameter is required' ? {} : answer.json()
    expect(answer.status >= 400 || body.code > 1).toBe(true)
    expect(await jobs()).toEqual([])
    expect(await gateway.ledger(token)).toMatchObject({ remaining: 10, reserved: 0 })
  })

  test('may be called by web pages of any origin', async () => {
    const origin = 'https://page.example'
    const preflight = await gateway.app.inject({
      method: 'OPTIONS',
      url: submit.url,
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,mj-api-secret,idempotency-key',
      },
    })
    expect(preflight.statusCode).toBe(204)
    expect(['*', origin]).toContain(preflight.headers['access-control-allow-origin'])
    expect(preflight.headers['access-control-allow-methods']).toContain('POST')
    for (const header of ['authorization', 'content-type', 'mj-api-secret', 'idempotency-key']) {
      expect(preflight.headers['access-control-allow-headers']).toContain(header)
    }
    const refused = await gateway.app.inject({ ...post(submit.url, submit.body), headers: { origin } })
    expect(['*', origin]).toContain(refused.headers['access-control-allow-origin'])
  })

  test('draws a picture, and acts on it once', async () => {
    const asked = submitted()
    const job = await until(async () => (await jobs()).find(({ account }) => account !== null))
    expect(job.request).toEqual({ kind: 'imagine', prompt })
    if (look) {
      const waiting = await ask(look((await asked).json()), bearer(token))
      expect(waiting.status === 404 || picture(waiting.json()) === null).toBe(true)
    }
    await gateway.start(job.id, { percent: 40 })
    await gateway.finish(job.id)
    const answer = look ? await ask(look((await asked).json()), bearer(token)) : await asked
    expect(answer.status).toBe(200)
    expect(picture(answer.json())).toMatch(/^https?:\/\//)
    expect(await gateway.ledger(token)).toMatchObject({ remaining: 9, reserved: 0, used: 1 })
    if (!press) return
    const pressed = await ask(press(answer.json()), bearer(token))
    expect([200, 202]).toContain(pressed.status)
    const child = (await jobs()).find(({ id }) => id !== job.id)
    expect(child?.request).toMatchObject({ kind: 'action', parent: job.id, customId: /upsample::1/ })
    expect(await gateway.ledger(token)).toMatchObject({ remaining: 8, reserved: 1, used: 1 })
  })
})

test.each([
  ['mj-proxy', '/mj/submit/imagine', { prompt }, [200, { code: 4 }]],
  ['submit', '/api/v1/trigger/submit', { action: 'IMAGINE', prompt }, [400, { code: 0 }]],
] as const)(
  '%s refuses a notifyHook that it cannot call, before anything is drawn',
  async (_name, url, body, [status, refusal]) => {
    for (const notifyHook of [
      'no address',
      'ftp://hooks.example/',
      'http://10.0.0.1/hook',
      'http://[::1]/',
    ]) {
      const answer = await gateway.post(url, { ...body, notifyHook }, bearer(token).headers)
      expect([notifyHook, answer.status, answer.json()]).toMatchObject([
        notifyHook,
        status,
        { ...refusal, description: expect.stringContaining('callback cannot be sent') },
      ])
    }
    expect(await jobs()).toEqual([])
    const answer = await gateway.post(
      url,
      { ...body, notifyHook: 'https://hooks.example/a?b=c' },
      bearer(token).headers,
    )
    expect([answer.status, answer.json()]).toMatchObject([200, { code: 1 }])
    expect((await jobs())[0]?.callback).toMatchObject({ url: 'https://hooks.example/a?b=c', only: true })
  },
)
