import { expect, test } from 'vitest'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { caller } from '../helpers/caller.ts'
import { adminKey } from '../helpers/gateway.ts'
import { startNode } from '../helpers/node-process.ts'
import { startOwnRedis } from '../helpers/redis.ts'
import { until } from '../helpers/until.ts'

test('lets no secret into a log line, a response or Redis', { timeout: 120_000 }, async (t) => {
  const password = 'proxy-pass-7f3a9'
  const sim = await startSimulator({
    accounts: Array.from({ length: 2 }, (_, i) => {
      return {
        mode: 'fast' as const,
        requireProxy: true,
        proxyCredentials: { username: `user${i}`, password },
      }
    }),
    speed: 40,
    pictureSize: 'tiny',
  })
  t.onTestFinished(() => sim.close())
  const redis = await startOwnRedis({ aof: true, t })
  const node = await startNode(t, {
    sim,
    redisUrl: redis.url,
    entry: (index) => ({ proxy: sim.accounts[index]?.proxyUrl, minIntervalMs: 20 }),
    env: { LOG_LEVEL: 'debug' },
  })
  const client = caller(node.url)
  const token = await client.token(100)
  const answers: string[] = []
  const ask = async (path: string, init: RequestInit = {}): Promise<string> => {
    const text = await (await fetch(`${node.url}${path}`, init)).text()
    answers.push(text)
    return text
  }

  // Drawing, and all that may go wrong around it: refused, silent and broken upstream, dead proxies, dead tokens.
  const first = JSON.parse(await ask(`/midjourney/imagine?token=${token}&prompt=a+kite`))
  await client.pictures(first.id)
  for (const answer of ['rate-limit', 'rate-limit-html', 'server-error', 'bad-gateway-html'] as const) {
    sim.faults.once({ kind: 'rest', answer, route: '/interactions' })
    await ask(`/midjourney/imagine?token=${token}&prompt=a+kite+after+${answer}`)
  }
  await until(() => sim.truth.interactions().length >= 2)
  await sim.setProxy(0, 'unauthorized')
  await sim.setProxy(1, 'down')
  sim.dropSockets()
  await ask(`/midjourney/imagine?token=${token}&prompt=a+kite+behind+a+dead+proxy`)
  await until(() => node.log.some((line) => line.includes('gateway connection lost')))
  await sim.setProxy(0, 'up')
  await sim.setProxy(1, 'up')
  sim.setAccount(1, { tokenDead: true })
  sim.dropSockets({ account: 1, invalidSession: true })
  await until(() => node.log.some((line) => line.includes('account needs a person')), { timeoutMs: 60_000 })
  for (const path of [
    'job?id=',
    'get_devices?token=',
    'history?token=',
    'imagine?prompt=x&token=x',
    'nowhere?token=',
  ]) {
    await ask(`/midjourney/${path}${token}`)
  }
  await ask(`/midjourney/get_token?key=${adminKey}`)
  await ask('/midjourney/get_token', { headers: { 'x-admin-key': `${adminKey}x` } })
  await ask(`/t/${token}/midjourney/get_queue`)
  await ask('/midjourney/imagine', { method: 'POST', body: `{"token":"${token}",` })

  const secrets = {
    token,
    adminKey,
    password,
    ...Object.fromEntries(sim.accounts.map((a, i) => [`discord ${i}`, a.token])),
  }
  const places = { log: node.log.join('\n'), answers: answers.join('\n'), redis: await redis.dump() }
  const found = Object.entries(secrets).flatMap(([name, secret]) =>
    Object.entries(places).flatMap(([place, text]) => (text.includes(secret) ? [`${name} in ${place}`] : [])),
  )
  expect(found).toEqual([])
  // The search itself works: what is no secret is found in each place.
  for (const text of Object.values(places)) expect(text).toContain(sim.accounts[0]?.channelId)
  // And nothing ever went around the proxies.
  const { direct } = sim.truth.counters()
  expect(direct).toMatchObject({ api: 0, gateway: 0, upload: 0 })
})
