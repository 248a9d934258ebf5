import { readFileSync } from 'node:fs'
import type { ChangeReply } from '../accounts/ports.ts'
import type { ErrorCode } from '../errors.ts'
import type { RedisClient } from './redis.ts'

const names = [
  'submit',
  'record',
  'finish',
  'give-back',
  'ask',
  'steer',
  'lease',
  'remember',
  'fall-back',
  'webhook-read',
  'webhook-queue',
  'webhook-claim',
  'webhook-settle',
  'webhook-hasten',
  'webhook-rotate',
  'revive',
] as const
export type ScriptName = (typeof names)[number]

type Argument = string | number
/** Runs one of the pool's scripts: `KEYS[1]` is the pool's prefix, the rest are its ARGV as the head of the file lists them. */
export type RunScript = (name: ScriptName, ...args: Argument[]) => Promise<unknown>

/** What the negative replies of `submit.lua` mean to a caller. */
export const submitRefusals: Record<number, ErrorCode> = {
  [-1]: 'token-unknown',
  [-2]: 'token-expired',
  [-3]: 'token-spent',
  [-4]: 'lane-empty',
  [-5]: 'account-unknown',
  [-6]: 'idempotency-conflict',
  [-7]: 'queue-full',
  [-8]: 'account-lost',
  [-9]: 'alias-taken',
}

/** The replies of the scripts that change something that exists. */
const changeReplies: Record<number, ChangeReply> = {
  [0]: 'written',
  [-1]: 'unknown',
  [-2]: 'out-of-order',
  [-3]: 'lease-lost',
  [-4]: 'not-due',
}

export function toChangeReply(reply: unknown): ChangeReply {
  const meaning = changeReplies[Number(reply)]
  if (meaning === undefined) throw new Error(`a script gave the unknown reply ${String(reply)}`)
  return meaning
}

/** Makes the scripts known to the connection, which sends their text only when Redis does not have them yet. */
export function loadScripts(redis: RedisClient, prefix: string): RunScript {
  for (const name of names) redis.defineCommand(name, { numberOfKeys: 1, lua: scriptText(name) })
  const commands = redis as unknown as Record<ScriptName, (...args: Argument[]) => Promise<unknown>>
  return (name, ...args) => commands[name](prefix, ...args)
}

/** A script with the small functions that its `@include` line names put in front. */
function scriptText(name: ScriptName): string {
  const text = readLua(name)
  const includes = /^-- @include (.+)$/m.exec(text)?.[1]?.split(' ') ?? []
  return [...includes.map((include) => readLua(`includes/${include}`)), text].join('\n')
}

const readLua = (path: string): string => readFileSync(new URL(`./lua/${path}.lua`, import.meta.url), 'utf8')
