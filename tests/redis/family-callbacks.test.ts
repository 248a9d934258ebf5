import { expect, test } from 'vitest'
import { fromJob as taskOf } from '../../src/http/dialects/submit/from-job.ts'
import { extrasFor as taskExtras } from '../../src/http/dialects/submit/to-request.ts'
import { firstMessageOf } from '../../src/http/dialects/trigger/ids.ts'
import { extrasFor as triggerExtras } from '../../src/http/dialects/trigger/to-request.ts'
import { receiver } from '../helpers/receiver.ts'
import { testScheduler } from '../helpers/scheduler.ts'
import { playJob, settle, webhooksOf } from '../helpers/webhooks.ts'

const prompt = 'red fox'

test('a receiver of the trigger family hears start, generating and end, with its six keys in order', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const there = receiver(t)
  await there.listen()
  const webhooks = webhooksOf(pool, { globalUrl: there.url() })
  await settle(webhooks)
  const trigger = '4821733901'
  const end = firstMessageOf(trigger)
  const job = await pool.service.imagine({
    token: await pool.token(),
    prompt,
    ...triggerExtras(trigger, end),
  })
  await playJob(pool, job, [31])
  await settle(webhooks)

  const told = there.taken.map(({ body }) => JSON.parse(body) as Record<string, unknown>)
  expect(told.map(({ type }) => type)).toEqual(['start', 'generating', 'end'])
  for (const one of told) {
    expect(Object.keys(one)).toEqual(['type', 'id', 'content', 'attachments', 'embeds', 'trigger_id'])
    expect(one).toMatchObject({ trigger_id: trigger, embeds: [] })
    expect(one.content).toContain(`<#${trigger}#>`)
    expect(Number.isSafeInteger(one.id)).toBe(true)
  }
  expect(told[1]?.content).toContain('(31%)')
  expect(String(told[2]?.id)).toBe(end)
  expect(told[2]?.id).not.toBe(told[1]?.id)
  expect(there.taken[0]?.headers['content-type']).toMatch(/^application\/json/)
})

test('a notifyHook of the submit family hears the end alone: the task as a look at it shows it', async (t) => {
  const pool = testScheduler(t)
  await pool.account('1001')
  const [own, everyones] = [receiver(t), receiver(t)]
  await Promise.all([own.listen(), everyones.listen()])
  const webhooks = webhooksOf(pool, { globalUrl: everyones.url() })
  await settle(webhooks)
  const values = { action: 'IMAGINE', prompt, taskId: '', index: '', state: 'main', notifyHook: own.url() }
  const { id } = await pool.service.imagine({ token: await pool.token(), prompt, ...taskExtras(values) })
  await playJob(pool, { id }, [10, 60])
  await settle(webhooks)

  const job = await pool.service.find(id)
  if (!job) throw new Error('no job')
  expect(own.taken.map(({ body }) => JSON.parse(body))).toEqual([taskOf(job)])
  expect(own.taken[0]?.json).toMatchObject({ status: 'SUCCESS', state: 'main', notifyHook: own.url() })
  expect(everyones.taken).toEqual([])
})
