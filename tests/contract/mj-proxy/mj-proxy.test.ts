import { afterEach, beforeEach, expect, test } from 'vitest'
import type { JobId } from '../../../src/ids.ts'
import { type Gateway, gridResult, startGateway } from '../gateway.ts'

let gateway: Gateway
let token: string

beforeEach(async () => {
  gateway = await startGateway()
  token = await gateway.tokens.issue({ count: 10, days: 1, class: 'fast' })
})
afterEach(() => gateway.close())

interface Result {
  code: number
  description: string
  result: string
  properties: Record<string, unknown>
}
interface Task extends Record<string, unknown> {
  id: string
  status: string
  buttons: { customId: string; label: string; emoji: string }[]
}

const secret = () => ({ 'mj-api-secret': token })
const png = `data:image/png;base64,${Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1').toString('base64')}`

async function submit(name: string, body: object, prefix = '/mj') {
  const answer = await gateway.post(`${prefix}/submit/${name}`, body, secret())
  return { status: answer.status, ...(answer.json() as Result) }
}
const fetch = async (id: string) => (await gateway.get(`/mj/task/${id}/fetch`, {}, secret())).json() as Task
const jobOf = async (id: string) => (await gateway.jobs.findAlias('mj-proxy', id))?.id ?? ('' as JobId)

async function drawn(extra: { label: string; customId: string }[] = []) {
  const { result } = await submit('imagine', { prompt: 'red fox' })
  const picture = gridResult()
  await gateway.start(await jobOf(result))
  await gateway.finish(await jobOf(result), { ...picture, buttons: [...picture.buttons, extra] })
  return { id: result, picture }
}

test('a submit is accepted with an id of 16 digits, which can be fetched at once', async () => {
  const answer = await submit('imagine', {
    prompt: ' red fox ',
    state: 'user:7',
    notifyHook: 'http://host/hook',
  })
  expect(answer).toMatchObject({
    status: 200,
    code: 1,
    description: '提交成功',
    result: expect.stringMatching(/^\d{16}$/),
  })
  expect(await fetch(answer.result)).toMatchObject({
    id: answer.result,
    action: 'IMAGINE',
    status: 'SUBMITTED',
    progress: '0%',
    prompt: 'red fox',
    promptEn: 'red fox',
    description: '/imagine red fox',
    state: 'user:7',
    submitTime: expect.any(Number),
    startTime: null,
    finishTime: null,
    imageUrl: null,
    imageUrls: null,
    failReason: null,
    buttons: [],
    properties: { notifyHook: 'http://host/hook', finalZhPrompt: '' },
  })
})

test('a task goes on to IN_PROGRESS and SUCCESS with its picture and buttons', async () => {
  const { result } = await submit('imagine', { prompt: 'red fox' })
  await gateway.start(await jobOf(result), { percent: 31, previewUrl: 'https://c/p.webp' })
  expect(await fetch(result)).toMatchObject({
    status: 'IN_PROGRESS',
    progress: '31%',
    imageUrl: 'https://c/p.webp',
  })
  const picture = gridResult()
  await gateway.finish(await jobOf(result), picture)
  const task = await fetch(result)
  expect(task).toMatchObject({
    status: 'SUCCESS',
    progress: '100%',
    imageUrl: picture.url,
    finishTime: expect.any(Number),
    properties: { messageHash: picture.uuid, finalPrompt: 'red fox' },
  })
  expect(task.buttons.slice(0, 5)).toEqual([
    ...[1, 2, 3, 4].map((n) => expect.objectContaining({ label: `U${n}`, emoji: '', type: 2, style: 2 })),
    expect.objectContaining({ label: '', emoji: '🔄' }),
  ])
})

test('a failed task says why, with an empty progress', async () => {
  const { result } = await submit('imagine', { prompt: 'red fox' })
  const notice = { id: '1', title: 'Banned prompt', text: 'no such word', at: 1, final: true }
  await gateway.start(await jobOf(result))
  await gateway.fail(await jobOf(result), [notice])
  expect(await fetch(result)).toMatchObject({
    status: 'FAILURE',
    progress: '',
    failReason: '[Banned prompt] no such word',
  })
})

