import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { callbackBodies } from '../../src/http/callback-bodies.ts'
import type { JobId } from '../../src/ids.ts'
import { tokenSecret } from '../../src/webhooks/signature.ts'
import { Webhooks } from '../../src/webhooks/webhooks.ts'
import type { Finishing } from '../helpers/redis.ts'
import { someResult, type TestScheduler, testScheduler } from '../helpers/scheduler.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const minute = 60_000

interface Received {
  id: string
  headers: Record<string, string>
  body: string
  json: { type: string; data: { id: string; percent?: number } }
}

type Mood = 'works' | 'fails' | 'hangs' | 'gone' | 'redirects'

/** A receiver that can be down, fail, hang and work; what it took is kept. */
function receiver(t: Finishing) {
  const taken: Received[] = []
  const tried: { id: string; mood: Mood }[] = []
  let mood: Mood = 'works'
  let elsewhere = ''
  let server: Server | null = null
  let port = 0
  const listen = () =>
    new Promise<void>((resolve) => {
      server = createServer((request, response) => {
        let body = ''
        request.on('data', (chunk) => {
          body += chunk
        })
        request.on('end', () => {
          const id = String(request.headers['webhook-id'])
          tried.push({ id, mood })
          if (mood === 'hangs') return
          if (mood === 'redirects') return void response.writeHead(307, { location: elsewhere }).end()
          if (mood === 'works')
            taken.push({
              id,
              headers: request.headers as Record<string, string>,
              body,
              json: JSON.parse(body),
            })
          response.writeHead({ works: 200, fails: 500, gone: 410 }[mood]).end('thank you')
        })
      })
      const listening = server.listen(port, '127.0.0.1', () => {
        port = (listening.address() as AddressInfo).port
        resolve()
      })
    })
  const down = () =>
    new Promise<void>((resolve) => {
      server?.closeAllConnections()
      server?.close(() => resolve())
      server = null
    })
  t.onTestFinished(() => (server ? down() : undefined))
  return {
    taken,
    tried,
    listen,
    down,
    be: (next: Mood, place = '') => {
      mood = next
      elsewhere = place
    },
    url: () => `http://127.0.0.1:${port}/hook`,
  }
}

function webhooksOf(pool: TestScheduler, more: { globalUrl?: string; allowPrivate?: boolean } = {}) {
  return new Webhooks({
    store: pool.webhooks,
    jobs: pool.jobs,
    history: (job) => pool.webhooks.historyOf(job),
    globalUrl: null,
    secret,
    renderers: callbackBodies,
    allowPrivate: true,
    answerWithinMs: 300,
    node: 'node',
    clock: pool.clock,
    random: () => 0.5,
    log: { debug() {}, info() {}, warn() {}, error() {} } as never,
    ...more,
  })
}

/** Lets simulated time pass, minute by minute, and sends what is due. */
async function pass(pool: TestScheduler, webhooks: Webhooks, minutes: number): Promise<void> {
  for (let passed = 0; passed < minutes; passed += 1) {
    pool.clock.advance(minute)
    await settle(webhooks)
  }
}

async function settle(webhooks: Webhooks): Promise<void> {
  while (await webhooks.relay.passOn());
  while ((await webhooks.sender.sendDue()) > 0);
}

/** A job that is submitted, draws and ends. */
async function playJob(pool: TestScheduler, { id }: { id: JobId }, percents: number[]) {
  const job = await pool.service.find(id)
  const lease = { account: job?.account as never, node: pool.node, epoch: 1 }
  for (const event of ['send-started', 'send-accepted'] as const)
    await pool.accounts.record(lease, { job: id, event, tell: '' })
  for (const percent of percents) {
    const fields = { track: { nonces: [], percent } }
    await pool.accounts.record(lease, {
      job: id,
      event: 'progress-reported',
      fields,
      tell: JSON.stringify({ percent }),
    })
  }
  await pool.accounts.finish(lease, { job: id, event: 'job-finished', result: someResult(), followUp: false })
}

test('a receiver that is down for forty minutes, fails, hangs and works again gets everything, in order', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const token = await pool.token()
  const there = receiver(t)
  await there.listen()
  const webhooks = webhooksOf(pool)
  await settle(webhooks)
  await there.down()

  const ids: JobId[] = []
  for (let number = 0; number < 3; number += 1) {
    const job = await pool.service.imagine({ token, prompt: `fox ${number}`, callback: { url: there.url() } })
    ids.push(job.id)
    await playJob(pool, job, [10, 60])
  }
  await pass(pool, webhooks, 40)
  expect(there.taken).toEqual([])
  await there.listen()
  there.be('fails')
  await pass(pool, webhooks, 45)
  there.be('hangs')
  await pass(pool, webhooks, 70)
  there.be('works')
  await pass(pool, webhooks, 8 * 60)

  const verifier = new Webhook(tokenSecret(secret, token))
  for (const id of ids) {
    const own = there.taken.filter(({ json }) => json.data.id === id)
    // Progress that nobody could take was replaced by the newest.
    expect(own.map(({ json }) => json.type)).toEqual([
      'job.queued',
      'job.assigned',
      'job.sent',
      'job.progress',
      'job.finished',
    ])
    expect(own.find(({ json }) => json.type === 'job.progress')?.json.data.percent).toBe(60)
    expect(new Set(own.map((one) => one.id)).size).toBe(own.length)
  }
  for (const { headers, body } of there.taken) {
    // The clock of the test is not today's, which is all that the verifier could object to.
    expect(
      verifier.sign(headers['webhook-id'] ?? '', new Date(Number(headers['webhook-timestamp']) * 1000), body),
    ).toBe(headers['webhook-signature'])
  }
  const retried = there.tried.filter(({ mood }) => mood !== 'works').map(({ id }) => id)
  expect(retried.length).toBeGreaterThan(3)
  expect(retried.every((id) => there.taken.some((one) => one.id === id))).toBe(true)
  const log = await webhooks.log(ids[0] as JobId)
  expect(log.at(-1)).toMatchObject({ outcome: 'delivered', status: 200 })
  expect(new Set(log.map(({ outcome }) => outcome))).toEqual(new Set(['retried', 'delivered']))
})

