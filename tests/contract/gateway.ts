import { randomBytes } from 'node:crypto'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { pino } from 'pino'
import type { AccountFields, Lease } from '../../src/accounts/ports.ts'
import { callbackBodies } from '../../src/http/callback-bodies.ts'
import type { BannedWords } from '../../src/http/core.ts'
import { buildServer, type ServerOptions } from '../../src/http/server.ts'
import type { AccountId, JobId, NodeId } from '../../src/ids.ts'
import type { JobResult, Notice, Track } from '../../src/jobs/job.ts'
import type { PromptRules } from '../../src/jobs/ports.ts'
import { JobService } from '../../src/jobs/service.ts'
import { createPromptServices } from '../../src/prompt-services/services.ts'
import type { Translator } from '../../src/prompt-services/translator.ts'
import { createScheduler } from '../../src/scheduler/scheduler.ts'
import { TokenService } from '../../src/tokens/service.ts'
import { Webhooks } from '../../src/webhooks/webhooks.ts'
import { silentLog } from '../helpers/images.ts'
import { ManualClock } from '../helpers/manual-clock.ts'
import { redisUrl } from '../helpers/redis.ts'

export const adminKey = 'the-admin-key-of-this-test'
/** The only address that callbacks may go to here; it is this machine's. */
export const publicAddress = '127.0.0.2'
export const fox = '110000000000000001' as AccountId
export const owl = '110000000000000002' as AccountId

/** The front door over a real scheduler, with accounts that nobody works for: the test moves their jobs. */
export async function startGateway({
  accounts = { [fox]: { lanes: ['fast'], mode: 'fast' }, [owl]: { lanes: ['relax'], mode: 'relax' } },
  prompts,
  callbackUrl = null,
  translator = null,
  ...options
}: Partial<ServerOptions> & {
  accounts?: Record<string, AccountFields>
  prompts?: PromptRules
  callbackUrl?: string | null
  translator?: Translator | null
} = {}) {
  const clock = new ManualClock()
  const scheduler = createScheduler({
    target: { kind: 'single', url: redisUrl() },
    prefix: `contract-${randomBytes(6).toString('hex')}`,
    clock,
  })
  const node = 'node' as NodeId
  const leases = new Map<string, Lease>()
  await scheduler.tokens.setPolicy({ 1: 25, 2: 50, 3: 250 })
  for (const [id, fields] of Object.entries(accounts)) {
    const account = id as AccountId
    const lease = await scheduler.accounts.takeLease(account, node, 3_600_000)
    if (lease) leases.set(account, lease)
    await scheduler.accounts.describeAccount(account, {
      name: id,
      state: 'ready',
      reason: '',
      slots: 3,
      weight: 1,
      queueStatus: 'idle',
      queueStatusAt: clock.now(),
      ...fields,
    })
  }
  const tokens = new TokenService({ store: scheduler.tokens, clock })
  const services = createPromptServices({
    translator,
    translateWithinMs: 2_000,
    defaults: { translate: 'send', bannedWords: 'block' },
    tokens,
    words: scheduler.words,
    clock,
    log: silentLog,
  })
  const bannedWords: BannedWords = {
    all: () => scheduler.words.all(),
    async replace(words) {
      await scheduler.words.replace(words)
      services.forgetWords()
    },
  }
  const jobs = new JobService({ store: scheduler.jobs, services, ...(prompts ? { prompts } : {}) })
  const webhooks = new Webhooks({
    store: scheduler.webhooks,
    jobs: scheduler.jobs,
    globalUrl: callbackUrl,
    secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
    renderers: callbackBodies((job) => job),
    allowPrivate: false,
    isPublic: (address) => address === publicAddress,
    node,
    clock,
    random: Math.random,
    log: silentLog,
  })
  const app = buildServer({
    jobs,
    tokens,
    webhooks,
    bannedWords,
    pool: scheduler.pool,
    events: scheduler.events,
    adminKey,
    logger: pino({ level: 'silent' }),
    health: () => ({ ready: true, detail: {} }),
    clock,
    ...options,
  })
  await app.ready()

  const leaseOf = async (id: JobId): Promise<Lease> => {
    const job = await scheduler.jobs.find(id)
    const lease = leases.get(job?.account ?? '')
    if (!lease) throw new Error(`job ${id} is held by no account`)
    return lease
  }

  return {
    app,
    clock,
    scheduler,
    jobs,
    tokens,
    webhooks,
    bannedWords,
    ...asking(app),

    /** The node of the accounts, which does whatever it is told, and answers with this. */
    async answerOrders(text: string, signal: AbortSignal): Promise<void> {
      for await (const entry of scheduler.accounts.inbox(node, signal)) {
        if (entry.type !== 'order') continue
        await scheduler.accounts.replyTo(entry.id, { answered: true, title: 'Done', text })
      }
    },
    /** Discord has taken the job and the bot reports progress. */
    async start(id: string, track: Partial<Track> = {}, notices: Notice[] = []) {
      const job = id as JobId
      const lease = await leaseOf(job)
      for (const event of ['send-started', 'send-accepted'] as const) {
        await scheduler.accounts.record(lease, { job, event })
      }
      const fields = { track: { nonces: [], ...track }, notices }
      const tell = JSON.stringify({ percent: track.percent ?? 0 })
      await scheduler.accounts.record(lease, { job, event: 'progress-reported', fields, tell })
    },
    async progress(id: string, percent: number) {
      const job = id as JobId
      const fields = { track: { nonces: [], percent } }
      const tell = JSON.stringify({ percent })
      await scheduler.accounts.record(await leaseOf(job), { job, event: 'progress-reported', fields, tell })
    },
    async finish(id: string, result: Partial<JobResult> = {}) {
      const job = id as JobId
      return scheduler.accounts.finish(await leaseOf(job), {
        job,
        event: 'job-finished',
        result: { ...gridResult(), ...result },
        followUp: false,
      })
    },
    async fail(id: string, notices?: Notice[]) {
      const job = id as JobId
      return scheduler.accounts.finish(await leaseOf(job), {
        job,
        event: 'job-failed',
        code: 'upstream-failed',
        message: 'Midjourney reported an error.',
        ...(notices ? { fields: { notices } } : {}),
      })
    },
    /** The whole ledger of a token, and that it balances. */
    async ledger(token: string) {
      const found = await tokens.find(token)
      if (!found) throw new Error('no such token')
      const { granted, remaining, reserved, used } = found
      if (granted !== remaining + reserved + used) throw new Error('the ledger does not balance')
      return { granted, remaining, reserved, used }
    },
    async close() {
      await app.close()
      scheduler.close()
    },
  }
}

