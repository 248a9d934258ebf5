import { afterEach, beforeEach, expect, test } from 'vitest'
import type { JobId } from '../../../src/ids.ts'
import type { JobResult } from '../../../src/jobs/job.ts'
import { receiver } from '../../helpers/receiver.ts'
import { settle } from '../../helpers/webhooks.ts'
import { fox, type Gateway, gridResult, owl, publicAddress, startGateway } from '../gateway.ts'

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
type Task = Record<string, unknown> & { id: string; status: string; progress: string | null }

const secret = () => ({ 'mj-api-secret': token })
const submit = async (name: string, body: object) =>
  (await gateway.post(`/mj/submit/${name}`, body, secret())).json() as Result
const task = async (id: string) => (await gateway.get(`/mj/task/${id}/fetch`, {}, secret())).json() as Task
const jobOf = async (id: string) => {
  const job = await gateway.jobs.findAlias('mj-proxy', id)
  if (!job) throw new Error(`no task ${id}`)
  return job
}
const png = `data:image/png;base64,${Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1').toString('base64')}`

/** A task that has ended with this. */
async function done(name: string, body: object, result: Partial<JobResult> = {}): Promise<string> {
  const { result: id } = await submit(name, body)
  await gateway.start((await jobOf(id)).id)
  await gateway.finish((await jobOf(id)).id, result)
  return id
}
const withButton = (customId: string) =>
  done('imagine', { prompt: 'red fox' }, { buttons: [[{ label: 'x', customId }]] })

test.each([
  ['MJ::JOB::upsample::2::u', 'UPSCALE', 1],
  ['MJ::JOB::video_virtual_upscale::1::u', 'UPSCALE', 1],
  ['MJ::JOB::upsample_v6_2x_subtle::1::u::SOLO', 'UPSCALE_HD', 1],
  ['MJ::JOB::variation::3::u', 'VARIATION', 1],
  ['MJ::JOB::high_variation::1::u::SOLO', 'VARIATION', 1],
  ['MJ::JOB::low_variation::1::u::SOLO', 'VARIATION', 1],
  ['MJ::JOB::reroll::0::u::SOLO', 'REROLL', 1],
  ['MJ::Outpaint::50::1::u::SOLO', 'ZOOM', 1],
  ['MJ::Outpaint::75::1::u::SOLO', 'ZOOM', 1],
  ['MJ::CustomZoom::u', 'ZOOM', 21],
  ['MJ::Inpaint::1::u::SOLO', 'VARIATION', 21],
  ['MJ::JOB::pan_left::1::u::SOLO', 'PAN', 1],
  ['MJ::JOB::pan_down::1::u::SOLO', 'PAN', 1],
  ['MJ::JOB::animate_high::1::u::SOLO', 'VIDEO', 1],
  ['MJ::JOB::animate_low::1::u::SOLO', 'VIDEO', 1],
  ['MJ::Job::PicReader::2', 'IMAGINE', 21],
  ['MJ::Picread::Retry', 'DESCRIBE', 1],
  ['MJ::Job::PromptAnalyzer::1', 'IMAGINE', 21],
])('the button %s makes a task %s, answered with %i', async (customId, action, code) => {
  const parent = await withButton(customId)
  const answer = await submit('action', { taskId: parent, customId })
  expect(answer).toMatchObject({ code, result: expect.stringMatching(/^\d{16}$/) })
  if (code === 21) expect(answer.description).toContain('confirm')
  expect(await task(answer.result)).toMatchObject({
    action,
    parentId: parent,
    status: code === 21 ? 'MODAL' : 'SUBMITTED',
  })
})

test('a button that the picture does not have, and a task that has none yet, are refused', async () => {
  const parent = await done('imagine', { prompt: 'red fox' })
  expect(await submit('action', { taskId: parent, customId: 'MJ::JOB::dance::1' })).toMatchObject({
    code: 4,
    description: '未知的 Action 类型',
    result: null,
  })
  const { result } = await submit('imagine', { prompt: 'red fox' })
  for (const [name, body] of [
    ['action', { taskId: result, customId: 'MJ::JOB::upsample::1::u' }],
    ['change', { taskId: result, action: 'UPSCALE', index: 1 }],
    ['simple-change', { content: `${result} U1` }],
  ] as const) {
    expect(await submit(name, body)).toMatchObject({ code: 4, description: '关联任务状态错误', result: null })
  }
  const words = await done('shorten', { prompt: 'a red fox' }, { buttons: [] })
  expect(await submit('change', { taskId: words, action: 'REROLL' })).toMatchObject({
    code: 4,
    description: '关联任务不允许执行变化',
  })
})

