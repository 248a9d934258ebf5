import { setTimeout as delay } from 'node:timers/promises'
import type { Lease } from '../../src/accounts/ports.ts'
import type { Clock } from '../../src/clock.ts'
import { type AccountId, type NodeId, newNodeId, type TokenId, tokenId } from '../../src/ids.ts'
import type { JobResult, Lane } from '../../src/jobs/job.ts'
import type { Limits } from '../../src/jobs/policy.ts'
import { JobService } from '../../src/jobs/service.ts'
import { createScheduler } from '../../src/scheduler/scheduler.ts'
import { TokenService } from '../../src/tokens/service.ts'
import { ManualClock } from './manual-clock.ts'
import { type Finishing, testRedis } from './redis.ts'

/** A scheduler in a corner of its own of the common Redis, with the services over it and a clock that the test moves. */
export function testScheduler<TestClock extends Clock = ManualClock>(
  t: Finishing,
  { clock, limits }: { clock?: TestClock; limits?: Partial<Limits> } = {},
) {
  const corner = testRedis(t)
  const usedClock = clock ?? (new ManualClock() as unknown as TestClock)
  const scheduler = createScheduler({ ...corner, clock: usedClock, ...(limits ? { limits } : {}) })
  t.onTestFinished(() => scheduler.close())
  const jobs = new JobService({ store: scheduler.jobs })
  const tokens = new TokenService({ store: scheduler.tokens, clock: usedClock })
  const node = newNodeId()
  return {
    ...scheduler,
    redis: corner.redis,
    keyPrefix: `${corner.prefix}:{${corner.pool}}:`,
    clock: usedClock,
    service: jobs,
    tokenService: tokens,
    node,
    /** A token that draws fast, with this many uses. */
    async token(
      count = 100,
      grant: { days?: number; weight?: number; class?: string } = {},
    ): Promise<TokenId> {
      return tokenId(await tokens.issue({ count, days: 1, class: 'fast', ...grant }))
    },
    /** An account that takes jobs. */
    async account(
      id: string,
      { slots = 3, lanes = ['fast'], weight = 1, holder = node }: AccountOptions = {},
    ): Promise<Lease> {
      const account = id as AccountId
      const fields = { state: 'connecting', slots, lanes, weight, mode: lanes[0] ?? 'fast' } as const
      await scheduler.accounts.describeAccount(account, fields)
      const lease = await scheduler.accounts.takeLease(account, holder, 10_000)
      if (!lease) throw new Error(`another node holds ${id}`)
      await scheduler.accounts.describeAccount(account, { state: 'ready' }, lease)
      return lease
    },
    /** What must hold at every moment: the ledger of each token, and slots in use that equal the jobs that hold one. */
    async invariants(): Promise<void> {
      for (const { id, granted, remaining, reserved, used } of await scheduler.tokens.all()) {
        const sum = remaining + reserved + used
        if (granted !== sum || Math.min(remaining, reserved, used) < 0) {
          throw new Error(`ledger of ${id}: ${granted} ≠ ${remaining} + ${reserved} + ${used}`)
        }
      }
    },
  }
}

interface AccountOptions {
  slots?: number
  lanes?: Lane[]
  weight?: number
  holder?: NodeId
}

export type TestScheduler = ReturnType<typeof testScheduler<ManualClock>>

let messages = 0

/** A result as the bot's final would give it. */
export const someResult = (result: Partial<JobResult> = {}): JobResult => {
  messages += 1
  return {
    messageId: `${1_100_000_000_000_000_000n + BigInt(messages)}`,
    messageFlags: 0,
    uuid: null,
    content: '',
    prompt: 'a fox',
    url: `https://cdn.example/${messages}.png`,
    filename: `${messages}.png`,
    width: 1,
    height: 1,
    size: 1,
    upscaled: false,
    index: null,
    buttons: [[{ label: 'U1', customId: 'MJ::JOB::upsample::1::x' }]],
    ...result,
  }
}

/** The next `count` entries of a node's inbox. */
export async function takeInbox(scheduler: TestScheduler, count: number) {
  const closing = new AbortController()
  const entries = []
  for await (const entry of scheduler.accounts.inbox(scheduler.node, closing.signal)) {
    entries.push(entry)
    if (entries.length === count) closing.abort()
  }
  await delay(0)
  return entries
}