test('when all slots are taken a submit is accepted with how many are before it', async () => {
  for (let number = 0; number < 3; number += 1) await submit('imagine', { prompt: `fox ${number}` })
  expect(await submit('imagine', { prompt: 'fox 4' })).toMatchObject({
    code: 22,
    properties: { numberOfQueues: 0 },
  })
  const fifth = await submit('imagine', { prompt: 'fox 5' })
  expect(fifth).toMatchObject({
    code: 22,
    description: '排队中，前面还有1个任务',
    properties: { numberOfQueues: 1 },
  })
  expect(await fetch(fifth.result)).toMatchObject({ status: 'NOT_START', progress: null })
})

test.each([
  ['UPSCALE', 2, 'upsample::2', 'U2', 'UPSCALE'],
  ['VARIATION', 3, 'variation::3', 'V3', 'VARIATION'],
  ['REROLL', undefined, 'reroll::0', 'R', 'REROLL'],
] as const)('change %s presses the right button', async (action, index, part, short, shown) => {
  const { id } = await drawn()
  const { code, result } = await submit('change', { taskId: id, action, index })
  expect(code).toBe(1)
  const job = await gateway.jobs.findAlias('mj-proxy', result)
  expect(job?.request).toMatchObject({ customId: expect.stringContaining(part) })
  expect(await fetch(result)).toMatchObject({
    action: shown,
    parentId: id,
    description: `/up ${id} ${short}`,
  })
})

test.each(['U2', 'v3', 'R'])('simple-change takes %s', async (change) => {
  const { id } = await drawn()
  expect(await submit('simple-change', { content: `${id} ${change}` })).toMatchObject({ code: 1 })
})

test('an action presses the button by its id', async () => {
  const { id, picture } = await drawn()
  const customId = picture.buttons[0]?.[1]?.customId
  const { code, result } = await submit('action', { taskId: id, customId })
  expect(code).toBe(1)
  expect(await fetch(result)).toMatchObject({ action: 'UPSCALE', status: 'SUBMITTED' })
})

test('a custom zoom waits for its modal, and keeps its id', async () => {
  const { id } = await drawn([{ label: 'Custom Zoom', customId: 'MJ::CustomZoom::x' }])
  const asked = await submit('action', { taskId: id, customId: 'MJ::CustomZoom::x' })
  expect(asked).toMatchObject({ code: 21, properties: { finalPrompt: 'red fox', remix: true } })
  expect(asked.description).toContain('confirm')
  expect(await fetch(asked.result)).toMatchObject({ status: 'MODAL', action: 'ZOOM' })
  const prompt = 'red fox --ar 3:2 --zoom 1.8'
  const answered = await submit('modal', { taskId: asked.result, prompt })
  expect(answered).toMatchObject({ code: 1, result: asked.result })
  const job = await gateway.jobs.findAlias('mj-proxy', asked.result)
  expect(job).toMatchObject({ state: 'assigned', request: { answer: { prompt } } })
  expect(await submit('modal', { taskId: asked.result, prompt })).toMatchObject({
    code: 1,
    result: asked.result,
  })
  expect(await gateway.ledger(token)).toMatchObject({ used: 1, reserved: 1 })
})

test('the region editor wants a mask', async () => {
  const { id } = await drawn([{ label: 'Vary (Region)', customId: 'MJ::Inpaint::1::x::SOLO' }])
  const { result } = await submit('action', { taskId: id, customId: 'MJ::Inpaint::1::x::SOLO' })
  expect(await submit('modal', { taskId: result, prompt: 'a hat' })).toMatchObject({ code: 4 })
  expect(await submit('modal', { taskId: result, prompt: 'a hat', maskBase64: png })).toMatchObject({
    code: 1,
    result,
  })
})

test('imagine all of a describe is answered with an id for each', async () => {
  const button = (n: number | string) => ({ label: `${n}`, customId: `MJ::Job::PicReader::${n}` })
  const { id } = await drawn([1, 2, 3, 4, 'all'].map(button))
  const { code, result } = await submit('action', { taskId: id, customId: 'MJ::Job::PicReader::all' })
  expect(code).toBe(1)
  expect(result.split(',')).toHaveLength(4)
  expect(await gateway.ledger(token)).toMatchObject({ reserved: 4 })
})