const prompts = ['a red fox', 'a [fox](https://www.google.com/search?q=fox) in snow', 'an animal', 'an owl']
const lines = prompts.map((prompt, index) => `${index + 1}\ufe0f\u20e3 ${prompt}`).join('\n\n')

test('a describe ends with its four prompts, and a line of it waits in the dialog as plain words', async () => {
  const customId = 'MJ::Job::PicReader::2'
  const id = await done(
    'describe',
    { base64: png },
    { prompt: prompts.join('\n\n'), text: lines, buttons: [[{ label: '2\ufe0f\u20e3', customId }]] },
  )
  expect(await task(id)).toMatchObject({
    action: 'DESCRIBE',
    status: 'SUCCESS',
    prompt: lines,
    promptEn: lines,
    imageUrl: expect.stringMatching(/^https/),
    properties: { finalPrompt: lines, finalZhPrompt: '' },
  })
  const asked = await submit('action', { taskId: id, customId })
  expect(asked).toMatchObject({ code: 21, properties: { finalPrompt: 'a fox in snow', remix: true } })
  expect(await submit('modal', { taskId: asked.result, prompt: '' })).toMatchObject({ code: 1 })
})

test('a shorten ends with its words as Markdown', async () => {
  const text = '## Important tokens\n**red** fox\n\n## Shortened prompts\n1️⃣ red fox\n\n2️⃣ fox'
  const customId = 'MJ::Job::PromptAnalyzer::2'
  const result = { prompt: 'red fox\n\nfox', text, url: null, buttons: [[{ label: '2️⃣', customId }]] }
  const id = await done('shorten', { prompt: 'a very red fox' }, result)
  expect(await task(id)).toMatchObject({
    action: 'SHORTEN',
    status: 'SUCCESS',
    prompt: 'a very red fox',
    description: '/shorten a very red fox',
    properties: { finalPrompt: text, finalZhPrompt: '' },
  })
  const asked = await submit('action', { taskId: id, customId })
  expect(asked).toMatchObject({ code: 21, properties: { finalPrompt: 'fox' } })
})

test('pictures are uploaded, and the seed is told, by the account’s node', async (t) => {
  const stop = new AbortController()
  const answering = gateway.answerOrders('1259687673', stop.signal)
  t.onTestFinished(async () => {
    stop.abort()
    await answering
  })
  expect(await submit('upload-discord-images', { base64Array: [png] })).toEqual({
    code: 1,
    description: '提交成功',
    result: ['1259687673'],
    properties: {},
  })
  const seedOf = (id: string) => gateway.get(`/mj/task/${id}/image-seed`, {}, secret())
  expect((await seedOf(await done('imagine', { prompt: 'fox' }))).json()).toEqual({
    code: 1,
    description: '成功',
    result: '1259687673',
    properties: {},
  })
  const { result } = await submit('imagine', { prompt: 'fox' })
  const early = await seedOf(result)
  expect([early.status, early.json()]).toMatchObject([400, { code: 4, description: '关联任务状态错误' }])
  const unknown = await seedOf('1700000000000123')
  expect([unknown.status, unknown.json()]).toMatchObject([404, { code: 3 }])
})

test('an account filter names the mode, and an unknown one changes nothing', async () => {
  const relax = await submit('imagine', { prompt: 'fox', accountFilter: { modes: ['RELAX'] } })
  expect(await task(relax.result)).toMatchObject({ mode: 'RELAX' })
  const any = await submit('imagine', { prompt: 'fox', accountFilter: { modes: ['SLOW'], remark: 7 }, x: {} })
  expect(await task(any.result)).toMatchObject({ mode: 'FAST' })
})

test('a picture is shown by the account that the filter names', async () => {
  const jobId = '03aa7a73-cfd8-4231-86fe-adc7be88c983'
  const named = await submit('show', { jobId, accountFilter: { instanceId: owl } })
  expect(named).toMatchObject({ code: 1, properties: { discordInstanceId: owl } })
  const unknown = await submit('show', { jobId, accountFilter: { instanceId: '1' } })
  expect(unknown).toMatchObject({ code: 3, result: null })
})

test.each(['/mj-fast/mj', '/mj-relax/mj'])(
  '%s has every endpoint, tasks of another prefix too',
  async (at) => {
    const { result } = await submit('imagine', { prompt: 'fox' })
    expect((await gateway.get(`${at}/task/${result}/fetch`, {}, secret())).json()).toMatchObject({
      id: result,
    })
    expect((await gateway.get(`${at}/task/list`, {}, secret())).json()).toHaveLength(1)
    expect((await gateway.get(`${at}/account/list`, {}, secret())).json()).toHaveLength(2)
    const nowhere = await gateway.get(`${at}/nowhere`, {}, secret())
    expect([nowhere.status, nowhere.json()]).toMatchObject([404, { code: 4, result: null }])
  },
)

