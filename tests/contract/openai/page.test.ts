import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI, { toFile } from 'openai'
import sharp from 'sharp'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Job } from '../../../src/jobs/job.ts'
import { until } from '../../helpers/until.ts'
import { type Gateway, startGateway } from '../gateway.ts'

const grid = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } })
  .png()
  .toBuffer()

let gateway: Gateway
let token: string
let base: string
let client: OpenAI

beforeEach(async () => {
  gateway = await startGateway({ pictures: { fetch: async () => grid } })
  token = await gateway.tokens.issue({ count: 10, days: 1, class: 'fast' })
  base = await gateway.app.listen({ host: '127.0.0.1', port: 0 })
  client = new OpenAI({ apiKey: token, baseURL: `${base}/v1`, maxRetries: 0 })
})
afterEach(() => gateway.close())

const jobs = async (): Promise<Job[]> => (await gateway.jobs.page({ token: null, limit: 100 })).jobs
const drawing = () => until(async () => (await jobs()).find(({ account }) => account !== null))
const draw = async (): Promise<Job> => {
  const job = await drawing()
  await gateway.start(job.id)
  await gateway.finish(job.id)
  return job
}
const promptOf = ({ request }: Job) => ('prompt' in request ? request.prompt : '')
const post = (body: object, headers: Record<string, string> = {}) =>
  fetch(`${base}/v1/images/generations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

test.each([
  ['1024x1024', 'red fox'],
  ['1536x1024', 'red fox --ar 3:2'],
  ['1024x1536', 'red fox --ar 2:3'],
  ['1792x1024', 'red fox --ar 7:4'],
  ['1024x1792', 'red fox --ar 4:7'],
  ['256x256', 'red fox'],
  ['auto', 'red fox'],
  ['huge', 'red fox'],
  ['0x0', 'red fox'],
  [null, 'red fox'],
])('the size %s draws %j', async (size, prompt) => {
  const asked = client.images.generate({ prompt: 'red fox', size: size as '1024x1024' })
  expect(promptOf(await draw())).toBe(prompt)
  expect((await asked).data).toHaveLength(1)
})

test('null is absent, and fields that nobody knows are left alone', async () => {
  const asked = post({
    prompt: 'red fox',
    model: null,
    n: null,
    size: null,
    quality: null,
    response_format: null,
    style: 'vivid',
    background: 'transparent',
    moderation: 'low',
    stream: null,
    partial_images: null,
    user: 'somebody',
    seed: 7,
  })
  await draw()
  const answer = await asked
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
  expect(await answer.json()).toMatchObject({
    created: expect.any(Number),
    data: [{ url: expect.any(String) }],
  })
})

test('a file that is streamed without a length or a type is read, fields in any order', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'openai-'))
  t.onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'fox'), grid)
  const asked = client.images.edit({
    image: createReadStream(join(folder, 'fox')),
    prompt: 'in the snow',
    n: 2,
    size: '1536x1024',
    response_format: 'b64_json',
  })
  const job = await draw()
  expect(job.request).toMatchObject({
    prompt: 'in the snow --ar 3:2',
    pictures: [{ contentType: 'image/png' }],
  })
  const { data = [] } = await asked
  expect(data).toHaveLength(2)
  for (const { b64_json = '' } of data) {
    expect((await sharp(Buffer.from(b64_json, 'base64')).metadata()).format).toBe('png')
  }
})

test('an edit is streamed under its own names', async () => {
  const stream = await client.images.edit({
    image: await toFile(grid, 'fox.png'),
    prompt: 'in the snow',
    stream: true,
    partial_images: 2,
  })
  const job = await drawing()
  await gateway.start(job.id, { percent: 30, previewUrl: 'https://cdn.example/preview.webp' })
  const told: object[] = []
  for await (const event of stream) {
    told.push(event)
    if (event.type === 'image_edit.partial_image') await gateway.finish(job.id)
  }
  const look = {
    b64_json: expect.any(String),
    created_at: expect.any(Number),
    size: 'auto',
    quality: 'auto',
    background: 'opaque',
    output_format: 'png',
  }
  expect(told).toEqual([
    { type: 'image_edit.partial_image', partial_image_index: 0, ...look },
    { type: 'image_edit.completed', usage: expect.objectContaining({ total_tokens: 0 }), ...look },
  ])
})

test('a stream of several pictures completes each of them', async () => {
  const stream = await client.images.generate({ prompt: 'red fox', n: 3, stream: true })
  await draw()
  const types: string[] = []
  for await (const { type } of stream) types.push(type)
  expect(types).toEqual(new Array(3).fill('image_generation.completed'))
})

test('a request that is refused before its stream is plain JSON', async () => {
  const answer = await post({ stream: true })
  expect(answer.status).toBe(400)
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
  expect(await answer.json()).toEqual({
    error: {
      message: "Missing required parameter: 'prompt'.",
      type: 'invalid_request_error',
      param: 'prompt',
      code: 'missing_required_parameter',
    },
  })
})

test('what fails after it was accepted says that it is not to be repeated', async () => {
  const asked = post({ prompt: 'red fox' })
  const job = await drawing()
  await gateway.start(job.id)
  await gateway.fail(job.id)
  const answer = await asked
  expect(answer.status).toBe(502)
  expect(answer.headers.get('x-should-retry')).toBe('false')
  expect(answer.headers.get('x-request-id')).toMatch(/^req_/)
  const body = (await answer.json()) as { error: object }
  expect(Object.keys(body.error).sort()).toEqual(['code', 'message', 'param', 'type'])
  expect(body).not.toHaveProperty('data')
})

test('an idempotency key that is too long is refused, and another body of a key is a conflict', async () => {
  const long = await post({ prompt: 'red fox' }, { 'idempotency-key': 'x'.repeat(256) })
  expect([long.status, await long.json()]).toMatchObject([
    400,
    { error: { param: 'Idempotency-Key', code: 'invalid_value' } },
  ])
  expect(await jobs()).toEqual([])
  const headers = { 'idempotency-key': 'order-1' }
  const first = post({ prompt: 'red fox' }, headers)
  await draw()
  expect((await first).status).toBe(200)
  const other = await post({ prompt: 'blue fox' }, headers)
  expect([other.status, other.headers.get('x-should-retry')]).toEqual([409, 'false'])
})

test.each(['done', 'failed'] as const)(
  'a hundred callers who wait for one picture all hear that it is %s, once',
  async (end) => {
    const headers = { 'idempotency-key': 'order-1' }
    const answers = Promise.all(Array.from({ length: 100 }, () => post({ prompt: 'red fox' }, headers)))
    const job = await drawing()
    await gateway.start(job.id, { percent: 50 })
    await (end === 'done' ? gateway.finish(job.id) : gateway.fail(job.id))
    const bodies = await Promise.all((await answers).map(async (one) => [one.status, await one.text()]))
    expect(new Set(bodies.map(([status]) => status))).toEqual(new Set([end === 'done' ? 200 : 502]))
    expect(new Set(bodies.map(([, body]) => body)).size).toBe(1)
    expect(await jobs()).toHaveLength(1)
    expect(await gateway.ledger(token)).toMatchObject({ used: end === 'done' ? 1 : 0, reserved: 0 })
  },
)

test('a path that there is not is named, and an unknown model still draws', async () => {
  const answer = await fetch(`${base}/v1/images/upscale`, { method: 'POST' })
  expect([answer.status, await answer.json()]).toEqual([
    404,
    {
      error: {
        message: 'Invalid URL (POST /v1/images/upscale)',
        type: 'invalid_request_error',
        param: null,
        code: null,
      },
    },
  ])
  const asked = client.images.generate({ prompt: 'red fox', model: 'somebody-elses' })
  await draw()
  expect((await asked).data).toHaveLength(1)
})
