import { expect, test } from 'vitest'
import { type AccountId, newNodeId } from '../../src/ids.ts'
import { someResult, testScheduler } from '../helpers/scheduler.ts'

test('settles the use once, however often the end is reported', async (t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001')
  const token = await pool.token(10)
  const { id } = await pool.service.imagine({ token, prompt: 'a fox' })
  const ending = { job: id, event: 'job-finished', result: someResult(), followUp: false } as const
  const replies = await Promise.all([1, 2, 3].map(() => pool.accounts.finish(lease, ending)))
  expect(replies.sort()).toEqual(['out-of-order', 'out-of-order', 'written'])
  expect(await pool.tokens.find(token)).toMatchObject({ remaining: 9, reserved: 0, used: 1 })
  expect(await pool.pool.accounts()).toMatchObject([{ used: 0 }])
  expect(await pool.service.history(token)).toMatchObject([{ root: id, result: { url: ending.result.url } }])
})

test('gives the use back once when the job fails, and never after it succeeded', async (t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001')
  const token = await pool.token(10)
  const failed = await pool.service.imagine({ token, prompt: 'a fox' })
  const failure = { job: failed.id, event: 'job-failed', code: 'moderated', message: 'no' } as const
  expect(await pool.accounts.finish(lease, failure)).toBe('written')
  expect(await pool.accounts.finish(lease, failure)).toBe('out-of-order')
  const late = { job: failed.id, event: 'job-finished', result: someResult(), followUp: false } as const
  expect(await pool.accounts.finish(lease, late)).toBe('out-of-order')
  expect(await pool.tokens.find(token)).toMatchObject({ remaining: 10, reserved: 0, used: 0 })
  expect(await pool.service.find(failed.id)).toMatchObject({
    state: 'failed',
    failure: { code: 'moderated' },
  })
})

test('lets a node that lost its lease change nothing', async (t) => {
  const pool = testScheduler(t)
  const old = await pool.account('1001')
  const token = await pool.token()
  const { id } = await pool.service.imagine({ token, prompt: 'a fox' })
  pool.clock.advance(10_001)
  const next = await pool.accounts.takeLease('1001' as AccountId, newNodeId(), 10_000)
  expect(next?.epoch).toBe(old.epoch + 1)
  const failure = { job: id, event: 'job-failed', code: 'moderated', message: 'no' } as const
  expect(await pool.accounts.finish(old, failure)).toBe('lease-lost')
  expect(await pool.accounts.giveBack(old, id, 'no', 'job-returned')).toBe('lease-lost')
  expect(await pool.accounts.record(old, { job: id, event: 'send-started' })).toBe('lease-lost')
  expect(await pool.accounts.describeAccount(old.account, { state: 'dead' }, old)).toBe('lease-lost')
  const place = { sessionId: 's', seq: 1, resumeUrl: 'ws://x', lastMessageId: '1' }
  expect(await pool.accounts.saveListener(old, place)).toBe('lease-lost')
  expect(await pool.service.find(id)).toMatchObject({ state: 'assigned' })
})

test('holds one lease an account, renews it, and frees it when it ends', async (t) => {
  const pool = testScheduler(t)
  const account = '1001' as AccountId
  const [a, b] = [newNodeId(), newNodeId()]
  await pool.accounts.describeAccount(account, { state: 'connecting', slots: 1, lanes: ['fast'] })
  const races = await Promise.all([a, b].map((node) => pool.accounts.takeLease(account, node, 10_000)))
  expect(races.filter(Boolean)).toHaveLength(1)
  const [winner, loser] = races[0] ? [a, b] : [b, a]
  pool.clock.advance(9_000)
  expect(await pool.accounts.takeLease(account, winner, 10_000)).toMatchObject({ epoch: 1 })
  pool.clock.advance(9_000)
  expect(await pool.accounts.takeLease(account, loser, 10_000)).toBeNull()
  await pool.accounts.releaseLease({ account, node: winner, epoch: 1 })
  expect(await pool.accounts.takeLease(account, loser, 10_000)).toMatchObject({ epoch: 2 })
})

test('gives an account no jobs between its holder’s end and the next listener', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  pool.clock.advance(10_001)
  const next = await pool.accounts.takeLease('1001' as AccountId, newNodeId(), 10_000)
  const token = await pool.token()
  expect((await pool.service.imagine({ token, prompt: 'a fox' })).account).toBeNull()
  if (next) await pool.accounts.describeAccount(next.account, { state: 'ready' }, next)
  expect(await pool.service.waiting()).toBe(0)
})

test('puts a returned job back at its old place and lets another account take it', async (t) => {
  const pool = testScheduler(t)
  const first = await pool.account('1001', { slots: 1 })
  const token = await pool.token()
  const { id } = await pool.service.imagine({ token, prompt: 'one' })
  const later = await pool.service.imagine({ token, prompt: 'two' })
  await pool.accounts.describeAccount(first.account, { state: 'cooling' }, first)
  expect(await pool.accounts.giveBack(first, id, 'account is cooling', 'unsent-returned')).toBe('written')
  expect(await pool.service.waiting()).toBe(2)
  await pool.account('1002', { slots: 1 })
  expect(await pool.service.find(id)).toMatchObject({ state: 'assigned', account: '1002' })
  expect(await pool.service.find(later.id)).toMatchObject({ state: 'queued' })
  expect(await pool.accounts.held('1001' as AccountId)).toEqual([])
})

