import { expect, test } from 'vitest'
import { createClock } from '../../../src/clock.ts'
import { type SimulatorOptions, startSimulator } from '../../../src/simulator/simulator.ts'
import { startGateway } from '../../helpers/gateway.ts'
import { poolDesk } from '../../helpers/pool-desk.ts'
import type { Finishing } from '../../helpers/redis.ts'
import { until } from '../../helpers/until.ts'

const speed = 60
const minute = 60_000

/** A gateway whose hours pass in seconds: /info is asked for every hour, each minute while an account is exhausted. */
async function stage(
  t: Finishing,
  { accounts, entry }: { accounts: SimulatorOptions['accounts']; entry?: (index: number) => object },
) {
  const sim = await startSimulator({
    accounts: accounts ?? 1,
    speed,
    pictureSize: 'tiny',
    previews: false,
  })
  t.onTestFinished(() => sim.close())
  const clock = createClock(speed)
  const { prefix } = await startGateway(t, {
    sim,
    clock,
    ...(entry ? { entry } : {}),
    settings: {
      accounts: {
        minIntervalMs: 10,
        identifySpreadMs: 0,
        infoEveryMs: 60 * minute,
        exhaustedInfoEveryMs: minute,
      },
      leases: { leaseMs: 60 * minute, renewMs: 5 * minute },
    },
  })
  const desk = poolDesk(t, prefix, clock)
  const channel = (index: number) => sim.accounts[index]?.channelId ?? ''
  return { sim, channel, ...desk }
}

/** A token whose class draws fast as long as it has uses enough. */
const byPolicy = { lanes: 'policy', grant: { count: 100, class: '1' } } as const

const imagine = (prompt: string) => ({ kind: 'imagine', prompt }) as const

test('an account without fast hours is parked, and is taken up again when it has some', async (t) => {
  const { sim, channel, view, submit, inState } = await stage(t, { accounts: [{ fastHours: 0 }] })
  const { id, ledger } = await submit(imagine('a windmill'))
  await until(async () => (await view(channel(0))).state === 'exhausted')
  expect(await inState(id, 'queued')).toMatchObject({ notices: [] })
  expect(await ledger()).toMatchObject({ remaining: 9, reserved: 1 })
  await until(async () => (await view(channel(0))).facts?.fastHours === 0)

  sim.setAccount(0, { fastHours: 5 })
  await inState(id, 'done')
  expect(await ledger()).toMatchObject({ remaining: 9, used: 1 })
  await until(async () => (await view(channel(0))).state === 'ready')
  expect((await view(channel(0))).facts).toMatchObject({
    plan: 'standard',
    fastHours: 5,
    mode: 'fast',
    visibility: 'public',
  })
})

test('an account of both modes draws relaxed while its fast hours are gone, buttons too', async (t) => {
  const { sim, channel, view, submit, inState } = await stage(t, {
    accounts: [{ fastHours: 0 }],
    entry: () => ({ modes: ['fast', 'relax'] }),
  })
  const account = channel(0)
  const refused = await submit(imagine('a windmill'), byPolicy)
  const drawn = await inState(refused.id, 'done')
  expect(drawn).toMatchObject({ lane: 'relax', result: { mode: 'relax' } })
  expect(await view(account)).toMatchObject({ state: 'ready', mode: 'relax', resting: ['fast'] })
  const customId = drawn.result.buttons.flat().find(({ label }) => label === 'V1')?.customId ?? ''
  const { messageId, messageFlags, prompt } = drawn.result
  const press = { kind: 'action', parent: refused.id, messageId, messageFlags, customId, prompt } as const
  const variation = await submit(press, { account })
  expect(await inState(variation.id, 'done')).toMatchObject({ result: { mode: 'relax' } })
  // Who wants it fast and nothing else waits.
  const strict = await submit(imagine('a water mill'), { lanes: ['fast'] })
  expect((await inState(strict.id, 'queued')).lane).toBe('fast')

  sim.setAccount(0, { fastHours: 5 })
  expect(await inState(strict.id, 'done')).toMatchObject({ lane: 'fast', result: { mode: 'fast' } })
  expect(await view(account)).toMatchObject({ state: 'ready', mode: 'fast', resting: [] })
})

test('what waits for fast hours that no account has is drawn relaxed where the policy allows', async (t) => {
  const { channel, view, submit, inState } = await stage(t, {
    accounts: [{ fastHours: 0 }, { mode: 'relax' }],
  })
  const strict = await submit(imagine('a windmill'), { lanes: ['fast'] })
  await until(async () => (await view(channel(0))).state === 'exhausted')
  const [before, after] = await Promise.all([
    submit(imagine('a barn'), byPolicy),
    submit(imagine('a mill'), byPolicy),
  ])
  for (const { id } of [before, after]) {
    expect(await inState(id, 'done')).toMatchObject({ account: channel(1), lane: 'relax' })
  }
  expect((await inState(strict.id, 'queued')).lane).toBe('fast')
})

test('slots follow the plan that /info names, unless the accounts file names them', async (t) => {
  const { channel, views } = await stage(t, {
    accounts: [{ plan: 'basic' }, { plan: 'pro' }, { plan: 'pro', mode: 'relax' }, { plan: 'mega' }],
    entry: (index) => (index === 3 ? { concurrency: 5 } : {}),
  })
  const slots = async () => {
    const all = await views()
    return [0, 1, 2, 3].map((index) => all.get(channel(index))?.slots)
  }
  await expect.poll(slots, { timeout: 20_000 }).toEqual([3, 12, 3, 5])
})
