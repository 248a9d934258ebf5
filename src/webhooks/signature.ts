import { createHmac } from 'node:crypto'
import type { TokenId } from '../ids.ts'

/** What the specification asks of a secret: 24 to 64 bytes, in base64 behind `whsec_`. */
const secretPattern = /^whsec_[A-Za-z0-9+/]+={0,2}$/

/** Whether the text is a secret of the Standard Webhooks form. */
export function isSecret(text: string): boolean {
  const { length } = bytesOf(text)
  return secretPattern.test(text) && length >= 24 && length <= 64
}

/** The headers of Standard Webhooks 1.0 for one attempt; `at` in milliseconds. Several secrets give a signature each. */
export function signedHeaders(
  { id, at, body }: { id: string; at: number; body: string },
  secrets: readonly string[],
): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000))
  const sign = (secret: string): string =>
    createHmac('sha256', bytesOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => `v1,${sign(secret)}`).join(' '),
  }
}

/**
 * The secret that callbacks of this token's jobs are signed with. Its holder may know it: it says nothing about the
 * gateway's own secret, nor about another token's, so nobody can pass for the gateway at somebody else's receiver. Each
 * `turn` of its rotation gives another.
 */
export function tokenSecret(secret: string, token: TokenId, turn = 0): string {
  const name = turn === 0 ? `token ${token}` : `token ${token} ${turn}`
  return `whsec_${createHmac('sha256', bytesOf(secret)).update(name).digest('base64')}`
}

const bytesOf = (secret: string): Buffer => Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
