import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import type { Lease } from '../src/accounts/ports.ts'
import { systemClock } from '../src/clock.ts'
import { type AccountId, newNodeId, tokenId } from '../src/ids.ts'
import type { JobResult, Track } from '../src/jobs/job.ts'
import { JobService } from '../src/jobs/service.ts'
import { poolKeys } from '../src/scheduler/keys.ts'
import { createScheduler, type Scheduler } from '../src/scheduler/scheduler.ts'
import { TokenService } from '../src/tokens/service.ts'
import { startRedisServer } from '../tests/helpers/redis-server.ts'
import type { Benchmark } from './main.ts'

const jobs = 5_000
const atOnce = 12
/** What the bot shows of a drawing before it is done. */
const percents = [0, 15, 31, 46, 62, 78, 93]

/** How much of Redis does a job take once it is finished? */
export const growth: Benchmark = {
  name: 'growth',
  goal: 'at most 2 KB of Redis for each finished job, beside the event log, which is bounded',
  async run() {
    const redis = await startRedisServer()
    const scheduler = createScheduler({
      target: { kind: 'single', url: redis.url },
      prefix: 'drawbridge',
      clock: systemClock,
    })
    const keys = poolKeys('drawbridge', 'main')
    const client = new Redis(redis.url)
    try {
      const account = '1001234567890123456' as AccountId
      await scheduler.accounts.describeAccount(account, {
        state: 'connecting',
        slots: atOnce,
        lanes: ['fast'],
        weight: 1,
      })
      const node = newNodeId()
      const lease = await scheduler.accounts.takeLease(account, node, 3_600_000)
      if (!lease) throw new Error('the lease is taken')
      await scheduler.accounts.describeAccount(account, { state: 'ready' }, lease)
      const tokens = new TokenService({ store: scheduler.tokens, clock: systemClock })
      const token = tokenId(await tokens.issue({ count: 10 * jobs, days: 1, class: 'fast' }))
      const service = new JobService({ store: scheduler.jobs })
      const drawMany = async (count: number) => {
        for (let done = 0; done < count; done += atOnce) {
          const round = Array.from({ length: Math.min(atOnce, count - done) })
          await Promise.all(round.map(() => draw(scheduler, lease, service, token)))
        }
        // Nobody listens here: a node would have read them long ago.
        await client.del(keys.inbox(node))
      }
      // What is there once for all jobs does not count.
      await drawMany(atOnce)
      const [before, usedBefore] = [await keysOf(client), await usedMemory(client)]
      await drawMany(jobs)
      const [after, usedAfter] = [await keysOf(client), await usedMemory(client)]
      const each = (bytes: number): string => `${Math.round(bytes / jobs)} bytes`
      const grown = [...after].map(([kind, bytes]) => ({ kind, bytes: bytes - (before.get(kind) ?? 0) }))
      const log = grown.find(({ kind }) => kind === 'events')?.bytes ?? 0
      const kept = grown.reduce((sum, { bytes }) => sum + bytes, 0) - log
      return [
        { figure: `a finished job (MEMORY USAGE, ${jobs} jobs)`, value: each(kept) },
        ...grown
          .filter(({ kind, bytes }) => kind !== 'events' && bytes / jobs >= 1)
          .map(({ kind, bytes }) => ({ figure: `  of it in ${kind}`, value: each(bytes) })),
        { figure: 'its part of the event log, while it is there', value: each(log) },
        { figure: 'both, by used_memory', value: each(usedAfter - usedBefore) },
      ]
    } finally {
      client.disconnect()
      scheduler.close()
      await redis.stop()
    }
  },
}