test.each([
  ['banned word', 24, '可能包含敏感词', { promptEn: 'a Gore', bannedWord: 'Gore' }],
  ['system failure', 9, '提交失败，系统异常', {}],
])('a submit that meets a %s is answered with %i', async (what, code, description, properties) => {
  await gateway.bannedWords.replace(['gore'])
  if (what === 'system failure') gateway.jobs.imagine = () => Promise.reject(new Error('out of order'))
  const answer = await gateway.post('/mj/submit/imagine', { prompt: 'a Gore' }, secret())
  expect(answer.json()).toMatchObject({ code, description, properties, result: null })
  expect(await gateway.ledger(token)).toMatchObject({ remaining: 10 })
})

test('a notifyHook hears each change of its task, in order, in the shape of a fetch', async (t) => {
  const there = receiver(t, publicAddress)
  await there.listen()
  await settle(gateway.webhooks)
  const { result } = await submit('imagine', { prompt: 'fox', state: 'user:7', notifyHook: there.url() })
  const { id } = await jobOf(result)
  const tell = async (happens: Promise<unknown>) => {
    await happens
    await settle(gateway.webhooks)
  }
  await tell(gateway.start(id, { percent: 7 }))
  await tell(gateway.progress(id, 62))
  await tell(gateway.finish(id))
  const told = there.taken.map(({ body }) => JSON.parse(body) as Task)
  expect(told.map(({ status, progress }) => `${status} ${progress}`).slice(-3)).toEqual([
    'IN_PROGRESS 7%',
    'IN_PROGRESS 62%',
    'SUCCESS 100%',
  ])
  for (const one of told) expect(one).toMatchObject({ id: result, state: 'user:7', action: 'IMAGINE' })
  expect(told.at(-1)).toEqual(await task(result))
  expect(there.taken[0]?.headers).toMatchObject({
    'content-type': expect.stringMatching(/^application\/json/),
    'webhook-signature': expect.stringMatching(/^v1,/),
  })
})

test('a notifyHook hears of a failure with its reason', async (t) => {
  const there = receiver(t, publicAddress)
  await there.listen()
  await settle(gateway.webhooks)
  const { result } = await submit('imagine', { prompt: 'fox', notifyHook: there.url() })
  const notice = {
    id: '1',
    title: 'Banned prompt',
    text: 'no such word',
    at: gateway.clock.now(),
    final: true,
  }
  await gateway.start((await jobOf(result)).id)
  await gateway.fail((await jobOf(result)).id, [notice])
  await settle(gateway.webhooks)
  expect(JSON.parse(there.taken.at(-1)?.body ?? '{}')).toMatchObject({
    id: result,
    status: 'FAILURE',
    progress: '',
    failReason: '[Banned prompt] no such word',
  })
})

test('a client that can send no key works by its ids alone', async (t) => {
  const open = await startGateway({
    tokens: gateway.tokens,
    jobs: gateway.jobs,
    anonymousToken: token,
  })
  t.onTestFinished(() => open.close())
  const made = (await open.post('/mj/submit/imagine', { prompt: 'fox' })).json() as Result
  expect(made.code).toBe(1)
  const { id } = (await gateway.jobs.findAlias('mj-proxy', made.result)) ?? { id: '' as JobId }
  await gateway.start(id)
  await gateway.finish(id, gridResult())
  const fetched = (await open.get(`/mj/task/${made.result}/fetch`)).json()
  expect(fetched).toMatchObject({ id: made.result, status: 'SUCCESS' })
  for (const url of ['/mj/task/list-by-condition', '/mj/task/list-by-ids']) {
    expect((await open.post(url, { ids: [made.result, Number(made.result)] })).json()).toEqual([
      fetched,
      fetched,
    ])
  }
  const pressed = (
    await open.post('/mj/submit/change', { taskId: made.result, action: 'UPSCALE', index: 1 })
  ).json() as Result
  expect(pressed.code).toBe(1)
  expect((await open.post(`/mj/task/${pressed.result}/cancel`, {})).json()).toMatchObject({ code: 1 })
  expect((await open.get('/mj/account/list')).json()).toHaveLength(2)
  expect(await gateway.ledger(token)).toMatchObject({ used: 1, reserved: 0 })
})

test('an account is told apart from its neighbours by its id', async () => {
  const account = (await gateway.get(`/mj/account/${fox}/fetch`, {}, secret())).json()
  expect(account).toMatchObject({ id: fox, channelId: fox, enable: true, userToken: '' })
})
