import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { createClock } from '../../src/clock.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { caller } from '../helpers/caller.ts'
import { adminKey, startGateway } from '../helpers/gateway.ts'
import { expectOwnPictures } from '../helpers/pool-check.ts'
import { redisUrl } from '../helpers/redis.ts'
import { until } from '../helpers/until.ts'

const settings = { accounts: { minIntervalMs: 10 } }

/** The account's fields as they stand in Redis. */
function accountReader(t: { onTestFinished(done: () => void): void }, prefix: string) {
  const redis = new Redis(redisUrl())
  t.onTestFinished(() => redis.disconnect())
  return (channelId: string) => redis.hgetall(`${prefix}:{main}:account:${channelId}`)
}

test('an account whose token dies takes no jobs, fails what waits for it, and comes back when told so', async (t) => {
  const sim = await startSimulator({
    accounts: [{ mode: 'fast' }, { mode: 'fast' }],
    speed: 40,
    pictureSize: 'tiny',
  })
  t.onTestFinished(() => sim.close())
  const { url, prefix } = await startGateway(t, {
    sim,
    settings: { ...settings, leases: { leaseMs: 50_000, renewMs: 5_000 } },
    clock: createClock(5),
  })
  const account = accountReader(t, prefix)
  const client = caller(url)
  const token = await client.token(100)
  const grid = await client.pictures((await client.imagine(token, 'a windmill')).id)
  const owner = sim.accounts.findIndex(({ channelId }) => channelId === grid.client_id)
  const state = async () => (await account(grid.client_id))['state']

  sim.setAccount(owner, { tokenDead: true })
  sim.dropSockets({ account: owner, invalidSession: true })
  await until(async () => (await state()) === 'dead', { timeoutMs: 40_000 })
  // Another account draws; a button of the dead one's picture is refused before anything is charged.
  const other = await client.pictures((await client.imagine(token, 'a water mill')).id)
  expect(other.client_id).not.toBe(grid.client_id)
  const [picture] = grid.images
  const press = () =>
    client.action(token, picture?.id ?? '', picture?.actions?.[0]?.[0]?.id ?? '', grid.client_id)
  await expect(press()).rejects.toThrow()
  expect(
    (await client.get<{ data: { used: number; reserved: number }[] }>('get_token', { key: adminKey })).data,
  ).toMatchObject([{ used: 2, reserved: 0, remaining: 98 }])

  sim.setAccount(owner, { tokenDead: false })
  await client.get('switch', { type: 'resume', client_id: grid.client_id, key: adminKey })
  await until(async () => (await state()) === 'ready', { timeoutMs: 40_000 })
  await press()
  await client.pictures(grid.id, 2)
})

test('an account that is asked to slow down gives its waiting jobs away and is tried again after it', async (t) => {
  const sim = await startSimulator({
    accounts: [{ mode: 'fast' }, { mode: 'fast' }],
    speed: 20,
    pictureSize: 'tiny',
  })
  t.onTestFinished(() => sim.close())
  const clock = createClock(20)
  const leases = { leaseMs: 200_000, renewMs: 60_000 }
  const { url, prefix } = await startGateway(t, { sim, settings: { ...settings, leases }, clock })
  const account = accountReader(t, prefix)
  const states = async () =>
    Promise.all(sim.accounts.map(async ({ channelId }) => (await account(channelId))['state']))
  const client = caller(url)
  const token = await client.token(100)
  sim.faults.once({ kind: 'bad-news', news: 'slow-down' })
  const jobs = await Promise.all(
    Array.from({ length: 8 }, (_, i) => client.imagine(token, `mill number ${i}`)),
  )
  await until(async () => (await states()).includes('cooling'))
  await until(async () => {
    const now = await Promise.all(jobs.map(({ id }) => client.job(id)))
    return now.every(({ images }) => images.some(({ url, error }) => url || error))
  })
  await until(async () => !(await states()).includes('cooling'), { timeoutMs: 60_000 })
  const after = await Promise.all(
    Array.from({ length: 6 }, (_, i) => client.imagine(token, `barn number ${i}`)),
  )
  expectOwnPictures(sim, await Promise.all(after.map(({ id }) => client.pictures(id))))
})

test('READY that asks for something only a person can do stops the account', async (t) => {
  const sim = await startSimulator({ accounts: [{ mode: 'fast' }], speed: 40, pictureSize: 'tiny' })
  t.onTestFinished(() => sim.close())
  sim.faults.once({ kind: 'required-action', action: 'REQUIRE_VERIFIED_PHONE' })
  const log: string[] = []
  const { url, prefix } = await startGateway(t, { sim, settings, onLogLine: (line) => void log.push(line) })
  const account = accountReader(t, prefix)
  const channel = sim.accounts[0]?.channelId ?? ''
  await until(async () => (await account(channel))['state'] === 'attention')
  expect(log.some((line) => line.includes('account needs a person'))).toBe(true)
  const client = caller(url)
  const job = await client.imagine(await client.token(50), 'a tower')
  expect((await client.job(job.id)).images).toEqual([])
  expect(sim.truth.interactions()).toEqual([])
})
