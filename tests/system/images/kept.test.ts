import { buffer } from 'node:stream/consumers'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { createAccountFiles } from '../../../src/account-files.ts'
import { parsePoolFile } from '../../../src/accounts/pool-file.ts'
import { systemClock } from '../../../src/clock.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts'
import { accountsFile, adminKey, startGateway } from '../../helpers/gateway.ts'
import { nativeClient } from '../../helpers/native-client.ts'
import { receiver } from '../../helpers/receiver.ts'
import { testRedis } from '../../helpers/redis.ts'
import { until } from '../../helpers/until.ts'

/** One account that reaches Discord through its proxy only. */
async function startProxied(t: Parameters<typeof startGateway>[0]): Promise<Simulator> {
  const sim = await startSimulator({ accounts: [{ requireProxy: true }], speed: 40, seed: 5 })
  t.onTestFinished(() => sim.close())
  return sim
}

const proxied = (sim: Simulator) => () => ({ proxy: sim.accounts[0]?.proxyUrl, minIntervalMs: 20 })
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())
const pixels = (bytes: Buffer) => sharp(bytes).raw().toBuffer()

/** What is sent through from Discord has no ETag. */
const copied = (url: string) =>
  until(async () => (await fetch(url, { method: 'HEAD' })).headers.get('etag'), { what: 'the copy' })

test('a grid stays, with its quarters, when Discord can no longer be reached', async (t) => {
  const sim = await startProxied(t)
  const { url } = await startGateway(t, { sim, entry: proxied(sim) })
  const client = await nativeClient(url)
  await client.ready(1)
  const { result, id } = await client.done((await client.submit({ kind: 'imagine', prompt: 'a fox' })).id)
  const [file] = result.files
  if (!file) throw new Error('no file')
  expect(file.url).toBe(`${url}/images/${id}/${file.filename}`)
  expect(file.discordUrl).toContain(sim.urls.cdn)
  const etag = await copied(file.url)
  await sim.setProxy(0, 'down')

  const original = await fetch(file.url)
  expect(original.headers.get('access-control-allow-origin')).toBe('*')
  const grid = await bytesOf(original)
  expect(grid.length).toBe(file.size)
  expect((await fetch(file.url, { headers: { 'if-none-match': String(etag) } })).status).toBe(304)
  const part = await fetch(file.url, { headers: { range: 'bytes=0-9' } })
  expect([part.status, await bytesOf(part)]).toEqual([206, grid.subarray(0, 10)])

  const { width = 0, height = 0 } = await sharp(grid).metadata()
  const [halfWidth, halfHeight] = [width / 2, height / 2]
  expect(result.quarters).toHaveLength(4)
  for (const [index, link] of result.quarters.entries()) {
    const quarter = { left: (index % 2) * halfWidth, top: Math.floor(index / 2) * halfHeight }
    const cut = await sharp(grid)
      .extract({ ...quarter, width: halfWidth, height: halfHeight })
      .raw()
      .toBuffer()
    expect((await pixels(await bytesOf(await fetch(link)))).equals(cut)).toBe(true)
  }
  for (const link of [result.thumbnail, result.webp]) {
    expect((await fetch(String(link))).headers.get('content-type')).toBe('image/webp')
  }
})

test('a picture that could not be copied is copied by the node that comes next', async (t) => {
  const sim = await startProxied(t)
  const { prefix, url: redisUrl } = testRedis(t)
  const first = await startGateway(t, { sim, prefix, redisUrl, entry: proxied(sim) })
  const client = await nativeClient(first.url)
  await client.ready(1)
  sim.faults.set({ fileErrorRate: 1 })
  const { id } = await client.submit({ kind: 'imagine', prompt: 'an owl' })
  await client.done(id)
  await first.close()
  sim.faults.set({ fileErrorRate: 0 })
  const second = await startGateway(t, { sim, prefix, redisUrl, entry: proxied(sim) })
  const response = await fetch(`${second.url}/v1/jobs/${id}`, {
    headers: { authorization: `Bearer ${client.token}` },
  })
  const { result } = (await response.json()) as Awaited<ReturnType<typeof client.done>>
  await copied(result.files[0]?.url ?? '')
})

test('links can be signed, and files be removed by the owner of their job', async (t) => {
  const sim = await startProxied(t)
  const settings = { images: { linkSeconds: 3600 } }
  const { url } = await startGateway(t, { sim, entry: proxied(sim), settings })
  const client = await nativeClient(url)
  const stranger = await nativeClient(url)
  await client.ready(1)
  const { id, result } = await client.done((await client.submit({ kind: 'imagine', prompt: 'a hare' })).id)
  const link = result.files[0]?.url ?? ''
  await copied(link)
  const status = async (address: string) => (await fetch(address)).status
  expect(await status(link)).toBe(200)
  expect(await status(link.replace(/\?.*/, ''))).toBe(403)
  expect(await status(link.replace(/expires=(\d)/, 'expires=9'))).toBe(403)

  const remove = async (key: string) =>
    (
      await fetch(`${url}/images/${id}`, {
        method: 'DELETE',
        ...(key ? { headers: { authorization: `Bearer ${key}` } } : {}),
      })
    ).status
  expect(await remove('')).toBe(401)
  expect(await remove(stranger.token)).toBe(404)
  expect(await status(link)).toBe(200)
  expect(await remove(client.token)).toBe(204)
  expect(await status(link)).toBe(410)
})

