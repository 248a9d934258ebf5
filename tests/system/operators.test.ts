import sharp from 'sharp'
import { expect, test } from 'vitest'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { caller } from '../helpers/caller.ts'
import { adminKey, startGateway } from '../helpers/gateway.ts'
import { expectOwnPictures } from '../helpers/pool-check.ts'
import { until } from '../helpers/until.ts'

const settings = { accounts: { minIntervalMs: 10 } }

interface Device {
  channelID: string
  patternType: string
  status: string
  count: string
}

test('switch sends the command, hands the bot’s own answer back and moves the account to the other lane', async (t) => {
  const sim = await startSimulator({
    accounts: [{ mode: 'fast' }, { mode: 'fast' }],
    speed: 60,
    pictureSize: 'tiny',
  })
  t.onTestFinished(() => sim.close())
  const { url } = await startGateway(t, { sim, settings })
  const { get, token: issue, imagine, pictures } = caller(url)
  const [first] = sim.accounts
  const client_id = first?.channelId ?? ''
  const switched = (type: string) =>
    get<{ code: number; result: unknown }>('switch', { type, client_id, key: adminKey })
  await until(async () => (await fetch(`${url}/readyz`)).ok)

  expect(await switched('info')).toMatchObject({
    code: 200,
    result: {
      title: expect.stringContaining('Your info'),
      'description:': expect.stringContaining('Subscription'),
    },
  })
  expect(await switched('relax')).toMatchObject({ code: 200, result: expect.stringMatching(/^Done!/) })
  const devices = await get<Device[]>('get_devices', { key: adminKey })
  expect(devices.find(({ channelID }) => channelID === client_id)?.patternType).toBe('relax')
  expect(sim.accounts[0]?.mode).toBe('relax')

  // A token below the policy's threshold draws relaxed, and finds the account in its new lane.
  const job = await imagine(await issue(10), 'a slow river')
  const done = await pictures(job.id)
  expect(done.client_id).toBe(client_id)
  expect(await switched('sing').catch((error: Error) => error.message)).toContain('400')
})

