import fc from 'fast-check'
import { expect, test } from 'vitest'
import { startGateway } from '../gateway.ts'

const names = ['imagine', 'action', 'job', 'progress', 'history', 'create_token', 'get_token', 'switch']
const more = ['get_devices', 'get_queue', 'describe', 'descjob', '', 'nope', '..', '%', 'job/x']
const parameters = [
  'prompt',
  'token',
  'upscale',
  'id',
  'image',
  'action',
  'client_id',
  'count',
  'day',
  'type',
  'key',
]

/** The two failures that the family prescribes. */
const prescribed = [
  '{"code":400,"result":"cannot create a new job with this prompt"}',
  '{"code":400,"result":"cannot run action"}',
]

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '0',
    '-1',
    '1e9',
    'NaN',
    'null',
    '__proto__',
    '\0',
    '\r\nx: y',
    '*',
    '../../etc/passwd',
    '{}',
  ),
)
const name = fc.oneof(fc.constantFrom(...parameters), fc.constantFrom('__proto__', 'constructor', 'a[b]', ''))
const request = fc.record({
  url: fc.constantFrom(...names, ...more),
  method: fc.constantFrom('GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE'),
  query: fc.array(fc.tuple(name, text), { maxLength: 5 }),
  body: fc.option(
    fc.oneof(
      fc.record({
        type: fc.constantFrom('application/json', 'application/json; charset=utf-16', 'text/json'),
        payload: fc
          .dictionary(name, fc.oneof(text, fc.jsonValue({ maxDepth: 3 })))
          .map((body) => JSON.stringify(body)),
      }),
      fc.record({
        type: fc.constantFrom(
          'application/json',
          'application/x-www-form-urlencoded',
          'multipart/form-data; boundary=x',
          'multipart/form-data; boundary="x',
          'text/plain',
          'nonsense',
        ),
        payload: fc.oneof(
          text,
          text.map((part) => `--x\r\nContent-Disposition: form-data; name="image"${part}\r\n--x--`),
        ),
      }),
    ),
  ),
})

test('nothing that a caller sends makes a failure, a hang or a charge', async ({ onTestFinished }) => {
  const gateway = await startGateway()
  onTestFinished(gateway.close)
  const token = await gateway.tokens.issue({ count: 1, days: 1 })
  await fc.assert(
    fc.asyncProperty(request, async ({ url, method, query, body }) => {
      const search = new URLSearchParams(query)
      const answer = await gateway.app.inject({
        method: method as 'GET',
        url: `/midjourney/${url}?${search}`,
        ...(body && method !== 'GET' && method !== 'HEAD'
          ? { payload: body.payload, headers: { 'content-type': body.type } }
          : {}),
      })
      if (answer.statusCode >= 500) expect(prescribed).toContain(answer.body)
    }),
    { numRuns: 3000 },
  )
  expect(await gateway.ledger(token)).toMatchObject({ remaining: 1 })
  expect(await gateway.tokens.all()).toHaveLength(1)
  expect((await gateway.scheduler.pool.accounts()).map(({ used }) => used)).toEqual([0, 0])
  expect(await gateway.jobs.waiting()).toBe(0)
})
