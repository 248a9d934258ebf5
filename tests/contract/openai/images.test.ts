import OpenAI, { toFile } from 'openai'
import sharp from 'sharp'
import { expect, onTestFinished, test } from 'vitest'
import { DrawbridgeError } from '../../../src/errors.ts'
import type { Job } from '../../../src/jobs/job.ts'
import { keepImages } from '../../helpers/image-service.ts'
import { until } from '../../helpers/until.ts'
import { type Gateway, startGateway } from '../gateway.ts'

/** The colours of a grid's four pictures, in their order. */
const colours = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 0],
] as const
const side = 32

const grid = await sharp({ create: { width: 2 * side, height: 2 * side, channels: 3, background: 'black' } })
  .composite(
    colours.map(([r, g, b], index) => ({
      input: { create: { width: side, height: side, channels: 3 as const, background: { r, g, b } } },
      left: (index % 2) * side,
      top: Math.floor(index / 2) * side,
    })),
  )
  .png()
  .toBuffer()

async function start(options: Parameters<typeof startGateway>[0] = {}) {
  const { served, fetched, stop } = await keepImages(grid, (id) => gateway.jobs.find(id))
  const gateway: Gateway = await startGateway({
    images: served,
    pictures: {
      fetch: async (_account, url) => {
        fetched.push(url)
        return grid
      },
    },
    ...options,
  })
  onTestFinished(async () => {
    await gateway.close()
    await stop()
  })
  const base = await gateway.app.listen({ host: '127.0.0.1', port: 0 })
  const token = await gateway.tokens.issue({ count: 10, days: 1, class: 'fast' })
  const client = new OpenAI({ apiKey: token, baseURL: `${base}/v1` })
  return { ...gateway, base, token, client, fetched }
}

async function jobsOf(gateway: Gateway): Promise<Job[]> {
  const { jobs } = await gateway.jobs.page({ token: null, limit: 100 })
  return jobs
}

/** A job that is not one of these, once an account has it. */
async function taken(gateway: Gateway, known: readonly Job[] = []): Promise<Job> {
  const ids = known.map(({ id }) => id)
  return until(async () =>
    (await jobsOf(gateway)).find(({ id, account }) => account !== null && !ids.includes(id)),
  )
}

/** Brings so many jobs to their end as soon as they are there. */
async function draw(gateway: Gateway, count = 1): Promise<Job[]> {
  const drawn: Job[] = []
  for (let index = 0; index < count; index += 1) {
    const job = await taken(gateway, drawn)
    await gateway.start(job.id)
    await gateway.finish(job.id)
    drawn.push(job)
  }
  return drawn
}

async function colourOf(png: Buffer) {
  const { width, height, format } = await sharp(png).metadata()
  const { data } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  return { width, height, format, colour: [...data.subarray(0, 3)] }
}

const picture = () => toFile(grid, 'fox.png')
const promptOf = ({ request }: Job) => ('prompt' in request ? request.prompt : '')
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error('it was accepted')
    },
    (error: unknown) => error as InstanceType<typeof OpenAI.APIError>,
  )

test('answers with links to pictures of one grid, which need no key', async () => {
  const gateway = await start()
  const asked = gateway.client.images.generate({ prompt: 'red fox', n: 2, size: '1536x1024', quality: 'hd' })
  const [job] = await draw(gateway)
  const answer = await asked

  expect(promptOf(job as Job)).toBe('red fox --ar 3:2')
  expect(answer.created).toBe(Math.floor(gateway.clock.now() / 1000))
  expect(answer._request_id).toMatch(/^req_/)
  expect(answer.data?.map(({ url }) => url)).toEqual(
    [1, 2].map((n) => `${gateway.base}/images/${job?.id}/quarter-${n}.png`),
  )
  for (const [index, { url }] of (answer.data ?? []).entries()) {
    const file = await fetch(url ?? '')
    expect(file.headers.get('content-type')).toBe('image/png')
    expect(await colourOf(Buffer.from(await file.arrayBuffer()))).toEqual({
      width: side,
      height: side,
      format: 'png',
      colour: colours[index],
    })
  }
  expect(gateway.fetched).toHaveLength(1)
  expect(await gateway.ledger(gateway.token)).toMatchObject({ used: 1, reserved: 0 })
})

