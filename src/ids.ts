import { createHash } from 'node:crypto'
import { customAlphabet } from 'nanoid'

declare const brand: unique symbol
type Id<Name extends string> = string & { readonly [brand]: Name }

/** One unit of paid work; 20 lower-case hex characters (80 random bits), which is what `/midjourney` clients expect. */
export type JobId = Id<'job'>
/** SHA-256 of an API token, base64url: the only form in which a token is kept. */
export type TokenId = Id<'token'>
/** An account of the pool; its Discord channel id, which `/midjourney` calls `client_id`. */
export type AccountId = Id<'account'>
/** One process. */
export type NodeId = Id<'node'>

const hex = customAlphabet('0123456789abcdef', 20)
const lowerAlphanumeric = customAlphabet('0123456789abcdefghijklmnopqrstuvwxyz')

export const newJobId = (): JobId => hex() as JobId
export const newNodeId = (): NodeId => lowerAlphanumeric(12) as NodeId

/** How many leading characters of a token may be shown to operators; they are not counted as secret. */
export const tokenLabelLength = 6

/** A new API token: a 6-character label that may be shown, then 26 secret characters (134 random bits). */
export const newToken = (): string => lowerAlphanumeric(tokenLabelLength + 26)
/** Busy callers send the same token again and again: hashing it anew cost a twelfth of a submit. */
const hashed = new Map<string, TokenId>()
const mostHashed = 1000

export function tokenId(token: string): TokenId {
  const known = hashed.get(token)
  if (known !== undefined) return known
  const id = createHash('sha256').update(token).digest('base64url') as TokenId
  if (hashed.size >= mostHashed) hashed.clear()
  hashed.set(token, id)
  return id
}
export const tokenLabel = (token: string): string => token.slice(0, tokenLabelLength)