test('a slow receiver holds up nobody else', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const token = await pool.token()
  const [slow, quick] = [receiver(t), receiver(t)]
  await slow.listen()
  await quick.listen()
  slow.be('hangs')
  const webhooks = webhooksOf(pool)
  await settle(webhooks)
  for (const there of [slow, quick]) {
    await playJob(
      pool,
      await pool.service.imagine({
        token,
        prompt: 'fox',
        callback: { url: there.url(), events: ['job.finished'] },
      }),
      [],
    )
  }
  await settle(webhooks)
  expect(quick.taken.map(({ json }) => json.type)).toEqual(['job.finished'])
  expect(slow.taken).toEqual([])
})

test('each family’s receivers get its own body, and only what it tells', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const token = await pool.token()
  const there = receiver(t)
  await there.listen()
  const webhooks = webhooksOf(pool)
  await settle(webhooks)
  const about = {
    family: 'mj-proxy',
    alias: '1700000000000123',
    state: 's',
    notes: { description: '/imagine fox' },
  }
  const job = await pool.service.imagine({
    token,
    prompt: 'fox',
    about,
    callback: { url: there.url(), shape: 'mj-proxy', events: ['job.progress', 'job.finished'] },
  })
  await playJob(pool, job, [31])
  await settle(webhooks)
  expect(there.taken.map(({ body }) => JSON.parse(body))).toMatchObject([
    { id: '1700000000000123', status: 'IN_PROGRESS', progress: '31%', state: 's' },
    { id: '1700000000000123', status: 'SUCCESS', progress: '100%' },
  ])
})

test('the gateway’s own address is told of every job, unless the job forbids it', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const token = await pool.token()
  const [everything, own] = [receiver(t), receiver(t)]
  await everything.listen()
  await own.listen()
  const webhooks = webhooksOf(pool, { globalUrl: everything.url() })
  await settle(webhooks)
  const first = await pool.service.imagine({ token, prompt: 'fox' })
  const second = await pool.service.imagine({
    token,
    prompt: 'hare',
    callback: { url: own.url(), only: true },
  })
  await playJob(pool, first, [])
  await playJob(pool, second, [])
  await settle(webhooks)
  expect(new Set(everything.taken.map(({ json }) => json.data.id))).toEqual(new Set([first.id]))
  expect(new Set(own.taken.map(({ json }) => json.data.id))).toEqual(new Set([second.id]))
  const [told] = everything.taken
  expect(
    new Webhook(secret).sign(
      told?.id ?? '',
      new Date(Number(told?.headers['webhook-timestamp']) * 1000),
      told?.body ?? '',
    ),
  ).toBe(told?.headers['webhook-signature'])
})

test('private addresses are refused, also behind a redirect, and 410 ends it', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const token = await pool.token()
  const there = receiver(t)
  await there.listen()
  const careful = webhooksOf(pool, { allowPrivate: false })
  await settle(careful)
  const refused = await pool.service.imagine({ token, prompt: 'fox', callback: { url: there.url() } })
  await settle(careful)
  expect(there.tried).toEqual([])
  expect(await careful.log(refused.id)).toMatchObject([{ outcome: 'refused', status: null }])

  const webhooks = webhooksOf(pool)
  there.be('redirects', 'file:///etc/passwd')
  const redirected = await pool.service.imagine({ token, prompt: 'hare', callback: { url: there.url() } })
  await settle(webhooks)
  expect(await webhooks.log(redirected.id)).toMatchObject([{ outcome: 'refused' }])

  there.be('gone')
  const gone = await pool.service.imagine({ token, prompt: 'wolf', callback: { url: there.url() } })
  await settle(webhooks)
  there.be('works')
  await pass(pool, webhooks, 60)
  expect(there.taken).toEqual([])
  expect(await webhooks.log(gone.id)).toMatchObject([{ outcome: 'gone' }])
})

test('what was told is told again on request, under the same ids', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const token = await pool.token()
  const there = receiver(t)
  await there.listen()
  const webhooks = webhooksOf(pool)
  await settle(webhooks)
  const job = await pool.service.imagine({ token, prompt: 'fox', callback: { url: there.url() } })
  await playJob(pool, job, [])
  await settle(webhooks)
  const first = there.taken.splice(0)
  expect(first.length).toBeGreaterThan(2)
  expect(await webhooks.replay(job.id)).toBe(first.length)
  await settle(webhooks)
  expect(there.taken.map(({ id }) => id)).toEqual(first.map(({ id }) => id))
})

test('another node goes on where one stopped, and nothing is told twice', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const token = await pool.token()
  const there = receiver(t)
  await there.listen()
  const [one, other] = [webhooksOf(pool), webhooksOf(pool)]
  await settle(one)
  await playJob(
    pool,
    await pool.service.imagine({
      token,
      prompt: 'fox',
      callback: { url: there.url(), events: ['job.finished'] },
    }),
    [],
  )
  await Promise.all([one.relay.passOn(), other.relay.passOn()])
  await Promise.all([settle(one), settle(other)])
  expect(there.taken).toHaveLength(1)
})
