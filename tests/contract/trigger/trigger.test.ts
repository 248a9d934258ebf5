import { afterEach, beforeEach, expect, test } from 'vitest'
import { callbackFor } from '../../../src/http/dialects/trigger/from-job.ts'
import type { JobId } from '../../../src/ids.ts'
import type { Job } from '../../../src/jobs/job.ts'
import { type Gateway, gridResult, startGateway } from '../gateway.ts'

let gateway: Gateway
let token: string

beforeEach(async () => {
  gateway = await startGateway()
  token = await gateway.tokens.issue({ count: 10, days: 1, class: 'fast' })
})
afterEach(() => gateway.close())

const bearer = () => ({ authorization: `Bearer ${token}` })
const base = '/v1/api/trigger'
const post = async (name: string, body: object) => {
  const answer = await gateway.post(`${base}/${name}`, body, bearer())
  return { status: answer.status, body: answer.json() as Record<string, unknown> & { trigger_id: string } }
}
const first = (trigger: string) => String(Number(trigger) * 1_000_000)
const jobOf = async (message: string): Promise<Job> => {
  const job = await gateway.jobs.findAlias('trigger', message)
  if (!job) throw new Error('no such job')
  return job
}

async function drawn(buttons: { label: string; customId: string }[] = []) {
  const { body } = await post('imagine', { prompt: 'red fox --ar 3:2' })
  const { id } = await jobOf(first(body.trigger_id))
  const picture = gridResult()
  await gateway.start(id)
  const content = '**red fox --ar 3:2** - <@77> (fast)'
  await gateway.finish(id, { ...picture, content, buttons: [...picture.buttons, buttons] })
  const job = (await gateway.jobs.find(id)) as Job
  const end = callbackFor(job, { type: 'job.finished' })
  return {
    trigger: body.trigger_id,
    picture,
    end,
    press: { msg_id: end?.id, msg_hash: picture.uuid, trigger_id: body.trigger_id },
  }
}

const form = (name: string, type: string, content: string) => ({
  payload: Buffer.from(
    `--x\r\ncontent-disposition: form-data; name="${name}"; filename="a.png"\r\ncontent-type: ${type}\r\n\r\n${content}\r\n--x--\r\n`,
    'latin1',
  ),
  headers: { ...bearer(), 'content-type': 'multipart/form-data; boundary=x' },
})
const png = '\x89PNG\r\n\x1a\n0000'

test('imagine answers with exactly three keys; the trigger survives JavaScript', async () => {
  const { status, body } = await post('imagine', { prompt: 'red fox' })
  expect(status).toBe(200)
  expect(body).toEqual({
    message: 'success',
    trigger_id: expect.stringMatching(/^[1-9]\d{9}$/),
    trigger_type: 'generate',
  })
  expect((await jobOf(first(body.trigger_id))).request).toEqual({ kind: 'imagine', prompt: 'red fox' })
})

test('picurl goes in front and extra behind; no marker is sent to the bot', async () => {
  const { body } = await post('imagine', { prompt: 'red fox', picurl: 'https://x/y.png', extra: '--ar 9:16' })
  expect((await jobOf(first(body.trigger_id))).request).toMatchObject({
    prompt: 'https://x/y.png red fox --ar 9:16',
  })
  expect((await post('imagine', { prompt: 'red fox', picurl: null })).status).toBe(200)
})

test('callbacks go from start over generating to end, with the marker and safe numbers', async () => {
  const { body } = await post('imagine', { prompt: 'red fox' })
  const job = await jobOf(first(body.trigger_id))
  const marker = `**<#${body.trigger_id}#>red fox**`
  expect(callbackFor(job, { type: 'job.sent' })).toEqual({
    type: 'start',
    id: Number(first(body.trigger_id)) + 1,
    content: `${marker} - <@0> (Waiting to start)`,
    attachments: [],
    embeds: [],
    trigger_id: body.trigger_id,
  })
  await gateway.start(job.id, { percent: 31, previewUrl: 'https://c/p.webp' })
  expect(callbackFor((await gateway.jobs.find(job.id)) as Job, { type: 'job.progress' })).toMatchObject({
    type: 'generating',
    content: `${marker} - <@0> (31%) (fast)`,
    attachments: [{ url: 'https://c/p.webp', proxy_url: 'https://c/p.webp', filename: 'grid_0.webp' }],
  })
  const { end, trigger, picture } = await drawn()
  expect(Object.keys(end ?? {})).toEqual(['type', 'id', 'content', 'attachments', 'embeds', 'trigger_id'])
  expect(end).toMatchObject({
    type: 'end',
    id: Number(first(trigger)),
    content: `**<#${trigger}#>red fox --ar 3:2** - <@77> (fast)`,
    attachments: [{ filename: picture.filename, url: picture.url, proxy_url: picture.url, spoiler: false }],
  })
  expect(Number.isSafeInteger(end?.id)).toBe(true)
})