test.each(['describe', 'blend', 'shorten', 'show', 'video'] as const)(
  '%s makes a task of its own',
  async (name) => {
    const bodies = {
      describe: { base64: png },
      blend: { base64Array: [png, png], dimensions: 'PORTRAIT' },
      shorten: { prompt: 'a long prompt' },
      show: { jobId: 'https://www.midjourney.com/jobs/03aa7a73-cfd8-4231-86fe-adc7be88c983' },
      video: { prompt: 'it runs', image: 'https://c/fox.png', motion: 'high' },
    }
    const actions = {
      describe: 'DESCRIBE',
      blend: 'BLEND',
      shorten: 'SHORTEN',
      show: 'SHOW',
      video: 'IMAGINE',
    }
    const { code, result } = await submit(name, bodies[name])
    expect(code).toBe(1)
    expect(await fetch(result)).toMatchObject({ action: actions[name], state: null })
  },
)

test.each([
  ['imagine', {}, 4, 'prompt不能为空'],
  ['imagine', { prompt: '  ' }, 4, 'prompt不能为空'],
  ['imagine', { prompt: 'x', base64Array: ['hello'] }, 4, 'base64格式错误'],
  ['imagine', { prompt: 'x', state: 'x'.repeat(256) }, 4, 'State参数过长，最大255字符'],
  ['change', { action: 'UPSCALE' }, 4, 'taskId不能为空'],
  ['change', { taskId: '1700000000000123', action: 'DANCE' }, 4, 'action参数错误'],
  ['change', { taskId: '1700000000000123', action: 'UPSCALE', index: 1 }, 3, '关联任务不存在或已失效'],
  ['simple-change', { content: '17 U9' }, 4, 'content参数错误'],
  ['describe', {}, 4, 'base64不能为空'],
  ['describe', { link: 'no' }, 4, '链接格式错误'],
  ['blend', { base64Array: [png] }, 4, 'base64List参数错误'],
  ['blend', { base64Array: [png, png], dimensions: 'ROUND' }, 4, 'dimensions参数错误'],
  ['action', {}, 4, '参数错误'],
  ['action', { taskId: '1', customId: 'x' }, 3, '关联任务不存在或已失效'],
  ['modal', { taskId: '1' }, 3, '关联任务不存在或已失效'],
  ['show', { jobId: 'x' }, 4, 'job id 格式错误'],
  ['upload-discord-images', {}, 4, 'base64 参数错误'],
])('%s of %j is refused with code %i', async (name, body, code, description) => {
  const answer = await submit(name, body)
  expect(answer).toMatchObject({
    status: 200,
    code,
    description,
    result: null,
    message: description,
    error: description,
  })
  expect(await gateway.ledger(token)).toMatchObject({ remaining: 10 })
})

test.each(['/mj/insight-face/swap', '/mj/insight-face/video-swap', '/mj/submit/edits'])(
  '%s is not offered, and says so',
  async (url) => {
    const answer = await gateway.post(url, {}, secret())
    expect(answer.json()).toMatchObject({
      code: 4,
      description: expect.stringContaining('not offered'),
      result: null,
    })
  },
)

test.each([
  ['mj-api-secret', (key: string) => ({ 'mj-api-secret': key })],
  ['mj-api-secret with Bearer', (key: string) => ({ 'mj-api-secret': `Bearer ${key}` })],
  ['Authorization', (key: string) => ({ authorization: key })],
  ['a bearer token', (key: string) => ({ authorization: `Bearer ${key}` })],
  ['a bearer token with sk-', (key: string) => ({ authorization: `Bearer sk-${key}` })],
])('the key may come as %s', async (_, headers) => {
  const answer = await gateway.post('/mj/submit/imagine', { prompt: 'fox' }, headers(token))
  expect(answer.json()).toMatchObject({ code: 1 })
})

test.each([{}, { 'mj-api-secret': 'wrong' }, { authorization: 'Bearer wrong' }])(
  '%j is unauthorized, in JSON',
  async (headers) => {
    for (const answer of [
      await gateway.post('/mj/submit/imagine', { prompt: 'fox' }, headers as never),
      await gateway.get('/mj/task/1700000000000123/fetch', {}, headers as never),
      await gateway.get('/mj/task/list', {}, headers as never),
    ]) {
      expect(answer.status).toBe(401)
      expect(answer.json()).toMatchObject({ code: 4, description: 'unauthorized', error: 'unauthorized' })
    }
  },
)