test('describe uploads the picture and brings the four prompts', async (t) => {
  const sim = await startSimulator({ accounts: 1, speed: 60, pictureSize: 'tiny' })
  t.onTestFinished(() => sim.close())
  const { url } = await startGateway(t, { sim, settings })
  const bytes = await sharp({ create: { width: 64, height: 48, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
  const form = new FormData()
  form.set('image', new Blob([new Uint8Array(bytes)], { type: 'image/png' }), 'teal.png')
  const answer = await fetch(`${url}/midjourney/describe`, { method: 'POST', body: form })
  const { id, desc } = (await answer.json()) as { id: string; desc: unknown[] }
  expect(desc).toEqual([])
  const described = await until(async () => {
    const { desc } = await caller(url).get<{ desc: { desc_text: string; actions: unknown[] }[] }>('descjob', {
      id,
    })
    return desc[0]
  })
  expect(described.desc_text).toMatch(/^1️⃣ .+2️⃣ .+3️⃣ .+4️⃣ /su)
  expect(described.actions.length).toBeGreaterThan(0)
})

test('upscale=true draws the U1 of the grid without charging it', async (t) => {
  const sim = await startSimulator({ accounts: 1, speed: 60, pictureSize: 'tiny' })
  t.onTestFinished(() => sim.close())
  const { url } = await startGateway(t, { sim, settings })
  const client = caller(url)
  const token = await client.token(50)
  const job = await client.imagine(token, 'two herons', { upscale: 'true' })
  const done = await client.pictures(job.id, 2)
  expect(done).toMatchObject({ upscale: true, tasks: 1 })
  expect(sim.truth.jobs()).toMatchObject([{ kind: 'imagine' }, { kind: 'upscale', index: 1 }])
  const { data } = await client.get<{ data: { used: number }[] }>('get_token', { key: adminKey })
  expect(data).toMatchObject([{ granted: 50, remaining: 49, reserved: 0, used: 1 }])
})

test('a refused prompt fails with the bot’s words and gives the use back at once, once', async (t) => {
  const sim = await startSimulator({ accounts: 1, speed: 60, pictureSize: 'tiny' })
  t.onTestFinished(() => sim.close())
  const { url } = await startGateway(t, { sim, settings })
  const client = caller(url)
  const token = await client.token(50)
  const job = await client.imagine(token, 'a lake --v 99')
  const failed = await until(async () => {
    const now = await client.job(job.id)
    return now.images.length > 0 ? now : null
  })
  expect(failed.images).toMatchObject([{ title: 'Invalid parameter', error: expect.stringContaining('99') }])
  const { data } = await client.get<{ data: { used: number }[] }>('get_token', { key: adminKey })
  expect(data).toMatchObject([{ granted: 50, remaining: 50, reserved: 0, used: 0 }])
})

test('the bot’s queue shows as a notice and a status, and lifts by itself', async (t) => {
  const sim = await startSimulator({
    accounts: [{ mode: 'fast', plan: 'standard' }],
    speed: 30,
    limits: { fast: 1 },
    pictureSize: 'tiny',
  })
  t.onTestFinished(() => sim.close())
  const { url } = await startGateway(t, { sim, settings })
  const client = caller(url)
  const token = await client.token(50)
  const jobs = [await client.imagine(token, 'one hill'), await client.imagine(token, 'two hills')]
  const status = async () => (await client.get<Device[]>('get_devices', { key: adminKey }))[0]?.status
  await until(async () => (await status()) === 'queued')
  const [, second] = await Promise.all(jobs.map(({ id }) => client.pictures(id)))
  expect(second?.images).toMatchObject([{ title: 'Job queued' }, { url: expect.stringContaining('http') }])
  await until(async () => (await status()) === 'idle')
})

test('jobs that the bot has no room for wait with us and are drawn once it has', async (t) => {
  const sim = await startSimulator({
    accounts: [{ mode: 'fast', plan: 'standard' }],
    speed: 40,
    limits: { fast: 1, queued: 0 },
    pictureSize: 'tiny',
  })
  t.onTestFinished(() => sim.close())
  const { url } = await startGateway(t, { sim, settings })
  const client = caller(url)
  const token = await client.token(50)
  const jobs = await Promise.all(
    Array.from({ length: 4 }, (_, i) => client.imagine(token, `hill number ${i} from afar`)),
  )
  expectOwnPictures(sim, await Promise.all(jobs.map(({ id }) => client.pictures(id, 1, 45_000))))
})

test('an account whose proxy is down or wrong reaches Discord neither directly nor at all', async (t) => {
  const proxyCredentials = { username: 'someone', password: 'something' }
  const sim = await startSimulator({
    accounts: [{ mode: 'fast', proxyCredentials }, { mode: 'fast' }, { mode: 'fast' }],
    speed: 60,
    pictureSize: 'tiny',
  })
  t.onTestFinished(() => sim.close())
  await sim.setProxy(1, 'down')
  const withProxy = (index: number) => {
    const proxy = sim.accounts[index]?.proxyUrl ?? ''
    return { proxy: index === 0 ? proxy.replace('something', 'else') : proxy }
  }
  const { url } = await startGateway(t, { sim, settings, entry: withProxy })
  const client = caller(url)
  const job = await client.imagine(await client.token(50), 'a gate')
  const done = await client.pictures(job.id)
  // Only the account whose proxy works has drawn; the others' sockets and requests went nowhere.
  expect(done.client_id).toBe(sim.accounts[2]?.channelId)
  for (const index of [0, 1]) {
    const { direct, proxied, identifies } = sim.truth.counters(index)
    expect({ direct, proxied, identifies }).toEqual({
      direct: { api: 0, gateway: 0, cdn: 0, upload: 0, activities: 0 },
      proxied: { api: 0, gateway: 0, cdn: 0, upload: 0, activities: 0 },
      identifies: 0,
    })
  }
  expect(sim.truth.counters(2).direct).toMatchObject({ api: 0, gateway: 0 })
})