test('ends what outlives its deadline: queued fails, unsent returns, sent fails; each use comes back', async (t) => {
  const pool = testScheduler(t, { limits: { queueWithinMs: 60_000, sendWithinMs: 10_000 } })
  const lease = await pool.account('1001', { slots: 2 })
  const token = await pool.token(10)
  const submit = (prompt: string) => pool.service.imagine({ token, prompt })
  const [sent, unsent, queued] = [await submit('one'), await submit('two'), await submit('three')]
  await pool.accounts.record(lease, {
    job: sent.id,
    event: 'send-started',
    fields: { track: { nonces: ['1'] }, attempts: 1, sendingAt: pool.clock.now() },
    deadlineAt: pool.clock.now() + 20_000,
  })
  expect(await pool.accounts.reap()).toBe(0)
  pool.clock.advance(10_001)
  await pool.accounts.reap()
  expect(await pool.service.find(unsent.id)).toMatchObject({ state: 'assigned' })
  await pool.accounts.describeAccount(lease.account, { state: 'paused' })
  pool.clock.advance(10_000)
  await pool.accounts.reap()
  expect(await pool.service.find(sent.id)).toMatchObject({
    state: 'failed',
    failure: { code: 'job-timeout' },
  })
  expect(await pool.service.find(unsent.id)).toMatchObject({ state: 'queued' })
  pool.clock.advance(60_000)
  await pool.accounts.reap()
  expect(await pool.service.find(queued.id)).toMatchObject({
    state: 'failed',
    failure: { code: 'queue-timeout' },
  })
  expect(await pool.service.find(unsent.id)).toMatchObject({ state: 'failed' })
  expect(await pool.tokens.find(token)).toMatchObject({ remaining: 10, reserved: 0, used: 0 })
  expect(await pool.pool.accounts()).toMatchObject([{ used: 0 }])
})

test('owes an auto-upscale from the moment the grid is done, and draws it once without charge', async (t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001')
  const token = await pool.token(10)
  const { id } = await pool.service.imagine({ token, prompt: 'a fox', thenUpscale: true })
  await pool.accounts.finish(lease, { job: id, event: 'job-finished', result: someResult(), followUp: true })
  expect(await pool.accounts.followUps()).toEqual([id])
  const grid = await pool.service.find(id)
  if (grid?.state !== 'done') throw new Error('the grid should be done')
  await Promise.all([pool.service.upscaleFirst(grid), pool.service.upscaleFirst(grid)])
  expect(await pool.service.line(id)).toMatchObject([
    { charge: 1 },
    { charge: 0, request: { kind: 'action' } },
  ])
  expect(await pool.tokens.find(token)).toMatchObject({ remaining: 9, reserved: 0, used: 1 })
})

test('writes every change to the event log', async (t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001')
  const token = await pool.token()
  const { id } = await pool.service.imagine({ token, prompt: 'a fox' })
  await pool.accounts.record(lease, { job: id, event: 'send-started', tell: '1' })
  await pool.accounts.record(lease, { job: id, event: 'progress-reported', tell: '{"percent":31}' })
  await pool.accounts.finish(lease, { job: id, event: 'job-finished', result: someResult(), followUp: false })
  const entries = await pool.redis.xrange(`${pool.keyPrefix}events`, '-', '+')
  expect(entries.map(([, fields]) => fields[1])).toEqual([
    'job-queued',
    'job-assigned',
    'send-started',
    'progress-reported',
    'job-finished',
  ])
})

test('lets an account change nothing about a job that another one holds', async (t) => {
  const pool = testScheduler(t)
  const first = await pool.account('1001', { slots: 1 })
  const token = await pool.token()
  const { id } = await pool.service.imagine({ token, prompt: 'a fox' })
  await pool.accounts.describeAccount(first.account, { state: 'cooling' }, first)
  await pool.accounts.giveBack(first, id, 'account is cooling', 'unsent-returned')
  const second = await pool.account('1002', { slots: 1 })
  expect(first.epoch).toBe(second.epoch)
  expect(await pool.accounts.record(first, { job: id, event: 'send-started' })).toBe('out-of-order')
  expect(await pool.accounts.giveBack(first, id, 'late', 'job-returned')).toBe('out-of-order')
  expect(await pool.accounts.record(second, { job: id, event: 'send-started' })).toBe('written')
})

test('takes no job away that is being sent when an account only leaves what it has not sent', async (t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001')
  const token = await pool.token()
  const { id } = await pool.service.imagine({ token, prompt: 'a fox' })
  await pool.accounts.record(lease, { job: id, event: 'send-started' })
  expect(await pool.accounts.giveBack(lease, id, 'account is paused', 'unsent-returned')).toBe('out-of-order')
  expect(await pool.service.find(id)).toMatchObject({ state: 'sending', account: '1001' })
})

test('gives a lease up only under its own epoch', async (t) => {
  const pool = testScheduler(t)
  const lease = await pool.account('1001')
  await pool.accounts.releaseLease({ ...lease, epoch: lease.epoch - 1 })
  expect(await pool.accounts.takeLease(lease.account, newNodeId(), 10_000)).toBeNull()
  await pool.accounts.releaseLease(lease)
  expect(await pool.accounts.takeLease(lease.account, newNodeId(), 10_000)).not.toBeNull()
})
