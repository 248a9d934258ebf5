import { expect, test } from 'vitest'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { startGateway } from '../helpers/gateway.ts'
import { nativeClient } from '../helpers/native-client.ts'

interface Trace {
  why: string | null
  events: { id: string; name: string; at: string; data: string }[]
}

test('a trace tells the whole life of a job, in order and with why its account was chosen', async (t) => {
  const sim = await startSimulator({ accounts: 1, speed: 60, pictureSize: 'tiny' })
  t.onTestFinished(() => sim.close())
  const { url } = await startGateway(t, { sim, settings: { accounts: { minIntervalMs: 20 } } })
  const client = await nativeClient(url)
  await client.ready(1)
  const { id } = await client.submit({ kind: 'imagine', prompt: 'a red fox' })
  const { account, timings } = await client.done(id)
  const { why, events } = (await client.ask('GET', `/v1/jobs/${id}/trace`)).body as Trace

  expect(why).toContain(account)
  const names = events.map(({ name }) => name)
  expect(names.slice(0, 4)).toEqual(['job-queued', 'job-assigned', 'send-started', 'send-accepted'])
  expect(names).toContain('progress-reported')
  expect(names.at(-1)).toBe('job-finished')
  expect(names.filter((name) => name === 'job-finished')).toHaveLength(1)
  expect(events[1]?.data).toBe(account)
  const times = events.map(({ at }) => Date.parse(at))
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect([events[0]?.at, events.at(-1)?.at]).toEqual([timings.queuedAt, timings.finishedAt])
})
