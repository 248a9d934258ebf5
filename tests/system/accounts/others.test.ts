import { expect, test } from 'vitest'
import { type SimulatorOptions, startSimulator } from '../../../src/simulator/simulator.ts'
import { startGateway } from '../../helpers/gateway.ts'
import { poolDesk } from '../../helpers/pool-desk.ts'
import type { Finishing } from '../../helpers/redis.ts'
import { until } from '../../helpers/until.ts'
import { User } from '../simulator/raw-client.ts'

async function stage(
  t: Finishing,
  { accounts = 1, speed = 40, drawWithinMs = 300_000, ...more }: SimulatorOptions & { drawWithinMs?: number },
) {
  const sim = await startSimulator({
    accounts,
    speed,
    pictureSize: 'tiny',
    previews: false,
    identifySpacingMs: 0,
    ...more,
  })
  t.onTestFinished(() => sim.close())
  const { prefix } = await startGateway(t, {
    sim,
    settings: {
      accounts: { minIntervalMs: 10, identifySpreadMs: 0, removedGraceMs: 500 },
      leases: { leaseMs: 60_000, renewMs: 500 },
      limits: { drawWithinMs: { fast: drawWithinMs }, graceMs: 1_000 },
    },
  })
  const desk = poolDesk(t, prefix)
  await desk.ready(sim.accounts.length)
  /** The account's owner, at a client of their own. */
  const owner = async () => {
    const user = await User.join(sim, 0)
    t.onTestFinished(() => user.leave())
    return user
  }
  return { sim, owner, channel: sim.accounts[0]?.channelId ?? '', ...desk }
}

const imagine = (prompt: string) => ({ kind: 'imagine', prompt }) as const

test('what its owner runs by hand leaves an account so many slots fewer', async (t) => {
  const { sim, owner, channel, view, submit, inState } = await stage(t, { speed: 10 })
  const user = await owner()
  const prompts = ['by hand, a fox', 'by hand, an owl']
  for (const prompt of prompts) await user.imagine(prompt)
  await until(async () => (await view(channel)).foreign === 2)
  expect((await view(channel)).slots).toBe(1)
  const jobs = await Promise.all(['a mill', 'a barn'].map((prompt) => submit(imagine(prompt))))
  // The bot never has to queue what we send: the second waits with us.
  for (const { id } of jobs) expect((await inState(id, 'done')).notices).toEqual([])
  expect(sim.truth.interactions().map(({ outcome }) => outcome)).toEqual(['job', 'job', 'job', 'job'])
  await until(async () => (await view(channel)).slots === 3)
  expect((await view(channel)).foreign).toBe(0)
})

test('a pause that the bot asked for ends when it begins new work of the owner’s', async (t) => {
  const { sim, owner, channel, view, submit, inState } = await stage(t, {})
  const user = await owner()
  // It names ten minutes, but takes what comes.
  sim.faults.once({ kind: 'bad-news', news: 'blocked-text' })
  const { id } = await submit(imagine('a windmill'))
  await until(async () => (await view(channel)).state === 'cooling')
  await inState(id, 'queued')
  await user.imagine('by hand, a fox')
  await inState(id, 'done')
  expect((await view(channel)).state).toBe('ready')
})

test('a picture that comes after its job has timed out is kept, and an operator can attach it', async (t) => {
  const { channel, pool, submit, inState, order } = await stage(t, {
    speed: 8,
    drawWithinMs: 500,
  })
  const { id, ledger } = await submit(imagine('a windmill'))
  expect(await inState(id, 'failed')).toMatchObject({ failure: { code: 'job-timeout' } })
  expect(await ledger()).toMatchObject({ remaining: 10, used: 0 })
  const [orphan] = await until(async () => {
    const all = await pool.orphans()
    return all.length > 0 ? all : null
  })
  expect(orphan).toMatchObject({
    account: channel,
    kind: 'imagine',
    url: expect.stringContaining('http'),
    candidates: [{ job: id, score: 1 }],
  })

  expect(await pool.attach(orphan?.id ?? '', id)).toMatchObject({ answered: true })
  expect(await inState(id, 'done')).toMatchObject({ result: { messageId: orphan?.id, url: orphan?.url } })
  expect(await ledger()).toMatchObject({ remaining: 9, reserved: 0, used: 1 })
  expect(await pool.orphans()).toEqual([])
  expect(await pool.attach(orphan?.id ?? '', id)).toMatchObject({ answered: false, code: 'message-unknown' })
  // Even when it is asked of the account itself, a picture is one job's.
  const again = { do: 'attach', message: orphan?.id ?? '', job: id } as const
  expect(await order(channel, again)).toMatchObject({ answered: false, code: 'not-attachable' })
})

test('an operator can attach an orphan to a job that is under way, and to no other', async (t) => {
  const { sim, owner, channel, pool, find, submit, inState, order } = await stage(t, { speed: 20 })
  const user = await owner()
  const byHand = await user.final(await user.imagine('by hand, a fox'))
  const [orphan] = await until(async () => {
    const all = await pool.orphans()
    return all.length > 0 ? all : null
  })
  expect(orphan).toMatchObject({ id: byHand.id, candidates: [] })

  sim.faults.once({ kind: 'bad-news', news: 'banned-prompt' })
  const refused = await submit(imagine('a red mill'))
  await inState(refused.id, 'failed')
  expect(await pool.attach(byHand.id, refused.id)).toMatchObject({ answered: false, code: 'not-attachable' })
  expect(await pool.attach(byHand.id, 'nobody' as never)).toMatchObject({
    answered: false,
    code: 'job-unknown',
  })

  const { id, ledger } = await submit(imagine('a windmill'))
  await inState(id, 'running')
  expect(await pool.attach(byHand.id, id)).toMatchObject({ answered: true })
  expect(await inState(id, 'done')).toMatchObject({ result: { messageId: byHand.id } })
  expect(await ledger()).toMatchObject({ remaining: 9, reserved: 0, used: 1 })
  // Its own picture, which comes later, is no second end of it.
  await until(() => sim.truth.jobs().every(({ state }) => state === 'done'))
  await order(channel, { do: 'info' })
  expect(await find(id)).toMatchObject({ state: 'done', result: { messageId: byHand.id } })
})

test('a paused account gives away what it has not sent, a drained one draws it first, both until resumed', async (t) => {
  const { sim, channel, view, submit, inState, find, order } = await stage(t, { speed: 15 })
  const states = async (ids: { id: never }[]) =>
    Promise.all(ids.map(async ({ id }) => (await find(id))?.state ?? ''))
  const started = await submit(imagine('a mill'))
  await inState(started.id, 'running')
  expect(await order(channel, { do: 'pause' })).toMatchObject({
    answered: true,
    text: 'The account is paused: paused by the operator.',
  })
  const waits = await submit(imagine('a barn'))
  await inState(started.id, 'done')
  expect(await states([waits as never])).toEqual(['queued'])
  expect((await view(channel)).state).toBe('paused')

  expect(await order(channel, { do: 'resume' })).toMatchObject({ answered: true })
  await inState(waits.id, 'running')
  expect(await order(channel, { do: 'drain' })).toMatchObject({ answered: true })
  const after = await submit(imagine('a tower'))
  await inState(waits.id, 'done')
  await until(async () => (await view(channel)).reason === 'drained by the operator')
  expect(await states([after as never])).toEqual(['queued'])
  await order(channel, { do: 'resume' })
  await inState(after.id, 'done')
  expect(sim.truth.jobs()).toHaveLength(3)
})
