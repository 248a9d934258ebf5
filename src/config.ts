import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Static, type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import type { S3Options } from './images/s3-store.ts'
import { refundPolicies } from './jobs/policy.ts'
import type { BaiduOptions } from './prompt-services/baidu.ts'
import type { OpenAiOptions } from './prompt-services/openai.ts'
import type { RedisTarget } from './scheduler/redis.ts'
import { translations, wordChecks } from './tokens/service.ts'
import { isSecret } from './webhooks/signature.ts'

const ms = Type.Integer({ minimum: 1 })
const count = Type.Integer({ minimum: 1 })
const strict = { additionalProperties: false }
const oneOfThese = <const Name extends string>(names: readonly Name[]) =>
  Type.Unsafe<Name>({ type: 'string', enum: [...names] })

/** Everything that may be tuned without naming it in the environment; defaults stand in `config/default.json`. */
const settingsSchema = Type.Object(
  {
    /** Accounts, lanes and tokens that share one Redis hash tag. */
    pool: Type.String({ pattern: '^[a-z0-9-]+$' }),
    /** Per token class: draws fast while at least this many uses are left before charging, else relaxed. */
    modePolicy: Type.Record(Type.String(), Type.Integer({ minimum: 0 })),
    limits: Type.Object(
      {
        queueWithinMs: ms,
        sendWithinMs: ms,
        drawWithinMs: Type.Object({ fast: ms, turbo: ms, relax: ms }, strict),
        describeWithinMs: ms,
        videoWithinMs: ms,
        answerWithinMs: ms,
        graceMs: ms,
        keptMs: ms,
        idempotencyKeptMs: ms,
        mostWaiting: count,
        mostWaitingFree: count,
        mostHistory: count,
        refundStopped: oneOfThese(refundPolicies),
      },
      strict,
    ),
    leases: Type.Object({ renewMs: ms, leaseMs: ms, reapMs: ms }, strict),
    accounts: Type.Object(
      {
        /** Between two interactions of one account, unless the account says otherwise. */
        minIntervalMs: Type.Integer({ minimum: 0 }),
        /** Slots of an account that says nothing and whose plan is not known. */
        slots: count,
        /** How long the channel is searched for an interaction of unknown outcome before it is sent again. */
        lookForMs: ms,
        /** How long a result may follow the removal of its progress message before the job counts as moderated. */
        removedGraceMs: ms,
        /** Between the IDENTIFYs of two accounts of one node. */
        identifySpreadMs: Type.Integer({ minimum: 0 }),
        /** How often the bot is asked for /info; 0 for never. Sooner while an account is out of fast hours. */
        infoEveryMs: Type.Integer({ minimum: 0 }),
        exhaustedInfoEveryMs: ms,
      },
      strict,
    ),
    gateway: Type.Object(
      { compression: Type.Union([Type.Literal('zlib-stream'), Type.Literal('none')]) },
      strict,
    ),
    redisPatienceMs: ms,
    promptServices: Type.Object(
      {
        /** For tokens without a policy of their own. */
        translate: oneOfThese(translations),
        bannedWords: oneOfThese(wordChecks),
        /** How long a prompt may wait for its translation. */
        translateWithinMs: ms,
      },
      strict,
    ),
    images: Type.Object(
      {
        /** A file of more bytes is not kept. */
        maxFileBytes: count,
        copiesAtOnce: count,
        /** How long after the end of its job a file is still tried. */
        giveUpAfterMs: ms,
        variantsAtOnce: count,
        /** Neither side of a thumbnail is longer (pixels). */
        thumbnailPixels: count,
        /** Files go when they are older; 0 for never. */
        maxAgeMs: Type.Integer({ minimum: 0 }),
        /** The oldest files go until no more bytes are kept; 0 for no limit. */
        maxTotalBytes: Type.Integer({ minimum: 0 }),
        sweepEveryMs: ms,
        resumeEveryMs: ms,
        /** How long a link is good; 0 for links that need no signature and never expire. */
        linkSeconds: Type.Integer({ minimum: 0 }),
        /** What stands in place of Discord's CDN where its own addresses are handed out; empty for nothing. */
        cdnPrefix: Type.String(),
      },
      strict,
    ),
  },
  strict,
)

const roles = ['all', 'api', 'worker'] as const
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

export type Settings = Static<typeof settingsSchema>
export type Role = (typeof roles)[number]

