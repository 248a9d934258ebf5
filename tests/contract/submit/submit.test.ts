import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Gateway, gridResult, startGateway } from '../gateway.ts'

let gateway: Gateway
let token: string

beforeEach(async () => {
  gateway = await startGateway()
  token = await gateway.tokens.issue({ count: 10, days: 1, class: 'fast' })
})
afterEach(() => gateway.close())

const bearer = () => ({ authorization: `Bearer ${token}` })
const submitUrl = '/api/v1/trigger/submit'

interface Task {
  _id: string
  status: string
  [name: string]: unknown
}

async function submit(values: Record<string, unknown>) {
  const answer = await gateway.post(submitUrl, values, bearer())
  return { ...answer, ...(answer.json() as { code: number; result: string; description: string }) }
}
const fetch = async (id: string) => (await gateway.get('/api/v1/task/fetch', { _id: id })).json() as Task
const jobOf = async (id: string) => (await gateway.jobs.findAlias('submit', id))?.id ?? ''

async function drawn(values: Record<string, unknown> = { action: 'IMAGINE', prompt: 'A dog' }) {
  const { result } = await submit(values)
  const job = await jobOf(result)
  await gateway.start(job)
  const picture = gridResult()
  await gateway.finish(job, picture)
  return { id: result, picture }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('a submit answers with the id of a task that can be fetched at once', async () => {
  const answer = await submit({
    action: 'IMAGINE',
    prompt: 'A dog',
    state: 'main',
    notifyHook: 'http://host/hook',
  })
  expect(answer).toMatchObject({
    status: 200,
    code: 1,
    description: '成功',
    result: expect.stringMatching(uuid),
  })
  const task = await fetch(answer.result)
  expect(task).toEqual({
    _id: answer.result,
    index: '',
    action: 'IMAGINE',
    prompt: 'A dog',
    promptEn: 'A dog',
    taskId: '',
    uri: '',
    hash: '',
    content: 'A dog',
    progress: '',
    description: '/imagine A dog',
    submitTime: '',
    finishTime: '',
    creationTime: expect.any(Number),
    state: 'main',
    notifyHook: 'http://host/hook',
    imageUrl: '',
    status: 'NOT_START',
  })
})

test.each([
  ['a query', () => gateway.get(submitUrl, { action: 'IMAGINE', prompt: 'A dog' }, bearer())],
  [
    'a form',
    () =>
      gateway.ask({
        method: 'POST',
        url: submitUrl,
        payload: 'action=IMAGINE&prompt=A+dog',
        headers: { ...bearer(), 'content-type': 'application/x-www-form-urlencoded' },
      }),
  ],
  ['JSON', () => gateway.post(submitUrl, { action: 'IMAGINE', prompt: 'A dog' }, bearer())],
  [
    'a query beside a body without an action',
    () => gateway.post(`${submitUrl}?action=IMAGINE&prompt=A%20dog`, { prompt: 'A cat' }, bearer()),
  ],
  [
    'a doubled slash',
    () => gateway.get('/api/v1//trigger/submit', { action: 'IMAGINE', prompt: 'A dog' }, bearer()),
  ],
  [
    'the token in the address',
    () => gateway.get(`/t/${token}${submitUrl}`, { action: 'IMAGINE', prompt: 'A dog' }),
  ],
  [
    'a form in parts, whose query counts',
    () =>
      gateway.ask({
        method: 'POST',
        url: `${submitUrl}?action=IMAGINE&prompt=A%20dog`,
        payload: '--x\r\ncontent-disposition: form-data; name="prompt"\r\n\r\nA cat\r\n--x--\r\n',
        headers: { ...bearer(), 'content-type': 'multipart/form-data; boundary=x' },
      }),
  ],
] as const)('is submitted by %s', async (_, ask) => {
  const answer = await ask()
  expect(answer.status, answer.body).toBe(200)
  expect(await fetch((answer.json() as { result: string }).result)).toMatchObject({ promptEn: 'A dog' })
})

test('a task goes from NOT_START over IN_PROGRESS to SUCCESS, with its picture', async () => {
  const { result } = await submit({ action: 'IMAGINE', prompt: 'A dog' })
  expect(await fetch(result)).toMatchObject({ status: 'NOT_START', progress: '' })
  await gateway.start(await jobOf(result), { percent: 40 })
  expect(await fetch(result)).toMatchObject({ status: 'IN_PROGRESS', progress: '' })
  const picture = gridResult()
  await gateway.finish(await jobOf(result), picture)
  expect(await fetch(result)).toMatchObject({
    status: 'SUCCESS',
    progress: 'done',
    uri: picture.url,
    imageUrl: picture.url,
    hash: picture.uuid,
    taskId: picture.messageId,
    finishTime: expect.any(Number),
  })
})

test('a failed task says so', async () => {
  const { result } = await submit({ action: 'IMAGINE', prompt: 'A dog' })
  await gateway.fail(await jobOf(result))
  expect(await fetch(result)).toMatchObject({
    status: 'FAILURE',
    imageUrl: '',
    finishTime: expect.any(Number),
  })
})

test.each([
  ['UPSCALE', 2, 'upsample::2'],
  ['VARIATION', '3', 'variation::3'],
] as const)('%s presses the button of the parent', async (action, index, button) => {
  const { id } = await drawn()
  const { result, code } = await submit({ action, taskId: id, index })
  expect(code).toBe(1)
  expect(await fetch(result)).toMatchObject({
    action,
    index: String(index),
    taskId: id,
    status: 'NOT_START',
    prompt: 'A dog',
    promptEn: 'A dog',
    content: 'A dog',
    description: '/imagine A dog',
  })
  const job = await gateway.jobs.findAlias('submit', result)
  expect(job?.request).toMatchObject({ kind: 'action', customId: expect.stringContaining(button) })
  expect(await gateway.ledger(token)).toMatchObject({ used: 1, reserved: 1 })
})

test.each([
  ['no action', { prompt: 'A dog' }],
  ['an unknown action', { action: 'DANCE', prompt: 'A dog' }],
  ['no prompt', { action: 'IMAGINE' }],
  ['an unknown parent', { action: 'UPSCALE', taskId: 'x', index: 1 }],
  ['a wrong index', { action: 'UPSCALE', taskId: '8a2c5959-143b-46c5-adb6-242652ac8141', index: 9 }],
  ['nonsense', { action: { $gt: '' }, prompt: ['x'] }],
])('refuses %s with code 0 and touches no use', async (_, values) => {
  const answer = await submit(values)
  expect(answer.code).toBe(0)
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(answer.status).toBeLessThan(500)
  expect(await gateway.ledger(token)).toMatchObject({ remaining: 10 })
})

test('without a token nothing is drawn or listed', async () => {
  expect(await gateway.post(submitUrl, { action: 'IMAGINE', prompt: 'A dog' })).toMatchObject({ status: 401 })
  expect(await gateway.get('/api/v1/task/list')).toMatchObject({ status: 401 })
})

test.each([{}, { _id: 'x' }, { _id: '8a2c5959-143b-46c5-adb6-242652ac8141' }])(
  'fetch of %j is 400 and code 0',
  async (query) => {
    expect(await gateway.get('/api/v1/task/fetch', query as never)).toMatchObject({
      status: 400,
      body: '{"code":0}',
    })
  },
)

test('fetch takes the id from a body, too', async () => {
  const { result } = await submit({ action: 'IMAGINE', prompt: 'A dog' })
  for (const body of [{ id: 'x', _id: result }, { _id: result }, { id: result }]) {
    expect((await gateway.post('/api/v1//task/fetch', body)).json()).toMatchObject({ _id: result })
  }
})

test('list is a bare array of the tasks of the token', async () => {
  expect((await gateway.get('/api/v1//task/list', {}, bearer())).json()).toEqual([])
  const first = await submit({ action: 'IMAGINE', prompt: 'A dog' })
  gateway.clock.advance(1)
  const second = await submit({ action: 'IMAGINE', prompt: 'A cat' })
  const tasks = (await gateway.post('/api/v1/task/list', {}, bearer())).json() as Task[]
  expect(tasks.map(({ _id }) => _id)).toEqual([second.result, first.result])
})

test('pages of any origin may call', async () => {
  const answer = await gateway.app.inject({
    method: 'OPTIONS',
    url: submitUrl,
    headers: { origin: 'http://localhost:8081', 'access-control-request-method': 'POST' },
  })
  expect(answer.headers).toMatchObject({
    'access-control-allow-origin': 'http://localhost:8081',
    'access-control-allow-credentials': 'true',
  })
})
