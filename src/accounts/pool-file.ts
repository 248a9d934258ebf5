import { readFileSync } from 'node:fs'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import type { AccountId } from '../ids.ts'
import { type Lane, lanes } from '../jobs/job.ts'

const snowflake = Type.String({ pattern: '^\\d{15,21}$' })
const lane = Type.Union(lanes.map((name) => Type.Literal(name)))

/** One entry of `token_channels.json`: the seed's four fields and our optional ones. */
const entrySchema = Type.Object({
  token: Type.String({ minLength: 1 }),
  channel: snowflake,
  proxy: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  pattern_type: Type.Union([Type.Literal('fast'), Type.Literal('relax')]),
  name: Type.Optional(Type.String({ minLength: 1 })),
  guild: Type.Optional(snowflake),
  modes: Type.Optional(Type.Array(lane, { minItems: 1 })),
  concurrency: Type.Optional(Type.Integer({ minimum: 1, maximum: 15 })),
  minIntervalMs: Type.Optional(Type.Integer({ minimum: 0 })),
  weight: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 100 })),
  enabled: Type.Optional(Type.Boolean()),
  bot: Type.Optional(Type.Union([Type.Literal('midjourney'), Type.Literal('niji')])),
})

/** What was expected, field by field, for the message that stops the start. */
const expectations: Record<string, string> = {
  token: 'the Discord user token, a non-empty string',
  channel: 'a Discord channel id, 15 to 21 digits in a string',
  proxy: 'a proxy address such as http://user:password@host:port, or nothing',
  pattern_type: '"fast" or "relax"',
  name: 'a non-empty string',
  guild: 'a Discord guild id, 15 to 21 digits in a string',
  modes: 'a list of "fast", "relax" or "turbo"',
  concurrency: 'a whole number from 1 to 15',
  minIntervalMs: 'a whole number of milliseconds',
  weight: 'a number above 0, at most 100',
  enabled: 'true or false',
  bot: '"midjourney" or "niji"',
}

/** An account of the pool as its owner described it. */
export interface AccountConfig {
  id: AccountId
  /** The Discord user token. Never leaves the process except to Discord. */
  token: string
  /** Null: no proxy. */
  proxyUrl: string | null
  mode: Lane
  /** The lanes that it serves; with more than one, a job's mode is asked for by a flag on the prompt. */
  modes: Lane[]
  name: string
  guildId: string | null
  /** Null: from the account's plan, else the configured default. */
  concurrency: number | null
  minIntervalMs: number | null
  weight: number
  bot: 'midjourney' | 'niji'
}

/** A bad pool file: names the entry, the field and what was expected, never a value. */
export class PoolFileError extends Error {
  override name = 'PoolFileError'
}

/** Reads `token_channels.json`; entries with `enabled: false` are left out. */
export function readPoolFile(path: string): AccountConfig[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new PoolFileError(`The accounts file ${path} cannot be read`, { cause })
  }
  return parsePoolFile(text, path)
}

/** Parses the text of a pool file; `path` only names it in errors. */
export function parsePoolFile(text: string, path: string): AccountConfig[] {
  const entries = parseJson(text, path)
  if (!Array.isArray(entries)) throw new PoolFileError(`${path}: expected a list of accounts`)
  const accounts = entries.map((entry, index) => toAccount(entry, index, path))
  const enabled = accounts.flatMap((account) => account ?? [])
  const seen = new Set<string>()
  accounts.forEach((account, index) => {
    if (account && seen.has(account.id)) {
      throw new PoolFileError(`${path}: entry ${index}: channel: expected a channel of its own`)
    }
    if (account) seen.add(account.id)
  })
  return enabled
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the text, and with it perhaps a secret.
    throw new PoolFileError(`${path}: not valid JSON`)
  }
}

function toAccount(entry: unknown, index: number, path: string): AccountConfig | null {
  if (!Value.Check(entrySchema, entry)) {
    const field = firstBadField(entry)
    throw new PoolFileError(
      `${path}: entry ${index}: ${field}: expected ${expectations[field] ?? 'an object'}`,
    )
  }
  if (entry.enabled === false) return null
  return fromEntry(entry)
}

function firstBadField(entry: unknown): string {
  const [error] = Value.Errors(entrySchema, entry)
  if (!error) return 'entry'
  if (error.keyword === 'required') return error.params.requiredProperties[0] ?? 'entry'
  return error.instancePath.split('/')[1] || 'entry'
}

function fromEntry(entry: Static<typeof entrySchema>): AccountConfig {
  return {
    id: entry.channel as AccountId,
    token: entry.token,
    proxyUrl: entry.proxy?.trim() || null,
    mode: entry.pattern_type,
    modes: entry.modes ?? [entry.pattern_type],
    name: entry.name ?? `account ${entry.channel.slice(-4)}`,
    guildId: entry.guild ?? null,
    concurrency: entry.concurrency ?? null,
    minIntervalMs: entry.minIntervalMs ?? null,
    weight: entry.weight ?? 1,
    bot: entry.bot ?? 'midjourney',
  }
}
