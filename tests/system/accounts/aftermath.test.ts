import { expect, test } from 'vitest'
import type { AccountOptions } from '../../../src/simulator/options.ts'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { startGateway } from '../../helpers/gateway.ts'
import { poolDesk } from '../../helpers/pool-desk.ts'
import { type Finishing, testRedis } from '../../helpers/redis.ts'
import { until } from '../../helpers/until.ts'

const imagine = (prompt: string) => ({ kind: 'imagine', prompt }) as const

async function stage(t: Finishing, accounts: readonly AccountOptions[], infoEveryMs = 0) {
  const sim = await startSimulator({
    accounts,
    speed: 40,
    pictureSize: 'tiny',
    previews: false,
    identifySpacingMs: 0,
  })
  t.onTestFinished(() => sim.close())
  const { prefix } = testRedis(t)
  const settings = {
    accounts: {
      minIntervalMs: 10,
      identifySpreadMs: 0,
      removedGraceMs: 500,
      infoEveryMs,
      exhaustedInfoEveryMs: 500,
    },
    leases: { leaseMs: 60_000, renewMs: 500 },
  }
  const start = () => startGateway(t, { sim, settings, prefix })
  return {
    sim,
    start,
    channel: (index: number) => sim.accounts[index]?.channelId ?? '',
    ...poolDesk(t, prefix),
  }
}

test('what an account may not draw any more goes to another one, and its buttons are refused', async (t) => {
  const { sim, start, channel, ready, submit, inState, view, order } = await stage(t, [{}, {}])
  await start()
  await ready(2)
  const grid = await inState((await submit(imagine('a mill'), { account: channel(0) })).id, 'done')
  await order(channel(1), { do: 'pause' })
  sim.faults.once({ kind: 'bad-news', news: 'subscription-paused' })
  const { id, ledger } = await submit(imagine('a barn'))
  await until(async () => (await view(channel(0))).state === 'dead')
  expect(await view(channel(0))).toMatchObject({ reason: 'Subscription paused' })
  await inState(id, 'queued')
  const { messageId, messageFlags, prompt, buttons } = grid.result
  const customId = buttons.flat().find(({ label }) => label === 'V1')?.customId ?? ''
  const press = { kind: 'action', parent: grid.id, messageId, messageFlags, customId, prompt } as const
  await expect(submit(press, { account: channel(0) })).rejects.toThrow('account-lost')

  await order(channel(1), { do: 'resume' })
  expect(await inState(id, 'done')).toMatchObject({ account: channel(1), attempts: 2 })
  expect(await ledger()).toMatchObject({ remaining: 9, reserved: 0, used: 1 })
})

test('an account lives again with its subscription, without a restart', async (t) => {
  const { sim, start, channel, ready, submit, inState, view } = await stage(t, [{}], 500)
  await start()
  await ready(1)
  sim.faults.once({ kind: 'bad-news', news: 'subscription-paused' })
  const { id } = await submit(imagine('a mill'))
  // The news kill the account, wherever it is seen; nothing but /info brings it back here.
  expect(await inState(id, 'done')).toMatchObject({ attempts: 2 })
  expect((await view(channel(0))).state).toBe('ready')
})

test('what is out of hours stays so over a restart, and is found to have some again', async (t) => {
  const { sim, start, channel, ready, submit, inState, view } = await stage(t, [{ fastHours: 0 }], 500)
  const first = await start()
  await ready(1)
  const { id } = await submit(imagine('a mill'))
  await until(async () => (await view(channel(0))).state === 'exhausted')
  await first.close()
  sim.setAccount(0, { fastHours: 3 })
  expect((await view(channel(0))).state).toBe('exhausted')
  await start()
  await inState(id, 'done')
})

test('errors that nobody knows on several jobs in a row pause the account', async (t) => {
  const { sim, start, channel, ready, submit, inState, view } = await stage(t, [{}])
  await start()
  await ready(1)
  sim.faults.once({ kind: 'bad-news', news: 'unknown-red', times: 4 })
  for (const prompt of ['a', 'b', 'c', 'd']) {
    expect((await view(channel(0))).state).toBe('ready')
    const { id } = await submit(imagine(`${prompt} mill`))
    expect(await inState(id, 'failed')).toMatchObject({ failure: { message: 'A red message.' } })
  }
  await until(async () => (await view(channel(0))).state === 'cooling')
})

test('a picture that is taken away while it is drawn fails as moderated, and its use comes back', async (t) => {
  const { sim, start, ready, submit, inState } = await stage(t, [{}])
  await start()
  await ready(1)
  sim.faults.once({ kind: 'job', does: 'vanish', atPercent: 30 })
  const { id, ledger } = await submit(imagine('a mill'))
  expect(await inState(id, 'failed')).toMatchObject({ failure: { code: 'moderated' } })
  expect(await ledger()).toMatchObject({ remaining: 10, reserved: 0, used: 0 })
})
