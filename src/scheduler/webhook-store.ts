import { nanoid } from 'nanoid'
import type { Clock } from '../clock.ts'
import type { JobId, TokenId } from '../ids.ts'
import type { Callback, Job } from '../jobs/job.ts'
import type {
  AttemptRecord,
  Claim,
  Delivery,
  LogBatch,
  LogEntry,
  LogQuery,
  Message,
  SecretTurn,
  Target,
  TokenTarget,
  Verdict,
  WebhookStore,
} from '../webhooks/ports.ts'
import type { PoolKeys } from './keys.ts'
import type { RedisClient } from './redis.ts'
import type { RunScript } from './scripts.ts'

const day = 24 * 3_600_000
/** How long the event log waits for a pool whose nodes are all gone; then its bound holds again. */
const cursorKeptMs = 3 * day
/** How long what became of a job's callbacks can be read, and how many attempts. */
const logKeptMs = 3 * day
const mostLogged = 100
/** Entries of the log that are searched in one go. */
const historyPage = 5_000
/** So many secrets of a token sign beside its newest, at most. */
const mostBeside = 7
/** So many callbacks (the next due) of an origin that answers again are tried at once. */
const mostHastened = 1000

/** Callbacks that wait, and what came of those that were tried. */
export class RedisWebhookStore implements WebhookStore {
  readonly #redis: RedisClient
  readonly #connect: () => RedisClient
  readonly #keys: PoolKeys
  readonly #run: RunScript
  readonly #clock: Clock
  /** Only for reads that wait. */
  #reader: RedisClient | null = null

  constructor(parts: {
    redis: RedisClient
    connect: () => RedisClient
    keys: PoolKeys
    run: RunScript
    clock: Clock
  }) {
    this.#redis = parts.redis
    this.#connect = parts.connect
    this.#keys = parts.keys
    this.#run = parts.run
    this.#clock = parts.clock
  }