test.each([
  ['moderated', 'banned'],
  ['upstream-failed', 'error'],
] as const)('a job that failed as %s is told as %s', async (code, type) => {
  const { body } = await post('imagine', { prompt: 'red fox' })
  const job = await jobOf(first(body.trigger_id))
  const failed = { ...job, state: 'failed', failure: { code, message: 'no' } } as Job
  expect(callbackFor(failed, { type: 'job.failed' })).toMatchObject({
    type,
    attachments: [],
    trigger_id: body.trigger_id,
  })
})

const single = [
  { label: 'Vary (Subtle)', customId: 'MJ::JOB::low_variation::1::x::SOLO' },
  { label: 'Vary (Strong)', customId: 'MJ::JOB::high_variation::1::x::SOLO' },
  { label: 'Zoom Out 2x', customId: 'MJ::Outpaint::50::1::x::SOLO' },
  { label: '⬅️', customId: 'MJ::JOB::pan_left::1::x::SOLO' },
]

test.each([
  ['upscale', { index: 2 }, 'upsample::2'],
  ['variation', { index: '3' }, 'variation::3'],
  ['solo_variation', { index: 1 }, 'variation::1'],
  ['solo_low_variation', { index: 1 }, 'low_variation'],
  ['solo_high_variation', { index: 1 }, 'high_variation'],
  ['reset', {}, 'reroll'],
  ['expand', { index: 1, direction: 'left' }, 'pan_left'],
  ['zoomout', { index: 1, zoomout: 50 }, 'Outpaint::50'],
])('%s presses its button and echoes the trigger', async (name, extra, part) => {
  const { press, trigger } = await drawn(single)
  for (const id of [press.msg_id, String(press.msg_id)]) {
    const { status, body } = await post(name, { ...press, ...extra, msg_id: id })
    expect(status).toBe(200)
    expect(body).toEqual({ message: 'success', trigger_id: trigger, trigger_type: name })
  }
  const line = await gateway.jobs.line((await jobOf(first(trigger))).root)
  expect(line).toHaveLength(3)
  expect(line[1]?.request).toMatchObject({ customId: expect.stringContaining(part) })
  expect(new Set(line.map(({ about }) => about?.alias)).size).toBe(3)
})

test.each([
  ['imagine', {}, '{}'],
  ['imagine', { prompt: ['x'] }, "{'prompt': ['x']}"],
  ['upscale', { index: 1 }, "{'index': 1}"],
  [
    'upscale',
    { index: 9, msg_id: '1', msg_hash: 'x', trigger_id: '2' },
    "{'index': 9, 'msg_id': '1', 'msg_hash': 'x', 'trigger_id': '2'}",
  ],
  ['upscale', { index: 1, msg_id: '12345678', msg_hash: 'x', trigger_id: '2' }, "'12345678'"],
  ['expand', { direction: 'in', msg_id: '1', msg_hash: 'x', trigger_id: '2' }, "'in'"],
  ['describe', {}, '{}'],
])('%s of %j is 400 with code 13, as Python prints it', async (name, body, printed) => {
  const answer = await post(name, body)
  expect(answer.status).toBe(400)
  expect(answer.body).toMatchObject({ code: 13, message: expect.stringContaining(printed) })
  expect(String(answer.body.message)).toMatch(/^request params error: /)
  expect(await gateway.ledger(token)).toMatchObject({ remaining: 10 })
})

test('bad JSON is 400 with code 13, too', async () => {
  const answer = await gateway.ask({
    method: 'POST',
    url: `${base}/imagine`,
    payload: '{',
    headers: { ...bearer(), 'content-type': 'application/json' },
  })
  expect(answer).toMatchObject({ status: 400 })
  expect(answer.json()).toMatchObject({ code: 13 })
})

