import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { type AccountId, newNodeId, tokenId } from '../../src/ids.ts'
import { JobService } from '../../src/jobs/service.ts'
import { createScheduler } from '../../src/scheduler/scheduler.ts'
import { TokenService } from '../../src/tokens/service.ts'
import { startOwnRedis } from '../helpers/redis.ts'
import { someResult } from '../helpers/scheduler.ts'
import { until } from '../helpers/until.ts'

/** A port whose cluster bus (10 000 above) is a port too. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    if (port < 55_000) return port
  }
}

test('every script of a job’s life is accepted by Redis Cluster', async (t) => {
  const port = await freePort()
  await startOwnRedis({ clusterPort: port, t })
  const admin = new Redis(port)
  t.onTestFinished(() => admin.disconnect())
  await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
  await until(async () => String(await admin.call('CLUSTER', 'INFO')).includes('cluster_state:ok'))

  const target = { kind: 'cluster' as const, nodes: [{ host: '127.0.0.1', port }] }
  const scheduler = createScheduler({ target, prefix: 'drawbridge', clock: systemClock })
  t.onTestFinished(() => scheduler.close())
  const jobs = new JobService({ store: scheduler.jobs })
  const issued = await new TokenService({ store: scheduler.tokens, clock: systemClock }).issue({
    count: 9,
    days: 1,
  })
  const token = tokenId(issued)
  const account = '1001' as AccountId
  await scheduler.accounts.describeAccount(account, {
    state: 'connecting',
    slots: 1,
    lanes: ['fast'],
    weight: 1,
  })
  const lease = await scheduler.accounts.takeLease(account, newNodeId(), 10_000)
  if (!lease) throw new Error('the lease should be free')
  await scheduler.accounts.describeAccount(account, { state: 'ready' }, lease)

  const [first, second] = [
    await jobs.imagine({ token, prompt: 'one' }),
    await jobs.imagine({ token, prompt: 'two', idempotencyKey: 'k' }),
  ]
  expect(await scheduler.accounts.record(lease, { job: first.id, event: 'send-started', tell: '1' })).toBe(
    'written',
  )
  expect(await scheduler.accounts.giveBack(lease, first.id, 'again', 'job-returned')).toBe('written')
  const [held] = await scheduler.accounts.held(account)
  const result = someResult()
  const ending = { event: 'job-finished', result, followUp: false } as const
  expect(await scheduler.accounts.finish(lease, { job: held?.id ?? first.id, ...ending })).toBe('written')
  expect(
    await jobs.act({ token, messageId: result.messageId, customId: 'MJ::JOB::upsample::1::x' }),
  ).toMatchObject({
    root: held?.id,
  })
  const place = { sessionId: 's', seq: 1, resumeUrl: 'ws://x', lastMessageId: '1' }
  expect(await scheduler.accounts.saveListener(lease, place)).toBe('written')
  expect(await scheduler.accounts.reap()).toBe(0)
  expect((await jobs.find(second.id))?.state).toMatch(/queued|assigned/)
})
