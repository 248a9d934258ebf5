import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Answer, fox, type Gateway, gridResult, startGateway } from '../gateway.ts'

const json = 'application/json; charset=utf-8'
const html = 'text/html; charset=utf-8'
const plain = 'text/plain; charset=utf-8'
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(64)])
const webp = Buffer.concat([Buffer.from('RIFF\x10\0\0\0WEBPVP8 ', 'latin1'), Buffer.alloc(16)])
const gif = Buffer.from('GIF89a\x01\0\x01\0', 'latin1')

let gateway: Gateway

beforeEach(async () => {
  gateway = await startGateway()
})
afterEach(() => gateway.close())

interface Part {
  name: string
  filename?: string
  content: Buffer | string
}

async function upload(parts: Part[], { url = '/midjourney/describe', cut = 0 } = {}): Promise<Answer> {
  const chunks = parts.flatMap(({ name, filename, content }) => [
    `--edge\r\nContent-Disposition: form-data; name="${name}"`,
    filename === undefined ? '' : `; filename="${filename}"\r\nContent-Type: text/html`,
    '\r\n\r\n',
    content,
    '\r\n',
  ])
  const body = Buffer.concat([...chunks, '--edge--\r\n'].map((chunk) => Buffer.from(chunk)))
  return gateway.ask({
    method: 'POST',
    url,
    payload: body.subarray(0, body.length - cut),
    headers: { 'content-type': 'multipart/form-data; boundary=edge' },
  })
}

test('describe answers with the job, to the byte', async () => {
  const answer = await upload([{ name: 'image', filename: '../../My Fox.PNG', content: png }])
  const { id } = answer.json() as { id: string }
  expect(id).toMatch(/^[0-9a-f]{20}$/)
  const body = `{"imagePath":"/uploads/${id}.png","imageName":"${id}.png","id":"${id}","client_id":"${fox}","desc":[]}`
  expect(answer).toMatchObject({ status: 200, type: json, body })
  expect(await gateway.get('/midjourney/descjob', { id })).toMatchObject({ status: 200, type: json, body })
  expect(await gateway.post('/midjourney/descjob', { id })).toMatchObject({ body })
  expect(await gateway.scheduler.accounts.blobs(id as never)).toEqual([png])
  expect(await gateway.scheduler.jobs.find(id as never)).toMatchObject({
    charge: 0,
    request: { kind: 'describe', picture: { filename: 'picture.png', contentType: 'image/png' } },
  })
})

test.each([
  ['image/jpeg', 'jpg', jpeg],
  ['image/webp', 'webp', webp],
  ['image/gif', 'gif', gif],
])('describe knows %s by its content', async (contentType, extension, content) => {
  const answer = await upload([{ name: 'image', filename: 'x.txt', content }], { url: '/midjourney/desc' })
  const { id, imageName } = answer.json() as { id: string; imageName: string }
  expect(imageName).toBe(`${id}.${extension}`)
  expect(await gateway.scheduler.jobs.find(id as never)).toMatchObject({
    request: { picture: { contentType } },
  })
})