test('an uploaded picture can be described', async () => {
  const answer = await gateway.ask({
    method: 'POST',
    url: `${base}/upload`,
    ...form('file', 'image/png', png),
  })
  const uploaded = answer.json() as { upload_filename: string; trigger_id: string; message: string }
  expect(answer.status).toBe(200)
  expect(uploaded).toMatchObject({
    message: 'success',
    upload_filename: expect.stringContaining(`/${uploaded.trigger_id}.jpg`),
  })
  const { upload_filename, trigger_id } = uploaded
  const described = await post('describe', { upload_filename, trigger_id })
  expect(described.body).toEqual({ message: 'success', trigger_id, trigger_type: 'describe' })
  expect(await gateway.ledger(token)).toMatchObject({ remaining: 10 })
})

test.each([
  ['what is no picture', 'file', 'text/plain', 'hello'],
  ['another field', 'picture', 'image/png', png],
])('upload refuses %s', async (_, name, type, content) => {
  const answer = await gateway.ask({ method: 'POST', url: `${base}/upload`, ...form(name, type, content) })
  expect(answer).toMatchObject({ status: 400 })
})

test('getmessage gives what follow-ups need, by query, path or body', async () => {
  const { trigger, picture, end } = await drawn()
  const expected = { ...end, message: 'success', msg_id: String(end?.id), msg_hash: picture.uuid }
  for (const answer of [
    await gateway.get(`${base}/getmessage`, { trigger_id: trigger }, bearer()),
    await gateway.get(`${base}/getmessage/${trigger}`, {}, bearer()),
    await gateway.post(`${base}/getmessage`, { trigger_id: trigger }, bearer()),
  ]) {
    expect(answer.status).toBe(200)
    expect(answer.json()).toMatchObject({ ...expected, messages: [{ msg_id: String(end?.id) }] })
  }
  expect(await gateway.get(`${base}/getmessage`, { trigger_id: '1' }, bearer())).toMatchObject({
    status: 404,
  })
})

test('a full queue answers 200 with code 15', async () => {
  const jobs = Object.create(gateway.jobs) as typeof gateway.jobs
  const { DrawbridgeError } = await import('../../../src/errors.ts')
  jobs.imagine = () => Promise.reject(new DrawbridgeError('queue-full'))
  const second = await startGateway({ jobs })
  const answer = await second.post(`${base}/imagine`, { prompt: 'fox' }, bearer())
  await second.close()
  expect(answer.status).toBe(200)
  expect(answer.json()).toMatchObject({ code: 15, message: expect.stringMatching(/^Task queue is full: /) })
})

test('release is taken, another method is 405, another path 404, no token 401', async () => {
  expect((await post('queue/release', { trigger_id: '123' })).body).toEqual({
    message: 'success',
    trigger_id: '123',
    trigger_type: '',
  })
  expect(await gateway.get(`${base}/nothing`)).toMatchObject({ status: 404, body: '{"detail":"Not Found"}' })
  for (const url of [`${base}/imagine`, `${base}/imagine/?a=b`, `/t/${token}${base}/queue/release`]) {
    const answer = await gateway.get(url)
    expect(answer).toMatchObject({ status: 405, body: '{"detail":"Method Not Allowed"}' })
  }
  expect(await gateway.post(`${base}/imagine`, { prompt: 'fox' })).toMatchObject({ status: 401 })
  expect(await gateway.post(`/t/${token}${base}/imagine`, { prompt: 'fox' })).toMatchObject({ status: 200 })
})

test('every press is charged, each to its own job', async () => {
  const { press } = await drawn()
  await post('upscale', { ...press, index: 1 })
  await post('upscale', { ...press, index: 2 })
  const line = await gateway.jobs.line((await jobOf(first(press.trigger_id))).root)
  expect(line.map(({ id }) => id as JobId)).toHaveLength(3)
  expect(await gateway.ledger(token)).toMatchObject({ remaining: 7, reserved: 2, used: 1 })
})

test('a picture is nobody else’s: another token does not press it', async () => {
  const { press, picture } = await drawn()
  const { root } = await jobOf(first(press.trigger_id))
  token = await gateway.tokens.issue({ count: 10, days: 1, class: 'fast' })
  for (const msg_id of [press.msg_id, picture.messageId]) {
    expect(await post('upscale', { ...press, msg_id, index: 1 })).toMatchObject({
      status: 400,
      body: { code: 13 },
    })
  }
  expect(await gateway.jobs.line(root)).toHaveLength(1)
  expect(await gateway.ledger(token)).toMatchObject({ remaining: 10 })
})
