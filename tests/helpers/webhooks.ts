import type { Clock } from '../../src/clock.ts'
import { callbackBodies } from '../../src/http/callback-bodies.ts'
import type { JobId } from '../../src/ids.ts'
import { type WebhookParts, Webhooks } from '../../src/webhooks/webhooks.ts'
import { someResult, type TestScheduler } from './scheduler.ts'

/** The gateway's own secret in these tests. */
export const webhookSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const minute = 60_000

/** A pool whatever its clock. */
export type AnyPool = Omit<TestScheduler, 'clock'> & { clock: Clock }

/** The callbacks of a pool, not started. */
export function webhooksOf(pool: AnyPool, more: Partial<WebhookParts> = {}): Webhooks {
  return new Webhooks({
    store: pool.webhooks,
    jobs: pool.jobs,
    globalUrl: null,
    secret: webhookSecret,
    renderers: callbackBodies((job) => job),
    allowPrivate: true,
    answerWithinMs: 1_000,
    node: 'node',
    clock: pool.clock,
    random: () => 0.5,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    ...more,
  })
}

/** Lets simulated time pass, minute by minute, and sends what is due. */
export async function pass(pool: TestScheduler, webhooks: Webhooks, minutes: number): Promise<void> {
  for (let passed = 0; passed < minutes; passed += 1) {
    pool.clock.advance(minute)
    await settle(webhooks)
  }
}

/** Passes on and sends until nothing is due. */
export async function settle(webhooks: Webhooks): Promise<void> {
  while (await webhooks.relay.passOn());
  const { signal } = new AbortController()
  while ((await webhooks.sender.startDue(signal)) > 0) await webhooks.sender.idle()
}

/** A job that is submitted, draws and ends. */
export async function playJob(pool: AnyPool, { id }: { id: JobId }, percents: number[]) {
  const job = await pool.service.find(id)
  const lease = { account: job?.account as never, node: pool.node, epoch: 1 }
  for (const event of ['send-started', 'send-accepted'] as const)
    await pool.accounts.record(lease, { job: id, event, tell: '' })
  for (const percent of percents) {
    const fields = { track: { nonces: [], percent } }
    await pool.accounts.record(lease, {
      job: id,
      event: 'progress-reported',
      fields,
      tell: JSON.stringify({ percent }),
    })
  }
  await pool.accounts.finish(lease, { job: id, event: 'job-finished', result: someResult(), followUp: false })
}