test('describe takes base64 and data URLs, in JSON and in a form', async () => {
  const base64 = png.toString('base64')
  const answers = [
    await gateway.post('/midjourney/describe', { image: base64 }),
    await gateway.post('/midjourney/describe', { image: `data:image/jpeg;base64,${base64}` }),
    await gateway.form('/midjourney/describe', { image: base64 }),
    await gateway.ask({
      method: 'POST',
      url: '/midjourney/describe',
      payload: `image=${base64}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
  ]
  for (const answer of answers) {
    expect(answer.status, answer.body).toBe(200)
    const { id } = answer.json() as { id: string }
    expect(await gateway.scheduler.accounts.blobs(id as never)).toEqual([png])
  }
})

test('descjob shows the four prompts once the bot has answered', async () => {
  const { id } = (await upload([{ name: 'image', filename: 'a.png', content: png }])).json() as { id: string }
  const result = gridResult()
  const buttons = [
    [1, 2, 3, 4].map((n) => ({ label: `${n}️⃣`, customId: `MJ::Job::PicReader::${n}` })),
    [{ label: '😀', customId: 'MJ::JOB::RATING::1::x' }],
  ]
  await gateway.finish(id, {
    ...result,
    text: '1️⃣ a fox\n\n2️⃣ a dog\n\n3️⃣ an owl\n\n4️⃣ a cat',
    url: 'https://cdn.example/d.png',
    buttons,
  })
  const answer = await gateway.get('/midjourney/descjob', { id })
  expect(answer.json()).toEqual({
    imagePath: `/uploads/${id}.png`,
    imageName: `${id}.png`,
    id,
    client_id: fox,
    desc: [
      {
        id: result.messageId,
        mj_image: 'https://cdn.example/d.png',
        desc_text: '1️⃣ a fox\r\n2️⃣ a dog\r\n3️⃣ an owl\r\n4️⃣ a cat',
        actions: [[1, 2, 3, 4].map((n) => ({ label: `${n}️⃣`, id: `MJ::Job::PicReader::${n}` }))],
      },
    ],
  })

  // Not an imagine job: this family reads and acts on it as little as it ever did.
  const token = await gateway.tokens.issue({ count: 5, days: 1 })
  expect(await gateway.get('/midjourney/job', { id })).toMatchObject({
    status: 404,
    type: plain,
    body: 'Not Found',
  })
  const press = { token, image: result.messageId, action: 'MJ::Job::PicReader::1', client_id: fox }
  expect(await gateway.get('/midjourney/action', press)).toMatchObject({
    status: 500,
    type: html,
    body: '{"code":400,"result":"cannot run action"}',
  })
  expect(await gateway.ledger(token)).toMatchObject({ remaining: 5 })
})

test('descjob tells of a describe that failed', async () => {
  const { id } = (await upload([{ name: 'image', filename: 'a.png', content: png }])).json() as { id: string }
  await gateway.fail(id)
  expect((await gateway.get('/midjourney/descjob', { id })).json()).toMatchObject({
    desc: [{ id, error: 'Midjourney reported an error.', title: 'Upstream failed' }],
  })
})

test('descjob does not know an imagine', async () => {
  const token = await gateway.tokens.issue({ count: 5, days: 1 })
  const { id } = (await gateway.get('/midjourney/imagine', { token, prompt: 'fox' })).json() as { id: string }
  expect(await gateway.get('/midjourney/descjob', { id })).toMatchObject({ status: 404, body: 'Not Found' })
})

test('describe refuses what is no picture, before anything is kept', async () => {
  const invalid = { status: 400, type: html, body: '无效的文件!!!' }
  const notAPicture = {
    status: 400,
    type: html,
    body: '{"code":400,"result":"image should be a PNG, JPEG, WebP or GIF file"}',
  }
  expect(await upload([])).toMatchObject(invalid)
  expect(await upload([{ name: 'file', filename: 'a.png', content: png }])).toMatchObject(invalid)
  expect(await upload([{ name: 'image', content: 'just text' }])).toMatchObject(invalid)
  expect(await upload([{ name: 'image', filename: 'a.png', content: '' }])).toMatchObject(invalid)
  expect(await gateway.post('/midjourney/describe', {})).toMatchObject(invalid)
  expect(await gateway.post('/midjourney/describe', { image: 5 })).toMatchObject(invalid)
  expect(await gateway.ask({ method: 'POST', url: '/midjourney/describe' })).toMatchObject(invalid)

  const page = '<html><script>alert(1)</script></html>'
  expect(await upload([{ name: 'image', filename: 'a.png', content: page }])).toMatchObject(notAPicture)
  const riff = Buffer.from('RIFF\x10\0\0\0WAVEfmt ', 'latin1')
  expect(await upload([{ name: 'image', filename: 'a.webp', content: riff }])).toMatchObject(notAPicture)
  expect(await gateway.post('/midjourney/describe', { image: 'http://127.0.0.1/x.png' })).toMatchObject(
    notAPicture,
  )
  expect(await gateway.jobs.waiting()).toBe(0)
  expect((await gateway.scheduler.pool.accounts()).map(({ used }) => used)).toEqual([0, 0])
})

test('describe refuses a body that is too large or broken', async () => {
  const huge = Buffer.concat([png, Buffer.alloc(10 * 1024 * 1024)])
  expect(await upload([{ name: 'image', filename: 'a.png', content: huge }])).toMatchObject({
    status: 413,
    type: html,
    body: '{"code":413,"result":"image should not be larger than 10 MB"}',
  })
  const limit = Buffer.concat([png, Buffer.alloc(10 * 1024 * 1024 - png.length)])
  expect(await upload([{ name: 'image', filename: 'a.png', content: limit }])).toMatchObject({ status: 200 })

  const unreadable = {
    status: 400,
    type: html,
    body: '{"code":400,"result":"the multipart body cannot be read"}',
  }
  expect(await upload([{ name: 'image', filename: 'a.png', content: png }], { cut: 12 })).toMatchObject(
    unreadable,
  )
  expect(await upload([{ name: '__proto__', content: 'x' }])).toMatchObject(unreadable)
  const two = [1, 2].map((n) => ({ name: 'image', filename: `${n}.png`, content: png }))
  expect((await upload(two)).status).toBeLessThan(500)
  const many = Array.from({ length: 40 }, (_, n) => ({ name: `f${n}`, content: 'x' }))
  expect((await upload(many)).status).toBeLessThan(500)
  for (const type of [
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=other',
  ]) {
    const headers = { 'content-type': type }
    const answer = await gateway.ask({ method: 'POST', url: '/midjourney/describe', payload: 'x', headers })
    expect(answer.status, type).toBeGreaterThanOrEqual(400)
    expect(answer.status, type).toBeLessThan(500)
  }
})

test('describe answers that no job could be made when the pool is empty', async () => {
  await gateway.close()
  gateway = await startGateway({ accounts: {} })
  expect(await upload([{ name: 'image', filename: 'a.png', content: png }])).toMatchObject({
    status: 500,
    type: html,
    body: '{"code":400,"result":"cannot create a new job with this prompt"}',
  })
})