export type Gateway = Awaited<ReturnType<typeof startGateway>>

export type Answer = { status: number; type: string; body: string; json: () => unknown }

/** The three ways in which this family is asked. */
function asking(app: FastifyInstance) {
  const ask = async (options: InjectOptions): Promise<Answer> => {
    const { statusCode, headers, body } = await app.inject(options)
    const json = () => JSON.parse(body) as unknown
    return { status: statusCode, type: String(headers['content-type']), body, json }
  }
  return {
    ask,
    get: (url: string, query: Record<string, string> = {}, headers: Record<string, string> = {}) =>
      ask({ method: 'GET', url, query, headers }),
    post: (url: string, payload: object, headers: Record<string, string> = {}) =>
      ask({ method: 'POST', url, payload, headers }),
    form: (url: string, fields: Record<string, string>) =>
      ask({
        method: 'POST',
        url,
        payload: new URLSearchParams(fields).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
  }
}

let messages = 0

/** A grid as the bot shows it: pictures to enlarge, variations, and the smileys that rate it. */
export function gridResult(): JobResult {
  messages += 1
  const uuid = `03aa7a73-cfd8-4231-86fe-${String(messages).padStart(12, '0')}`
  const numbered = (label: string, name: string) =>
    [1, 2, 3, 4].map((n) => ({ label: `${label}${n}`, customId: `MJ::JOB::${name}::${n}::${uuid}` }))
  return {
    messageId: String(1_110_056_538_573_390_000n + BigInt(messages)),
    messageFlags: 0,
    uuid,
    content: '**red fox** - <@1> (fast)',
    prompt: 'red fox',
    url: `https://cdn.example/attachments/u_red_fox_${uuid}.png`,
    filename: `u_red_fox_${uuid}.png`,
    width: 2048,
    height: 2048,
    size: 1000,
    upscaled: false,
    index: null,
    buttons: [
      [...numbered('U', 'upsample'), { label: '🔄', customId: `MJ::JOB::reroll::0::${uuid}::SOLO` }],
      numbered('V', 'variation'),
      [{ label: '😀', customId: `MJ::JOB::RATING::1::${uuid}` }],
    ],
  }
}