export interface Config {
  host: string
  port: number
  role: Role
  logLevel: (typeof logLevels)[number]
  dataDir: string
  /** Null: a private Redis under `dataDir`. */
  redis: RedisTarget | null
  redisPrefix: string
  tokenChannels: string
  adminKey: string
  /** Where a newly generated admin key was written; null when it came from the environment. */
  adminKeyFile: string | null
  anonymousToken: string | null
  publicUrl: string | null
  webhooks: { url: string | null; secret: string; allowPrivate: boolean }
  /** `s3` null: files stay under `dataDir`. */
  images: { secret: string; s3: S3Options | null }
  /** Who translates prompts; null: nobody. */
  translator: ({ kind: 'baidu' } & BaiduOptions) | ({ kind: 'openai' } & OpenAiOptions) | null
  discord: { apiUrl: string; gatewayUrl: string; cdnUrl: string; activitiesUrl: string }
  settings: Settings
}

/** A bad setting: says which one and what was expected, never its value when that may be a secret. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

/** The only reader of the environment. Checked as a whole at start, then frozen. */
export function loadConfig(
  env: NodeJS.ProcessEnv,
  configDir = new URL('../config/', import.meta.url),
): Config {
  const dataDir = env.DATA_DIR || './data'
  const admin = adminKey(env.ADMIN_KEY, dataDir)
  return deepFreeze({
    host: env.HOST || '127.0.0.1',
    port: portFrom(env.PORT || '8000'),
    role: oneOf('ROLE', roles, env.ROLE || 'all'),
    logLevel: oneOf('LOG_LEVEL', logLevels, env.LOG_LEVEL || 'info'),
    dataDir,
    redis: redisTarget(env),
    redisPrefix: env.REDIS_PREFIX || 'drawbridge',
    tokenChannels: env.TOKEN_CHANNELS || './token_channels.json',
    adminKey: admin.key,
    adminKeyFile: admin.file,
    anonymousToken: env.ANONYMOUS_TOKEN || null,
    publicUrl: env.PUBLIC_URL || null,
    webhooks: {
      url: env.CALLBACK_URL ? callbackUrl(env.CALLBACK_URL) : null,
      secret: webhookSecret(env.WEBHOOK_SECRET, dataDir),
      allowPrivate: yesOrNo('WEBHOOK_ALLOW_PRIVATE', env.WEBHOOK_ALLOW_PRIVATE || 'false'),
    },
    images: {
      secret:
        env.IMAGE_LINK_SECRET ||
        generated(join(dataDir, 'image-link-secret'), () => randomBytes(32).toString('base64url')),
      s3: s3Options(env),
    },
    translator: translator(env),
    discord: {
      apiUrl: urlFrom('DISCORD_API_URL', env.DISCORD_API_URL || 'https://discord.com/api/v9'),
      gatewayUrl: urlFrom('DISCORD_GATEWAY_URL', env.DISCORD_GATEWAY_URL || 'wss://gateway.discord.gg'),
      cdnUrl: urlFrom('DISCORD_CDN_URL', env.DISCORD_CDN_URL || 'https://cdn.discordapp.com'),
      activitiesUrl: urlFrom(
        'DISCORD_ACTIVITIES_URL',
        env.DISCORD_ACTIVITIES_URL || 'https://936929561302675456.discordsays.com',
      ),
    },
    settings: loadSettings(configDir),
  })
}

/** The defaults, with what `config/local.json` changes. */
function loadSettings(configDir: URL): Settings {
  const defaults = readJson(new URL('default.json', configDir))
  const local = new URL('local.json', configDir)
  const settings = existsSync(local) ? merge(defaults, readJson(local)) : defaults
  return checked(settingsSchema, settings, 'config')
}

/** Gives `value` its type, or names the first key that does not fit. */
export function checked<Schema extends TSchema>(
  schema: Schema,
  value: unknown,
  what: string,
): Static<Schema> {
  if (Value.Check(schema, value)) return value
  const [first] = Value.Errors(schema, value)
  const key = first?.instancePath.replaceAll('/', '.') ?? ''
  throw new ConfigError(`${what}${key}: ${first?.message ?? 'is not valid'}`)
}

function adminKey(fromEnv: string | undefined, dataDir: string): { key: string; file: string | null } {
  if (fromEnv) return { key: fromEnv, file: null }
  const file = join(dataDir, 'admin-key')
  return { key: generated(file, () => randomBytes(24).toString('base64url')), file }
}

/** Signs callbacks; of the Standard Webhooks form. Nodes that share a Redis must share it. */
function webhookSecret(fromEnv: string | undefined, dataDir: string): string {
  if (fromEnv === undefined || fromEnv === '') {
    return generated(join(dataDir, 'webhook-secret'), () => `whsec_${randomBytes(32).toString('base64')}`)
  }
  if (!isSecret(fromEnv))
    throw new ConfigError('WEBHOOK_SECRET: expected whsec_ and 24 to 64 bytes in base64')
  return fromEnv
}