test('answers with bytes, in the format that is asked for', async () => {
  const gateway = await start()
  const asked = gateway.client.images.generate({
    prompt: 'red fox --ar 1:2',
    model: 'gpt-image-1',
    size: '1536x1024',
    output_format: 'webp',
  })
  const [job] = await draw(gateway)
  const { data, output_format, usage } = await asked
  expect(promptOf(job as Job)).toBe('red fox --ar 1:2')
  const shown = await sharp(Buffer.from(data?.[0]?.b64_json ?? '', 'base64')).metadata()
  expect(shown).toMatchObject({ format: 'webp', width: side })
  expect({ output_format, total: usage?.total_tokens }).toEqual({ output_format: 'webp', total: 0 })
})

test('draws a second grid for the fifth picture', async () => {
  const gateway = await start()
  const asked = gateway.client.images.generate({ prompt: 'red fox', n: 5, response_format: 'b64_json' })
  await draw(gateway, 2)
  const { data = [] } = await asked
  const shown = await Promise.all(
    data.map(async ({ b64_json = '' }) => (await colourOf(Buffer.from(b64_json, 'base64'))).colour),
  )
  expect(shown).toEqual([...colours, colours[0]])
  expect(await gateway.ledger(gateway.token)).toMatchObject({ used: 2, reserved: 0 })
})

test('the same idempotency key draws once', async () => {
  const gateway = await start()
  const headers = { 'idempotency-key': 'order-1' }
  const first = gateway.client.images.generate({ prompt: 'red fox' }, { headers })
  await draw(gateway)
  const second = await gateway.client.images.generate({ prompt: 'red fox' }, { headers })
  expect((await first).data).toEqual(second.data)
  expect(await jobsOf(gateway)).toHaveLength(1)
})

test('an edit puts its pictures in front of the prompt', async () => {
  const gateway = await start()
  const asked = gateway.client.images.edit({
    image: [await picture(), await picture()],
    mask: await picture(),
    prompt: 'in the snow',
    n: 1,
  })
  const [job] = await draw(gateway)
  expect((await asked).data).toHaveLength(1)
  expect(job?.request).toMatchObject({
    kind: 'imagine',
    prompt: 'in the snow',
    pictures: [{ contentType: 'image/png' }, { contentType: 'image/png' }],
  })
})

test('an edit takes pictures as addresses in JSON', async () => {
  const gateway = await start()
  const asked = gateway.post(
    '/v1/images/edits',
    {
      prompt: 'in the snow',
      images: [
        { image_url: 'https://example.com/a.png' },
        { image_url: `data:image/png;base64,${grid.toString('base64')}` },
      ],
    },
    { authorization: `Bearer ${gateway.token}` },
  )
  const [job] = await draw(gateway)
  expect((await asked).status).toBe(200)
  expect(job?.request).toMatchObject({ prompt: 'https://example.com/a.png in the snow', pictures: [{}] })
})

test('a variation draws what the bot sees in the picture', async () => {
  const gateway = await start()
  const asked = gateway.client.images.createVariation({ image: await picture(), n: 1 })
  const describe = await taken(gateway)
  expect(describe.request.kind).toBe('describe')
  await gateway.start(describe.id)
  const text = '1️⃣ a [red](https://example.com) fox --ar 1:1\n\n2️⃣ an owl'
  await gateway.finish(describe.id, { text, buttons: [], url: null })
  const imagine = await taken(gateway, [describe])
  expect(imagine.request).toMatchObject({ prompt: 'a red fox --ar 1:1', pictures: [{}] })
  await gateway.start(imagine.id)
  await gateway.finish(imagine.id)
  expect((await asked).data?.[0]?.url).toContain(imagine.id)
  expect(await gateway.ledger(gateway.token)).toMatchObject({ used: 1, reserved: 0 })
})

test('streams previews and then the picture', async () => {
  const gateway = await start()
  const stream = await gateway.client.images.generate({ prompt: 'red fox', stream: true, partial_images: 1 })
  const job = await taken(gateway)
  await gateway.start(job.id, { percent: 30, previewUrl: 'https://cdn.example/preview.webp' })
  const told: { type: string; colour: number[] }[] = []
  for await (const event of stream) {
    const { colour } = await colourOf(Buffer.from(event.b64_json, 'base64'))
    told.push({ type: event.type, colour })
    if (event.type === 'image_generation.partial_image') await gateway.finish(job.id)
  }
  expect(told).toEqual([
    { type: 'image_generation.partial_image', colour: [...colours[0]] },
    { type: 'image_generation.completed', colour: [...colours[0]] },
  ])
})

test('a stream ends with the failure of its job', async () => {
  const gateway = await start()
  const stream = await gateway.client.images.generate({ prompt: 'red fox', stream: true })
  const job = await taken(gateway)
  await gateway.start(job.id)
  await gateway.fail(job.id)
  const read = async () => {
    for await (const _ of stream);
  }
  expect(await failure(read())).toBeInstanceOf(OpenAI.APIError)
})

