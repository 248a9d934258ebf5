import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import type { JobId } from '../../src/ids.ts'
import { tokenSecret } from '../../src/webhooks/signature.ts'
import { receiver } from '../helpers/receiver.ts'
import { testScheduler } from '../helpers/scheduler.ts'
import { pass, playJob, webhookSecret as secret, settle, webhooksOf } from '../helpers/webhooks.ts'

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