/** One picture from submit to the end, with the ids, addresses and buttons that Discord and the bot would give it. */
async function draw(
  scheduler: Scheduler,
  lease: Lease,
  service: JobService,
  token: ReturnType<typeof tokenId>,
): Promise<void> {
  const { accounts } = scheduler
  const prompt = `a red fox number ${randomInt(1e6)} in the snow, golden hour, 35mm --ar 3:2 --v 7`
  const { id: job } = await service.imagine({ token, prompt })
  const uuid = randomUUID()
  const [nonce, messageId] = [snowflake(), snowflake()]
  let track: Track = { nonces: [nonce], sentAfter: snowflake() }
  const now = systemClock.now()
  await accounts.record(lease, {
    job,
    event: 'send-started',
    fields: { track, attempts: 1, sendingAt: now },
    tell: nonce,
  })
  await accounts.record(lease, { job, event: 'send-accepted', tell: '' })
  track = { ...track, interactionId: snowflake(), acknowledged: true, progressId: snowflake(), uuid }
  for (const percent of percents) {
    track = { ...track, percent, previewUrl: address(`${uuid}_grid_0.webp`) }
    const tell = JSON.stringify({ percent, previewUrl: track.previewUrl })
    await accounts.record(lease, { job, event: 'progress-reported', fields: { track, startedAt: now }, tell })
  }
  const result = finalOf({ prompt, uuid, messageId })
  const reply = await accounts.finish(lease, {
    job,
    event: 'job-finished',
    result,
    fields: { track },
    followUp: false,
  })
  if (reply !== 'written') throw new Error(`the end of ${job} was not written: ${reply}`)
  await scheduler.copies.remove(job)
}

function finalOf({ prompt, uuid, messageId }: Record<'prompt' | 'uuid' | 'messageId', string>): JobResult {
  const words = prompt.replace(/[^A-Za-z0-9]+/g, '_').slice(0, 60)
  const filename = `somebody_${words}_${uuid}.png`
  const button = (label: string, action: string) => ({ label, customId: `MJ::JOB::${action}::${uuid}` })
  return {
    messageId,
    messageFlags: 0,
    uuid,
    content: `**${prompt}** - <@${snowflake()}> (fast)`,
    prompt,
    url: address(filename),
    filename,
    width: 2688,
    height: 1792,
    size: randomInt(6_000_000, 9_000_000),
    contentType: 'image/png',
    upscaled: false,
    index: null,
    mode: 'fast',
    buttons: [
      [
        ...[1, 2, 3, 4].map((n) => button(`U${n}`, `upsample::${n}`)),
        { label: '🔄', customId: `MJ::JOB::reroll::0::${uuid}::SOLO` },
      ],
      [1, 2, 3, 4].map((n) => button(`V${n}`, `variation::${n}`)),
    ],
  }
}

const snowflake = (): string => `${1_300_000_000_000_000_000n + BigInt(randomInt(2 ** 47))}`

const address = (filename: string): string =>
  `https://cdn.discordapp.com/attachments/1001234567890123456/${snowflake()}/${filename}?ex=${hex(4)}&is=${hex(4)}&hm=${hex(32)}&`

const hex = (bytes: number): string => randomBytes(bytes).toString('hex')

/** Bytes of all keys by what they are: the word behind the pool's prefix. */
async function keysOf(client: Redis): Promise<Map<string, number>> {
  const sums = new Map<string, number>()
  const seen = new Set<string>()
  for await (const keys of client.scanStream({ count: 1000 })) {
    const unique = (keys as string[]).filter((key) => !seen.has(key) && seen.add(key))
    const sizes = await Promise.all(
      unique.map((key) => client.call('MEMORY', 'USAGE', key, 'SAMPLES', '0') as Promise<number>),
    )
    unique.forEach((key, index) => {
      const kind = key.replace(/^.*?\}:/, '').replace(/:.*$/, '')
      sums.set(kind, (sums.get(kind) ?? 0) + (sizes[index] ?? 0))
    })
  }
  return sums
}

/** What the server has allocated for its data, the tables of keys and times included. */
async function usedMemory(client: Redis): Promise<number> {
  const info = await client.info('memory')
  return Number(/^used_memory:(\d+)/m.exec(info)?.[1])
}