test('a failed job is told once: its client does not try again', async () => {
  const gateway = await start()
  const asked = failure(gateway.client.images.generate({ prompt: 'red fox' }))
  const job = await taken(gateway)
  await gateway.start(job.id)
  await gateway.fail(job.id)
  expect(await asked).toMatchObject({ status: 502, type: 'server_error', code: 'upstream_failed' })
  expect(await jobsOf(gateway)).toHaveLength(1)
})

test('gives up waiting before the client does, and the job goes on', async () => {
  const gateway = await start()
  const asked = failure(gateway.client.images.generate({ prompt: 'red fox' }))
  const job = await taken(gateway)
  gateway.clock.advance(281_000)
  expect(await asked).toMatchObject({ status: 504, type: 'server_error' })
  expect((await gateway.jobs.find(job.id))?.state).toBe('assigned')
  expect(await jobsOf(gateway)).toHaveLength(1)
})

test('a gateway that closes lets nobody wait', async () => {
  const gateway = await start()
  const asked = failure(gateway.client.images.generate({ prompt: 'red fox' }))
  await taken(gateway)
  await gateway.app.close()
  expect(await asked).toMatchObject({ status: 504, type: 'server_error' })
})

test('a client that hangs up does not end its job', async () => {
  const gateway = await start()
  const hangUp = new AbortController()
  const asked = gateway.client.images.generate({ prompt: 'red fox' }, { signal: hangUp.signal })
  const job = await taken(gateway)
  hangUp.abort()
  expect(await failure(asked)).toBeInstanceOf(OpenAI.APIUserAbortError)
  await gateway.start(job.id)
  await gateway.finish(job.id)
  expect((await gateway.jobs.find(job.id))?.state).toBe('done')
})

test.each([
  [{ prompt: '' }, 'prompt', 'missing_required_parameter'],
  [{ prompt: 'fox', n: 11 }, 'n', 'invalid_value'],
  [{ prompt: 'fox', response_format: 'svg' as 'url' }, 'response_format', 'invalid_value'],
  [{ prompt: '{red, blue} fox' }, 'prompt', 'invalid_prompt'],
])('refuses %j', async (body, param, code) => {
  const gateway = await start()
  const error = await failure(gateway.client.images.generate(body))
  expect(error).toBeInstanceOf(OpenAI.BadRequestError)
  expect(error).toMatchObject({ param, code, type: 'invalid_request_error' })
  expect(error.requestID).toMatch(/^req_/)
  expect(await jobsOf(gateway)).toEqual([])
})

test('refuses what is no picture', async () => {
  const { client } = await start()
  const image = await toFile(Buffer.from('words'), 'fox.png')
  expect(await failure(client.images.edit({ image, prompt: 'fox' }))).toMatchObject({
    status: 400,
    param: 'image',
  })
})

test('refuses keys that are unknown, or have nothing left', async () => {
  const { base, tokens } = await start()
  const by = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${base}/v1` })
  const unknown = await failure(by('nobody').images.generate({ prompt: 'fox' }))
  expect(unknown).toBeInstanceOf(OpenAI.AuthenticationError)
  expect(unknown.code).toBe('invalid_api_key')
  expect(await failure(by('nobody').images.createVariation({ image: await picture() }))).toMatchObject({
    status: 401,
  })
  const spent = await tokens.issue({ count: 0, days: 1, class: 'fast' })
  const error = await failure(by(spent).images.generate({ prompt: 'fox' }))
  expect(error).toBeInstanceOf(OpenAI.RateLimitError)
  expect(error.code).toBe('insufficient_quota')
})

test('a full queue is answered with 429, which clients may repeat', async () => {
  const { client, jobs } = await start()
  jobs.imagine = () => Promise.reject(new DrawbridgeError('queue-full'))
  const error = await failure(client.images.generate({ prompt: 'red fox' }, { maxRetries: 0 }))
  expect(error).toBeInstanceOf(OpenAI.RateLimitError)
  expect(error).toMatchObject({ code: 'rate_limit_exceeded', type: 'requests' })
  expect(error.headers?.has('x-should-retry')).toBe(false)
})

test('lists its models', async () => {
  const { client } = await start()
  const { data } = await client.models.list()
  expect(data.map(({ id }) => id)).toContain('midjourney')
  expect(await client.models.retrieve('dall-e-3')).toMatchObject({ object: 'model' })
  expect(await failure(client.models.retrieve('none'))).toMatchObject({
    status: 404,
    code: 'model_not_found',
  })
})