test('every family and every callback links to the copy', async (t) => {
  const sim = await startProxied(t)
  const there = receiver(t)
  await there.listen()
  const publicUrl = 'https://pictures.example'
  const env = { PUBLIC_URL: publicUrl, CALLBACK_URL: there.url(), WEBHOOK_ALLOW_PRIVATE: 'true' }
  const { url } = await startGateway(t, { sim, entry: proxied(sim), env })
  const client = await nativeClient(url)
  await client.ready(1)
  const ask = async (path: string, body?: object): Promise<Record<string, unknown>> => {
    const response = await fetch(`${url}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: {
        authorization: `Bearer ${client.token}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return (await response.json()) as Record<string, unknown>
  }
  const prompt = 'a heron'
  const found = (path: string) =>
    until(
      async () => {
        const text = JSON.stringify(await ask(path))
        const [link] = /https:\/\/pictures\.example\/images\/[^"]+/.exec(text) ?? []
        if (link !== undefined) expect(text).not.toContain(sim.urls.cdn)
        return link ?? null
      },
      { what: path },
    )

  const seed = await ask(`/midjourney/imagine?token=${client.token}&prompt=${prompt}`)
  const proxyTask = await ask('/mj/submit/imagine', { prompt })
  const task = await ask('/api/v1/trigger/submit', { action: 'IMAGINE', prompt })
  const trigger = await ask('/v1/api/trigger/imagine', { prompt })
  const links = [
    await found(`/midjourney/job?id=${seed.id}`),
    await found(`/mj/task/${proxyTask.result}/fetch`),
    await found(`/api/v1/task/fetch?id=${task.result}`),
    await found(`/v1/api/trigger/getmessage?trigger_id=${trigger.trigger_id}`),
  ]
  for (const link of links) {
    const answer = await fetch(link.replace(publicUrl, url))
    expect(answer.headers.get('content-type')).toMatch(/^image\//)
    expect((await sharp(await bytesOf(answer)).metadata()).width).toBeGreaterThan(0)
  }
  const history = await ask(`/midjourney/history?token=${client.token}`)
  expect(new Set((history.data as { images_url: string }[]).map(({ images_url }) => images_url))).toEqual(
    new Set(links),
  )
  const redirect = await fetch(`${url}/mj/image/${proxyTask.result}`, { redirect: 'manual' })
  expect(redirect.headers.get('location')).toBe(links[1])
  const told = () =>
    there.taken.flatMap(({ body }) => /https:\/\/pictures\.example\/images\/[^"]+/.exec(body) ?? [])
  await until(() => links.every((link) => told().includes(link)), { what: 'a callback with each link' })
  expect(new Set(told())).toEqual(new Set(links))
  const asOperator = { headers: { authorization: `Bearer ${adminKey}` } }
  const list = await (await fetch(`${url}/v1/jobs`, asOperator)).text()
  expect(list).toContain(links[0])
})

test('the files of an account are reached its own way, by fresh addresses where the old ones have expired', async (t) => {
  const sim = await startProxied(t)
  const { url } = await startGateway(t, { sim, entry: proxied(sim) })
  const client = await nativeClient(url)
  await client.ready(1)
  const { result } = await client.done((await client.submit({ kind: 'imagine', prompt: 'a crane' })).id)
  const [file] = result.files
  if (!file) throw new Error('no file')
  const accounts = parsePoolFile(accountsFile(sim, proxied(sim)), 'test')
  const log = createLogger('silent')
  const files = createAccountFiles({ accounts, apiUrl: sim.urls.api, clock: systemClock, log })
  t.onTestFinished(() => files.close())
  const account = String(accounts[0]?.id)
  const unsigned = file.discordUrl.replace(/\?.*/, '')
  const most = { maxBytes: 50_000_000 }
  expect(await files.fetchFile(account, unsigned, most)).toMatchObject({ ok: false, status: 404 })
  const [fresh, unknown] = await files.refreshUrls(account, [
    unsigned,
    `${sim.urls.cdn}/attachments/1/2/x.png`,
  ])
  expect(unknown).toBe(null)
  const fetched = await files.fetchFile(account, String(fresh), most)
  if (!fetched.ok) throw new Error(fetched.why)
  expect((await buffer(fetched.body)).length).toBe(file.size)
  expect(await files.fetchFile(account, String(fresh), { maxBytes: 10 })).toMatchObject({ ok: false })
  expect(await files.fetchFile('999999999999999999', String(fresh), most)).toMatchObject({ ok: false })
  await sim.setProxy(0, 'down')
  expect(await files.fetchFile(account, String(fresh), most)).toMatchObject({ ok: false, status: null })
})

test('a film is kept like a picture, and nothing is made from it', async (t) => {
  const sim = await startProxied(t)
  const { url } = await startGateway(t, { sim, entry: proxied(sim) })
  const client = await nativeClient(url)
  await client.ready(1)
  const accept = { onDialog: 'accept' }
  const press = async (id: string, button: string | undefined) =>
    client.done((await client.press(id, { button, ...accept })).id)
  const grid = await client.done((await client.submit({ kind: 'imagine', prompt: 'a stork' })).id)
  const single = await press(grid.id, 'U1')
  const animate = single.result.buttons.flat().find(({ id }) => id.startsWith('MJ::JOB::animate_'))?.id
  const films = await press(single.id, animate)
  const film = await press(films.id, 'U2')
  const [file] = film.result.files
  if (!file) throw new Error('no file')
  expect(file.contentType).toBe('video/mp4')
  expect([film.result.thumbnail, film.result.webp, film.result.quarters]).toEqual([null, null, []])
  for (const one of [...films.result.files, file]) await copied(one.url)
  await sim.setProxy(0, 'down')
  const whole = await bytesOf(await fetch(file.url))
  expect(whole.length).toBe(file.size)
  const wound = await fetch(file.url, { headers: { range: `bytes=${whole.length - 5}-` } })
  expect([wound.status, await bytesOf(wound)]).toEqual([206, whole.subarray(-5)])
})
