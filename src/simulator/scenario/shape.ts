import { badNews } from '../bot/bad-news.ts'
import { type FaultSettings, noFaults, type OneShotFault } from '../faults/fault-types.ts'
import type { AccountOptions, SimulatorOptions } from '../options.ts'
import {
  type Fields,
  first,
  flag,
  isObject,
  list,
  listOr,
  natural,
  nullOr,
  number,
  object,
  oneOf,
  type Rule,
  share,
  text,
  whole,
} from './rules.ts'

const news = oneOf(...Object.keys(badNews))
const era = oneOf('2023', '2026')
const plan = oneOf('basic', 'standard', 'pro', 'mega')
const subscription = oneOf('monthly', 'yearly', 'cancelled', 'paused', 'inactive')
const mode = oneOf('fast', 'relax', 'turbo')

const account: Record<keyof AccountOptions, Rule> = {
  token: text,
  userId: text,
  username: text,
  guildId: nullOr(text),
  channelId: text,
  era,
  threads: whole,
  plan,
  subscription,
  mode,
  remix: flag,
  suffix: text,
  fastHours: number,
  requireProxy: flag,
  proxyCredentials: object({ username: text, password: text }, ['username', 'password']),
}

/** Rates are shares; the rest are times. */
const rates = Object.fromEntries(
  (Object.keys(noFaults) as (keyof FaultSettings)[]).map((name) => [
    name,
    name === 'delayMs' || name === 'retryAfterSeconds' ? number : share,
  ]),
)

const ports = ['api', 'gateway', 'cdn', 'control', 'activities', 'proxy']

/** A scenario may set whatever an option may, but for another scenario. */
const options: Record<Exclude<keyof SimulatorOptions, 'scenario'>, Rule> = {
  accounts: listOr(object(account), whole),
  speed: number,
  seed: number,
  era,
  ports: object(Object.fromEntries(ports.map((name) => [name, whole]))),
  pictureSize: oneOf('real', 'small', 'tiny'),
  previews: flag,
  defaultParameters: text,
  bannedWords: list(text),
  foreignJobsPerMinute: number,
  heartbeatIntervalMs: number,
  sessionLifetimeMs: number,
  identifySpacingMs: number,
  linkLifetimeMs: number,
  frameSplitRate: share,
  progressDeletion: oneOf('before', 'after', 'either', 'never'),
  updates: oneOf('whole', 'partial', 'mixed'),
  buttonNonce: flag,
  ephemeralWaiting: oneOf('upscale', 'clicks', 'none'),
  queuedJobNonce: flag,
  imagineCancelButton: flag,
  manualAnimate: flag,
  regionForms: oneOf('both', 'newer', 'older'),
  regionNonce: flag,
  loadingFirstRate: share,
  limits: object({ fast: whole, relax: whole, queued: whole }),
  pace: natural,
  appeals: oneOf('accepted', 'denied', 'either'),
  fastHoursPerJob: number,
  memory: natural,
  faults: object(rates),
}

const event = oneOf('waiting', 'progress', 'final', 'delete', 'any')
const kinds: Record<OneShotFault['kind'], { fields: Fields; required: string[] }> = {
  rest: {
    fields: {
      answer: oneOf(
        'rate-limit',
        'rate-limit-html',
        'not-ready',
        'unauthorized',
        'missing-access',
        'verify-account',
        'server-error',
        'bad-gateway-html',
        'captcha',
        'hang',
      ),
      route: text,
      executed: flag,
      retryAfterSeconds: number,
    },
    required: ['answer'],
  },
  bot: {
    fields: { does: oneOf('silent', 'failure', 'failure-then-job'), delayMs: number },
    required: ['does'],
  },
  job: { fields: { does: oneOf('vanish', 'stop'), atPercent: number }, required: ['does'] },
  'bad-news': {
    fields: {
      news,
      delivery: oneOf('create', 'reply', 'update', 'ephemeral'),
      atPercent: number,
      retryAfterMs: number,
      command: text,
      holds: flag,
    },
    required: ['news'],
  },
  message: {
    fields: { does: oneOf('lose', 'duplicate', 'delay', 'reorder'), event, delayMs: number },
    required: ['does'],
  },
  drop: { fields: { invalidSession: flag, event }, required: [] },
  'required-action': { fields: { action: text }, required: ['action'] },
}

const kind = oneOf(...Object.keys(kinds))

const fault: Rule = (value, path) => {
  if (!isObject(value)) return `${path} must be an object`
  const wrong = kind(value['kind'], `${path}.kind`)
  if (wrong !== null) return wrong
  const { fields, required } = kinds[value['kind'] as OneShotFault['kind']]
  return object({ kind, account: whole, times: natural, ...fields }, required)(value, path)
}

const change = object({
  account: whole,
  plan,
  subscription,
  mode,
  remix: flag,
  suffix: text,
  stealth: flag,
  fastHours: number,
  tokenDead: flag,
  kicked: flag,
  requiredAction: nullOr(text),
  requireProxy: flag,
  standingNews: nullOr(news),
})

const effects = ['fault', 'rates', 'change']
const stepFields = object({
  atMs: number,
  everyMs: number,
  everyJobs: natural,
  fromJob: natural,
  times: natural,
  fault,
  rates: object(rates),
  change,
})

const step: Rule = (value, path) =>
  first([
    () => stepFields(value, path),
    () => (has(value, ...effects) ? null : `${path} does nothing: it needs ${effects.join(', ')}`),
    () => (has(value, 'fromJob') && !has(value, 'everyJobs') ? `${path}.fromJob needs everyJobs` : null),
    () => {
      const mixed = has(value, 'everyJobs') && has(value, 'atMs', 'everyMs', 'times', 'rates', 'change')
      return mixed ? `${path}.everyJobs goes with fault and fromJob alone` : null
    },
  ])

const has = (value: unknown, ...keys: string[]): boolean =>
  isObject(value) && keys.some((key) => value[key] !== undefined)

const scenarioShape = object({ about: text, options: object(options), script: list(step) })

/** What is wrong with a scenario file, with the path of the field; null when nothing is. */
export const complaintAbout = (value: unknown): string | null =>
  scenarioShape(value, '') ?? strayAccount(value)

/** A step must not name an account that the scenario does not have. */
function strayAccount(value: unknown): string | null {
  const { options = {}, script = [] } = value as { options?: SimulatorOptions; script?: object[] }
  const { accounts } = options
  if (accounts === undefined) return null
  const count = typeof accounts === 'number' ? accounts : accounts.length
  return first(
    script.flatMap((one, at) =>
      (['fault', 'change'] as const).map((part) => () => {
        const { account: named } = (one as Record<string, { account?: number }>)[part] ?? {}
        const stray = named !== undefined && named >= count
        return stray ? `script[${at}].${part}.account must be below ${count}` : null
      }),
    ),
  )
}
