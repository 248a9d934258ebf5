import { pino } from 'pino'
import { systemClock } from '../../src/clock.ts'
import { buildServer } from '../../src/http/server.ts'
import type { AccountId } from '../../src/ids.ts'
import { newNodeId } from '../../src/ids.ts'
import { JobService } from '../../src/jobs/service.ts'
import { createScheduler } from '../../src/scheduler/scheduler.ts'
import { TokenService } from '../../src/tokens/service.ts'

/** The front door over the real scheduler with four busy accounts: what a submit costs, without anybody drawing. */
const scheduler = createScheduler({
  target: { kind: 'single', url: process.argv[2] ?? '' },
  prefix: 'bench',
  clock: systemClock,
  limits: { mostWaiting: 10_000_000 },
})
const node = newNodeId()
for (const id of ['1001', '1002', '1003', '1004'] as AccountId[]) {
  await scheduler.accounts.describeAccount(id, { state: 'connecting', slots: 3, lanes: ['fast'], weight: 1 })
  const lease = await scheduler.accounts.takeLease(id, node, 3_600_000)
  if (lease) await scheduler.accounts.describeAccount(id, { state: 'ready' }, lease)
}
const tokens = new TokenService({ store: scheduler.tokens, clock: systemClock })
const token = await tokens.issue({ count: 100_000_000, days: 1, class: 'bench', mode: 'fast' })
const app = buildServer({
  jobs: new JobService({ store: scheduler.jobs }),
  tokens,
  pool: scheduler.pool,
  events: scheduler.events,
  adminKey: 'bench',
  logger: pino({ level: 'info' }, pino.destination('/dev/null')),
  health: () => ({ ready: true, detail: {} }),
})
process.send?.({ url: await app.listen({ host: '127.0.0.1', port: 0 }), token })