  async lead(holder: string, leaseMs: number): Promise<boolean> {
    const key = this.#key('lead')
    if ((await this.#redis.set(key, holder, 'PX', leaseMs, 'NX')) === 'OK') return true
    if ((await this.#redis.get(key)) !== holder) return false
    await this.#redis.pexpire(key, leaseMs)
    return true
  }

  async endLead(holder: string): Promise<void> {
    this.#reader?.disconnect()
    this.#reader = null
    if ((await this.#redis.get(this.#key('lead'))) === holder) await this.#redis.del(this.#key('lead'))
  }

  async read({ most, told, everybody }: LogQuery): Promise<LogBatch> {
    const names = `,${told.join(',')},`
    const reply = await this.#run('webhook-read', most, cursorKeptMs, names, everybody ? '1' : '')
    const [from = '0-0', to = from, ...values] = reply as string[]
    const entries = Array.from({ length: values.length / 8 }, (_, index): LogEntry => {
      const [id = '', name = '', job, token, at, data = '', callback, target] = values.slice(index * 8)
      return {
        id,
        name,
        job: job as JobId,
        token: (token || null) as TokenId | null,
        at: Number(at),
        data,
        callback: parsed<Callback>(callback),
        tokenTarget: parsed<TokenTarget>(target),
      }
    })
    return { from, to, entries }
  }

  async historyOf({ id, token, firstEvent = '-', callback }: Job): Promise<LogEntry[]> {
    const tokenTarget = token === null ? null : await this.tokenTarget(token)
    const entries: LogEntry[] = []
    for (let from = firstEvent; ; ) {
      const rows = (await this.#redis.xrange(this.#keys.events, from, '+', 'COUNT', historyPage)) as Row[]
      const own = rows.filter(([, fields]) => field(fields, 'job') === id)
      entries.push(
        ...own.map(([at, fields]) => entryFrom(at, fields, { callback: callback ?? null, tokenTarget })),
      )
      if (rows.length < historyPage) return entries
      from = `(${rows.at(-1)?.[0]}`
    }
  }

  async tokenTarget(token: TokenId): Promise<TokenTarget | null> {
    return parsed<TokenTarget>(await this.#redis.hget(this.#keys.token(token), 'webhook'))
  }

  async setTokenTarget(token: TokenId, target: TokenTarget | null): Promise<void> {
    const key = this.#keys.token(token)
    const write = this.#redis.multi()
    if (target === null) write.hdel(key, 'webhook').srem(this.#key('tokens'), token)
    else write.hset(key, 'webhook', JSON.stringify(target)).sadd(this.#key('tokens'), token)
    await write.exec()
  }

  async secretTurn(token: TokenId): Promise<SecretTurn> {
    const kept = await this.#redis.hget(this.#keys.token(token), 'secretTurn')
    return parsed<SecretTurn>(kept) ?? { turn: 0, previous: [] }
  }

  async turnSecret(token: TokenId, until: number): Promise<SecretTurn> {
    const turned = await this.#run('webhook-rotate', this.#clock.now(), token, until, mostBeside)
    return JSON.parse(String(turned)) as SecretTurn
  }

  async waitForEntries(id: string, atMostMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.#reader ??= this.#connect()
    const reader = this.#reader
    const hangUp = () => {
      this.#reader = null
      reader.disconnect()
    }
    signal.addEventListener('abort', hangUp, { once: true })
    try {
      await reader.xread('COUNT', 1, 'BLOCK', Math.max(1, atMostMs), 'STREAMS', this.#keys.events, id)
    } finally {
      signal.removeEventListener('abort', hangUp)
    }
  }

  async passOn(
    { from, to }: Pick<LogBatch, 'from' | 'to'>,
    deliveries: readonly Delivery[],
  ): Promise<boolean> {
    return (await this.#queue(from, to, deliveries)) === 0
  }

  async requeue(deliveries: readonly Delivery[]): Promise<void> {
    if (deliveries.length > 0) await this.#queue('', '', deliveries)
  }

  dueLanes(skip: number, most: number): Promise<string[]> {
    return this.#redis.zrangebyscore(this.#key('lanes'), '-inf', this.#clock.now(), 'LIMIT', skip, most)
  }

  async nextDue(): Promise<number> {
    const from = `(${this.#clock.now()}`
    const [, at] = await this.#redis.zrangebyscore(
      this.#key('lanes'),
      from,
      '+inf',
      'WITHSCORES',
      'LIMIT',
      0,
      1,
    )
    return at === undefined ? Number.POSITIVE_INFINITY : Number(at)
  }

  async hasten(lane: string): Promise<void> {
    await this.#run('webhook-hasten', this.#clock.now(), lane, mostHastened)
  }

  async claim(lane: string, most: number, claimMs: number): Promise<Claim[]> {
    const claim = nanoid()
    const now = this.#clock.now()
    const values = (await this.#run('webhook-claim', now, lane, most, now + claimMs, claim)) as string[]
    const claims: Claim[] = []
    for (let at = 0; at < values.length; at += 4) {
      const [chain = '', attempt, target = '{}', message = '{}'] = values.slice(at, at + 4)
      const { job, ...rest } = JSON.parse(message) as Message & { job: JobId }
      claims.push({
        job,
        chain,
        lane,
        claim,
        attempt: Number(attempt),
        target: JSON.parse(target) as Target,
        message: rest,
      })
    }
    return claims
  }

  async settle(
    { job, lane, chain, claim }: Claim,
    verdict: Verdict,
    record?: AttemptRecord,
  ): Promise<boolean> {
    const reply = await this.#run(
      'webhook-settle',
      this.#clock.now(),
      lane,
      chain,
      claim,
      verdict.act,
      verdict.act === 'later' ? verdict.at : '',
      job,
      record ? JSON.stringify(record) : '',
      mostLogged,
      logKeptMs,
    )
    return reply === 0
  }

  async log(job: JobId): Promise<AttemptRecord[]> {
    const rows = await this.#redis.lrange(this.#key(`log:${job}`), 0, -1)
    return rows.map((row) => JSON.parse(row) as AttemptRecord)
  }

  #queue(from: string, to: string, deliveries: readonly Delivery[]): Promise<unknown> {
    const rows = deliveries.flatMap(({ job, chain, lane, target, message }) => [
      chain,
      lane,
      JSON.stringify(target),
      JSON.stringify({ job, ...message }),
      message.event.type === 'job.progress' ? 'progress' : '',
    ])
    return this.#run('webhook-queue', this.#clock.now(), from, to, cursorKeptMs, ...rows)
  }

  #key(name: string): string {
    return `${this.#keys.prefix}webhook:${name}`
  }
}

type Row = [id: string, fields: string[]]

const entryFrom = (
  id: string,
  fields: string[],
  whom: Pick<LogEntry, 'callback' | 'tokenTarget'>,
): LogEntry => ({
  id,
  name: field(fields, 'event'),
  job: field(fields, 'job') as JobId,
  token: (field(fields, 'token') || null) as TokenId | null,
  at: Number(field(fields, 'at')),
  data: field(fields, 'data'),
  ...whom,
})

const parsed = <Value>(text: string | null | undefined): Value | null =>
  text ? (JSON.parse(text) as Value) : null

const field = (fields: readonly string[], name: string): string => {
  const at = fields.indexOf(name)
  return at === -1 ? '' : (fields[at + 1] ?? '')
}