/** What stands in the file, which is made at the first start and can be read by its owner only. */
function generated(file: string, make: () => string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  mkdirSync(dirname(file), { recursive: true })
  const secret = make()
  writeFileSync(file, `${secret}\n`, { mode: 0o600 })
  return secret
}

function redisTarget(env: NodeJS.ProcessEnv): RedisTarget | null {
  const password = env.REDIS_PASSWORD ? { password: env.REDIS_PASSWORD } : {}
  if (env.REDIS_CLUSTER_NODES) {
    return { kind: 'cluster', nodes: hostPorts('REDIS_CLUSTER_NODES', env.REDIS_CLUSTER_NODES), ...password }
  }
  if (env.REDIS_SENTINELS) {
    const sentinels = hostPorts('REDIS_SENTINELS', env.REDIS_SENTINELS)
    return { kind: 'sentinel', sentinels, name: env.REDIS_SENTINEL_NAME || 'mymaster', ...password }
  }
  return env.REDIS_URL ? { kind: 'single', url: env.REDIS_URL } : null
}

function s3Options(env: NodeJS.ProcessEnv): S3Options | null {
  if (!env.S3_BUCKET) return null
  return {
    bucket: env.S3_BUCKET,
    endpoint: urlFrom('S3_ENDPOINT', env.S3_ENDPOINT || ''),
    region: env.S3_REGION || 'us-east-1',
    accessKeyId: needed('S3_ACCESS_KEY_ID', env.S3_ACCESS_KEY_ID, 'S3_BUCKET has one'),
    secretAccessKey: needed('S3_SECRET_ACCESS_KEY', env.S3_SECRET_ACCESS_KEY, 'S3_BUCKET has one'),
  }
}

const translators = ['off', 'baidu', 'openai'] as const

function translator(env: NodeJS.ProcessEnv): Config['translator'] {
  const kind = oneOf('TRANSLATOR', translators, env.TRANSLATOR || 'off')
  switch (kind) {
    case 'off':
      return null
    case 'baidu':
      return {
        kind,
        url: urlFrom('BAIDU_URL', env.BAIDU_URL || 'https://fanyi-api.baidu.com/api/trans/vip/translate'),
        appId: needed('BAIDU_APP_ID', env.BAIDU_APP_ID, 'TRANSLATOR is baidu'),
        secret: needed('BAIDU_SECRET', env.BAIDU_SECRET, 'TRANSLATOR is baidu'),
      }
    case 'openai':
      return {
        kind,
        url: urlFrom('OPENAI_BASE_URL', env.OPENAI_BASE_URL || 'https://api.openai.com/v1'),
        key: env.OPENAI_API_KEY || '',
        model: env.OPENAI_MODEL || 'gpt-4o-mini',
      }
  }
}

function needed(name: string, text: string | undefined, because: string): string {
  if (!text) throw new ConfigError(`${name}: expected a value, because ${because}`)
  return text
}

function hostPorts(name: string, text: string): { host: string; port: number }[] {
  return text.split(',').map((entry) => {
    const [, host, port] = /^\s*([^\s:]+):(\d+)\s*$/.exec(entry) ?? []
    if (host === undefined) throw new ConfigError(`${name}: expected host:port, separated by commas`)
    return { host, port: Number(port) }
  })
}

function portFrom(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new ConfigError('PORT: expected a whole number from 0 to 65535')
}

function oneOf<Value extends string>(name: string, values: readonly Value[], text: string): Value {
  const found = values.find((value) => value === text)
  if (found === undefined) throw new ConfigError(`${name}: expected one of ${values.join(', ')}`)
  return found
}

const yesOrNo = (name: string, text: string): boolean => oneOf(name, ['true', 'false'], text) === 'true'

/** Kept as it is, to the last slash: it is no base of other addresses. */
function callbackUrl(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text
  throw new ConfigError('CALLBACK_URL: expected an http or https URL')
}

function urlFrom(name: string, text: string): string {
  if (!URL.canParse(text)) throw new ConfigError(`${name}: expected a URL`)
  return text.replace(/\/+$/, '')
}

function readJson(url: URL): unknown {
  try {
    return JSON.parse(readFileSync(url, 'utf8'))
  } catch (cause) {
    throw new ConfigError(`${url.pathname}: not readable as JSON`, { cause })
  }
}

function merge(base: unknown, over: unknown): unknown {
  if (!isRecord(base) || !isRecord(over)) return over
  const keys = new Set([...Object.keys(base), ...Object.keys(over)])
  return Object.fromEntries(
    [...keys].map((key) => [key, key in over ? merge(base[key], over[key]) : base[key]]),
  )
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner)
    Object.freeze(value)
  }
  return value
}