test('the address may fix the mode', async () => {
  const { code, result } = await submit('imagine', { prompt: 'fox' }, '/mj-relax/mj')
  expect(code).toBe(1)
  expect(await fetch(result)).toMatchObject({ mode: 'RELAX' })
  expect(await submit('imagine', { prompt: 'fox' }, '/mj-turbo/mj')).toMatchObject({
    code: 3,
    description: '无可用的账号实例',
  })
})

test('a Niji task says so in its prompt, unless it does already', async () => {
  const one = await submit('imagine', { prompt: 'fox', botType: 'NIJI_JOURNEY' })
  expect(await fetch(one.result)).toMatchObject({ promptEn: 'fox --niji 6', botType: 'NIJI_JOURNEY' })
  const two = await submit('imagine', { prompt: 'fox --niji 5', botType: 'NIJI_JOURNEY' })
  expect(await fetch(two.result)).toMatchObject({ promptEn: 'fox --niji 5' })
})

test('tasks are listed, queued ones and by their ids, which may be numbers', async () => {
  const { id } = await drawn()
  gateway.clock.advance(1)
  const { result } = await submit('imagine', { prompt: 'second' })
  const ids = async (method: 'get' | 'post', url: string, body: object = {}) => {
    const answer =
      method === 'get' ? await gateway.get(url, {}, secret()) : await gateway.post(url, body, secret())
    return (answer.json() as Task[]).map((task) => task.id)
  }
  expect(await ids('get', '/mj/task/list')).toEqual([result, id])
  expect(await ids('get', '/mj/task/queue')).toEqual([result])
  expect(await ids('post', '/mj/task/list-by-condition', { ids: [Number(id), result, '1'] })).toEqual([
    id,
    result,
  ])
  expect(await ids('post', '/mj/task/list-by-condition', {})).toEqual([])
})

test('a cancelled task fails, and its use comes back', async () => {
  const { result } = await submit('imagine', { prompt: 'fox' })
  expect((await gateway.post(`/mj/task/${result}/cancel`, {}, secret())).status).toBe(200)
  expect(await fetch(result)).toMatchObject({ status: 'FAILURE', failReason: '取消任务' })
  expect(await gateway.ledger(token)).toMatchObject({ remaining: 10 })
})

test('an unknown task is 404, in JSON; another token’s is unknown', async () => {
  const answer = await gateway.get('/mj/task/1700000000000123/fetch', {}, secret())
  expect(answer).toMatchObject({ status: 404 })
  expect(answer.json()).toMatchObject({ code: 3, error: expect.any(String) })
  const { id } = await drawn()
  const other = await gateway.tokens.issue({ count: 1, days: 1 })
  expect(await gateway.get(`/mj/task/${id}/fetch`, {}, { 'mj-api-secret': other })).toMatchObject({
    status: 404,
  })
})

test('accounts are shown without their secrets', async () => {
  const accounts = (await gateway.get('/mj/account/list', {}, secret())).json() as {
    id: string
    userToken: string
  }[]
  expect(accounts.map(({ userToken }) => userToken)).toEqual(['', ''])
  expect((await gateway.get(`/mj/account/${accounts[0]?.id}/fetch`, {}, secret())).json()).toMatchObject({
    coreSize: 3,
  })
  expect((await gateway.get('/mj/account/x/fetch', {}, secret())).status).toBe(404)
})

test('a picture is found by its task, without a token', async () => {
  const { id, picture } = await drawn()
  const answer = await gateway.app.inject({ method: 'GET', url: `/mj/image/${id}` })
  expect(answer.statusCode).toBe(302)
  expect(answer.headers.location).toBe(picture.url)
})

test('pages of any origin may call with any of the headers', async () => {
  const answer = await gateway.app.inject({
    method: 'OPTIONS',
    url: '/mj/submit/imagine',
    headers: {
      origin: 'https://chat.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,mj-api-secret,x-ptoken,authorization',
    },
  })
  expect(answer.headers['access-control-allow-origin']).toBe('https://chat.example')
  expect(answer.headers['access-control-allow-headers']).toContain('mj-api-secret')
})

test.each(['{', '[]', 'null', '"x"', '{"prompt":{}}'])(
  'a body of %s is refused, not broken',
  async (payload) => {
    const answer = await gateway.ask({
      method: 'POST',
      url: '/mj/submit/imagine',
      payload,
      headers: { ...secret(), 'content-type': 'application/json' },
    })
    expect(answer.status).toBeLessThan(500)
    expect(answer.json()).toMatchObject({ code: 4, result: null })
  },
)
