import { expect, test } from 'vitest'
import { startGateway } from './gateway.ts'

test('those who share the anonymous token neither see nor steer what the others do', async (t) => {
  const issuing = await startGateway()
  t.onTestFinished(() => issuing.close())
  const anonymousToken = await issuing.tokens.issue({ count: 10, days: 1, class: 'fast' })
  const gateway = await startGateway({ tokens: issuing.tokens, jobs: issuing.jobs, anonymousToken })
  t.onTestFinished(() => gateway.close())
  const submitted = await gateway.post('/v1/jobs', { kind: 'imagine', prompt: 'a fox' })
  expect(submitted.status).toBe(202)
  const { id } = submitted.json() as { id: string }

  expect(await gateway.get(`/v1/jobs/${id}`)).toMatchObject({ status: 200 })
  expect(await gateway.get('/v1/jobs', { root: id })).toMatchObject({ status: 200 })
  for (const path of ['/v1/jobs', '/v1/events', '/v1/webhook']) {
    expect(await gateway.get(path)).toMatchObject({ status: 401 })
  }
  const url = 'https://hooks.example/stranger'
  expect(await gateway.ask({ method: 'PUT', url: '/v1/webhook', payload: { url } })).toMatchObject({
    status: 401,
  })
  for (const path of ['/mj/task/list', '/mj/task/queue', '/api/v1/task/list']) {
    expect((await gateway.get(path)).json()).toEqual([])
  }
  const own = { authorization: `Bearer ${anonymousToken}` }
  expect((await gateway.get('/mj/task/list', {}, own)).json()).toHaveLength(1)
})
