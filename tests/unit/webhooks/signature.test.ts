import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import type { TokenId } from '../../../src/ids.ts'
import { isSecret, signedHeaders, tokenSecret } from '../../../src/webhooks/signature.ts'

const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`
const secret = newSecret()
const body = '{"type":"job.finished","data":{"prompt":"ein Fuchs – «rot»"}}'
const signed = (...secrets: string[]) => signedHeaders({ id: 'msg_1', at: Date.now(), body }, secrets)

test('signs what the published verifier accepts', () => {
  expect(new Webhook(secret).verify(body, signed(secret))).toEqual(JSON.parse(body))
})

test('signs with the vector of the specification', () => {
  const vector = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at: 1_614_265_330_000, body: '{"test": 2432232314}' }
  expect(signedHeaders(vector, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'])).toEqual({
    'webhook-id': vector.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

test.each([
  ['the body', (headers: Record<string, string>) => ({ headers, body: `${body} ` })],
  ['the id', (headers: Record<string, string>) => ({ headers: { ...headers, 'webhook-id': 'msg_2' }, body })],
  [
    'the time',
    (headers: Record<string, string>) => ({
      headers: { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) - 1) },
      body,
    }),
  ],
])('gives no signature that holds for another version of %s', (_, change) => {
  const changed = change(signed(secret))
  expect(() => new Webhook(secret).verify(changed.body, changed.headers)).toThrow()
})

test('signs for the old and the new secret while they are exchanged', () => {
  const other = newSecret()
  const headers = signed(secret, other)
  for (const one of [secret, other]) expect(() => new Webhook(one).verify(body, headers)).not.toThrow()
})

test('gives each token a secret of its own, and the same one each time', () => {
  const [a, b] = ['token-a', 'token-b'].map((id) => tokenSecret(secret, id as TokenId))
  expect(a).toBe(tokenSecret(secret, 'token-a' as TokenId))
  expect(a).not.toBe(b)
  expect(isSecret(a ?? '')).toBe(true)
})

test.each([
  [secret, true],
  [secret.replace('whsec_', ''), false],
  ['whsec_c2hvcnQ=', false],
  [`whsec_${randomBytes(65).toString('base64')}`, false],
  ['whsec_not base64 at all, but long enough', false],
])('says of %s: %s', (text, expected) => {
  expect(isSecret(text)).toBe(expected)
})
