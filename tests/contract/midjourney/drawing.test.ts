import { afterEach, beforeEach, expect, test } from 'vitest'
import { JobService } from '../../../src/jobs/service.ts'
import { TokenService } from '../../../src/tokens/service.ts'
import { fox, type Gateway, gridResult, owl, startGateway } from '../gateway.ts'

const json = 'application/json; charset=utf-8'
const html = 'text/html; charset=utf-8'
const plain = 'text/plain; charset=utf-8'
const spent = '{"code":400,"result":"调用次数达到限制，请联系管理员v a16559798_23"}'

let gateway: Gateway
let token: string

beforeEach(async () => {
  gateway = await startGateway()
  token = await gateway.tokens.issue({ count: 100, days: 30 })
})
afterEach(() => gateway.close())

interface JobBody {
  id: string
  client_id: string
  tasks: number
  images: { id: string; url?: string; error?: string; actions?: { label: string; id: string }[][] }[]
}

const imagine = async (query: Record<string, string> = {}): Promise<JobBody> =>
  (await gateway.get('/midjourney/imagine', { prompt: 'red fox', token, ...query })).json() as JobBody
const read = async (id: string): Promise<JobBody> =>
  (await gateway.get('/midjourney/job', { id })).json() as JobBody

test('imagine answers with the job, to the byte', async () => {
  const answer = await gateway.get('/midjourney/imagine', { prompt: 'red fox —ar 3:2', token })
  const { id } = answer.json() as JobBody
  expect(id).toMatch(/^[0-9a-f]{20}$/)
  expect(answer).toMatchObject({
    status: 200,
    type: json,
    body: `{"prompt":"red fox --ar 3:2","upscale":false,"client_id":"${fox}","id":"${id}","tasks":1,"images":[]}`,
  })
  expect(await gateway.ledger(token)).toMatchObject({ remaining: 99, reserved: 1 })
})

test('imagine asks for nothing but the one step that accepts the job', async () => {
  await gateway.close()
  const { scheduler, tokens } = await startGateway()
  token = await tokens.issue({ count: 1, days: 1 })
  const asked: string[] = []
  const store = new Proxy(scheduler.jobs, {
    get(target, name) {
      asked.push(String(name))
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  const refuse = () => Promise.reject(new Error('not needed'))
  gateway = await startGateway({
    jobs: new JobService({ store }),
    tokens: new TokenService({ store: { ...scheduler.tokens, find: refuse } as never, clock: gateway.clock }),
    pool: { accounts: refuse, order: refuse, orphans: refuse, attach: refuse },
  })
  expect(await gateway.get('/midjourney/imagine', { prompt: 'red fox', token })).toMatchObject({
    status: 200,
  })
  expect(asked).toEqual(['submit'])
  scheduler.close()
})

test('imagine takes JSON, a form and a query on POST', async () => {
  const answers = [
    await gateway.post('/midjourney/imagine', { prompt: 'red fox', token, upscale: true }),
    await gateway.form('/midjourney/imagine', { prompt: 'red fox', token, upscale: 'true' }),
    await gateway.ask({
      method: 'POST',
      url: '/midjourney/imagine',
      query: { prompt: 'red fox', token, upscale: 'true' },
    }),
    await gateway.ask({
      method: 'POST',
      url: `/midjourney/imagine?token=${token}`,
      payload: { prompt: 'red fox', upscale: 'true' },
    }),
  ]
  for (const answer of answers) {
    expect(answer.status, answer.body).toBe(200)
    expect(answer.json()).toMatchObject({ prompt: 'red fox', upscale: true, tasks: 1 })
  }
})

test('only upscale=true asks for the first picture large', async () => {
  for (const upscale of ['1', 'TRUE', 'yes', ''])
    expect(await imagine({ upscale })).toMatchObject({ upscale: false })
  const { id } = await imagine({ upscale: 'true' })
  expect(await gateway.scheduler.jobs.find(id as never)).toMatchObject({ request: { thenUpscale: true } })
})

test('the prompt is kept as the caller wrote it, but for em dashes', async () => {
  const prompt = '  {a|b} —— 红狐 🦊\nline two, "quotes" \\ <@1> --no text  '
  const { id } = await imagine({ prompt })
  expect(await read(id)).toMatchObject({ prompt: prompt.replaceAll('—', '--') })
})

test('a token draws fast while 25 uses are left, then relaxed', async () => {
  token = await gateway.tokens.issue({ count: 26, days: 1 })
  expect([await imagine(), await imagine(), await imagine()].map(({ client_id }) => client_id)).toEqual([
    fox,
    fox,
    owl,
  ])
})

test('a job that waits names an account of its lane', async () => {
  for (let i = 0; i < 3; i += 1) await imagine()
  const { id, client_id } = await imagine()
  expect(client_id).toBe(fox)
  expect(await read(id)).toMatchObject({ client_id: fox, images: [] })
})

test.each([
  ['unknown', () => 'nobody'],
  ['empty', () => ''],
  ['spent', () => gateway.tokens.issue({ count: 0, days: 1 })],
  ['expired', () => gateway.tokens.issue({ count: 5, days: 0 })],
])('a token that is %s is refused before anything else', async (_kind, make) => {
  const bad = await make()
  const refused = { status: 400, type: html, body: spent }
  const good = { image: '1', action: 'x', client_id: fox }
  expect(await gateway.get('/midjourney/imagine', { token: bad, prompt: 'fox' })).toMatchObject(refused)
  expect(await gateway.get('/midjourney/imagine', { token: bad, prompt: ' ' })).toMatchObject(refused)
  expect(await gateway.get('/midjourney/imagine', { token: bad })).toMatchObject(refused)
  expect(await gateway.post('/midjourney/imagine', { token: bad, prompt: 'x'.repeat(7000) })).toMatchObject(
    refused,
  )
  expect(await gateway.get('/midjourney/action', { token: bad, ...good })).toMatchObject(refused)
  expect(await gateway.get('/midjourney/action', { token: bad, client_id: fox })).toMatchObject(refused)
})

test('a missing token is refused like a bad one', async () => {
  const refused = { status: 400, type: html, body: spent }
  expect(await gateway.get('/midjourney/imagine', { prompt: 'fox' })).toMatchObject(refused)
  expect(await gateway.ask({ method: 'POST', url: '/midjourney/imagine' })).toMatchObject(refused)
})

test('a prompt that is missing or blank is named in plain words, and costs nothing', async () => {
  const refused = { status: 400, type: html, body: 'prompt parameter is required' }
  for (const query of [{}, { prompt: '' }, { prompt: ' \n\t ' }]) {
    expect(await gateway.get('/midjourney/imagine', { token, ...query })).toMatchObject(refused)
    expect(await gateway.post('/midjourney/imagine', { token, ...query })).toMatchObject(refused)
  }
  expect(await gateway.post('/midjourney/imagine', { token, prompt: null })).toMatchObject(refused)
  expect(await gateway.ledger(token)).toEqual({ granted: 100, remaining: 100, reserved: 0, used: 0 })
})

test('a pool without an account for the mode answers that no job could be made', async () => {
  await gateway.close()
  gateway = await startGateway({ accounts: { [owl]: { lanes: ['relax'], mode: 'relax' } } })
  token = await gateway.tokens.issue({ count: 100, days: 30 })
  expect(await gateway.get('/midjourney/imagine', { token, prompt: 'fox' })).toMatchObject({
    status: 500,
    type: html,
    body: '{"code":400,"result":"cannot create a new job with this prompt"}',
  })
  expect(await gateway.ledger(token)).toMatchObject({ remaining: 100 })
})

test('job shows what has landed, in the order of landing, each once', async () => {
  const { id } = await imagine()
  const queued = {
    id: '1110056538573380001',
    title: 'Job queued',
    text: 'Your job has been added to the queue…',
    at: gateway.clock.now(),
    final: false,
  }
  await gateway.start(id, {}, [queued, queued])
  gateway.clock.advance(60_000)
  const grid = gridResult()
  await gateway.finish(id, grid)
  const answer = await gateway.get('/midjourney/job', { id })
  const row = (n: number) => (grid.buttons[n] ?? []).map(({ label, customId }) => ({ label, id: customId }))
  expect(answer).toMatchObject({ status: 200, type: json })
  expect(answer.body).toBe(
    JSON.stringify({
      prompt: 'red fox',
      upscale: false,
      client_id: fox,
      id,
      tasks: 1,
      images: [
        { id: queued.id, error: queued.text, title: queued.title },
        { id: grid.messageId, url: grid.url, upscaled: false, actions: [row(0), row(1)] },
      ],
    }),
  )
  expect(await gateway.ledger(token)).toMatchObject({ remaining: 99, reserved: 0, used: 1 })
})

test('a failed job ends with an entry that has an error, and gives its use back', async () => {
  const notice = {
    id: '1110056538573380009',
    title: 'Banned prompt detected',
    text: 'No.',
    at: 1,
    final: true,
  }
  const said = await imagine()
  await gateway.fail(said.id, [notice])
  expect((await read(said.id)).images).toEqual([
    { id: notice.id, error: 'No.', title: 'Banned prompt detected' },
  ])
  const silent = await imagine()
  await gateway.fail(silent.id)
  expect((await read(silent.id)).images).toEqual([
    { id: silent.id, error: 'Midjourney reported an error.', title: 'Upstream failed' },
  ])
  expect(await gateway.ledger(token)).toEqual({ granted: 100, remaining: 100, reserved: 0, used: 0 })
})

test.each(['/midjourney/job', '/midjourney/descjob'])(
  '%s answers in plain text when there is none',
  async (url) => {
    const badRequest = { status: 400, type: plain, body: 'Bad Request' }
    const notFound = { status: 404, type: plain, body: 'Not Found' }
    expect(await gateway.get(url)).toMatchObject(badRequest)
    expect(await gateway.get(url, { id: ' ' })).toMatchObject(badRequest)
    expect(await gateway.post(url, {})).toMatchObject(badRequest)
    expect(await gateway.get(url, { id: '0123456789abcdef0123' })).toMatchObject(notFound)
    for (const id of ['nope', '*', '../x', '__proto__', '红', 'x'.repeat(5000)]) {
      expect(await gateway.post(url, { id })).toMatchObject(notFound)
    }
  },
)

test('an action adds to the same job', async () => {
  const { id } = await imagine()
  await gateway.finish(id)
  const [grid] = (await read(id)).images
  const u2 = grid?.actions?.[0]?.[1]?.id ?? ''
  gateway.clock.advance(1000)
  // The id goes into the address as it is, colons and all.
  const answer = await gateway.ask({
    method: 'GET',
    url: `/midjourney/action?image=${grid?.id}&action=${u2}&token=${token}&client_id=${fox}`,
  })
  expect(answer).toMatchObject({ status: 200, type: json })
  expect(answer.json()).toMatchObject({ id, tasks: 2, client_id: fox, images: [{ id: grid?.id }] })
  expect(await gateway.ledger(token)).toMatchObject({ remaining: 98, reserved: 1, used: 1 })

  const [, followUp] = await gateway.jobs.line(id)
  await gateway.start(followUp?.id ?? '', { percent: 15, previewUrl: 'https://cdn.example/p.webp' })
  expect((await gateway.get('/midjourney/progress', { id })).json()).toEqual({
    id,
    percentage: '15',
    image_url: 'https://cdn.example/p.webp',
  })
  await gateway.finish(followUp?.id ?? '', { content: '**a fox** - Upscaled by <@1> (fast)' })
  const done = await read(id)
  expect(done).toMatchObject({ id, tasks: 2, images: [{ upscaled: false }, { upscaled: true }] })

  // The picture of an action can be acted on too, and the oldest clients name no account.
  const image = done.images[1]
  const again = await gateway.post('/midjourney/action', {
    image: image?.id,
    action: image?.actions?.[1]?.[0]?.id,
    token,
  })
  expect(again.json()).toMatchObject({ id, tasks: 3, images: [{}, {}] })
  expect(await gateway.get('/midjourney/job', { id: followUp?.id ?? '' })).toMatchObject({
    status: 404,
    type: plain,
    body: 'Not Found',
  })
  expect((await gateway.get('/midjourney/progress', { id: followUp?.id ?? '' })).json()).toEqual({
    progress: 0,
  })
})

test('an upscale that came with the job is shown but not counted', async () => {
  const { id } = await imagine({ upscale: 'true' })
  await gateway.finish(id)
  const [grid] = await gateway.jobs.line(id)
  if (grid?.state !== 'done') throw new Error('the grid is not done')
  await gateway.jobs.upscaleFirst(grid)
  const [, follow] = await gateway.jobs.line(id)
  gateway.clock.advance(5000)
  await gateway.finish(follow?.id ?? '')
  expect(await read(id)).toMatchObject({ upscale: true, tasks: 1, images: [{}, {}] })
  expect(await gateway.ledger(token)).toMatchObject({ remaining: 99, used: 1 })
})

test('an action is refused for what is wrong first: account, token, parameters, picture, button', async () => {
  const { id } = await imagine()
  await gateway.finish(id)
  const [grid] = (await read(id)).images
  const before = await gateway.ledger(token)
  const action = grid?.actions?.[0]?.[0]?.id ?? ''
  const image = grid?.id ?? ''
  const cannot = { status: 500, type: html, body: '{"code":400,"result":"cannot run action"}' }
  const incomplete = {
    status: 400,
    type: html,
    body: '{"code":400,"result":"image and action parameters should be provided"}',
  }
  const act = (query: Record<string, string>) =>
    gateway.get('/midjourney/action', { token, image, action, client_id: fox, ...query })

  expect(await act({ client_id: '42', token: 'bad', image: '' })).toMatchObject(cannot)
  expect(await act({ token: 'bad', image: '' })).toMatchObject({ status: 400, body: spent })
  expect(await act({ image: '' })).toMatchObject(incomplete)
  expect(await act({ action: ' ' })).toMatchObject(incomplete)
  expect(await gateway.get('/midjourney/action', { token, client_id: fox })).toMatchObject(incomplete)
  expect(await act({ image: '999' })).toMatchObject(cannot)
  expect(await act({ image: '*' })).toMatchObject(cannot)
  expect(await act({ action: 'MJ::JOB::upsample::9::x' })).toMatchObject({
    status: 400,
    type: html,
    body: '{"code":400,"result":"This picture has no such button."}',
  })
  expect(await gateway.ledger(token)).toEqual(before)
  expect(await read(id)).toMatchObject({ tasks: 1 })
})

test('progress has two shapes and never fails', async () => {
  const nothing = { status: 200, type: json, body: '{"progress":0}' }
  const { id } = await imagine()
  expect(await gateway.get('/midjourney/progress', { id: 'no-such-job' })).toMatchObject(nothing)
  expect(await gateway.get('/midjourney/progress', { id })).toMatchObject(nothing)
  await gateway.start(id)
  expect(await gateway.get('/midjourney/progress', { id })).toMatchObject(nothing)
  const lease = { account: fox, node: 'node' as never, epoch: 1 }
  const track = { nonces: [], percent: 31, previewUrl: 'https://cdn.example/31.webp' }
  await gateway.scheduler.accounts.record(lease, {
    job: id as never,
    event: 'progress-reported',
    fields: { track },
  })
  const seen = `{"id":"${id}","percentage":"31","image_url":"https://cdn.example/31.webp"}`
  expect(await gateway.get('/midjourney/progress', { id })).toMatchObject({
    status: 200,
    type: json,
    body: seen,
  })
  expect(await gateway.post('/midjourney/progress', { id })).toMatchObject({ body: seen })
  await gateway.finish(id)
  gateway.clock.advance(600_000)
  expect(await gateway.get('/midjourney/progress', { id })).toMatchObject({ body: seen })
  gateway.clock.advance(1)
  expect(await gateway.get('/midjourney/progress', { id })).toMatchObject(nothing)
  expect(await gateway.get('/midjourney/progress')).toMatchObject({
    status: 400,
    type: plain,
    body: 'Bad Request',
  })
})

test('history lists every picture once, oldest first, whatever the token', async () => {
  const empty = { status: 200, type: json, body: '{"data":[]}' }
  expect(await gateway.get('/midjourney/history')).toMatchObject(empty)
  expect(await gateway.get('/midjourney/history', { token: 'nobody' })).toMatchObject(empty)
  expect(await gateway.get('/midjourney/history', { token })).toMatchObject(empty)
  const [a, b] = [await imagine(), await imagine()]
  await gateway.finish(b.id, { url: 'https://cdn.example/b.png' })
  await gateway.finish(a.id, { url: 'https://cdn.example/a.png' })
  const body = JSON.stringify({
    data: [
      { job_id: b.id, images_url: 'https://cdn.example/b.png' },
      { job_id: a.id, images_url: 'https://cdn.example/a.png' },
    ],
  })
  expect(await gateway.get('/midjourney/history', { token })).toMatchObject({ body })
  expect(await gateway.post('/midjourney/history', { token })).toMatchObject({ body })
})

test('action answers the dialog that its button opens', async () => {
  const token = await gateway.tokens.issue({ count: 10, days: 1, class: 'fast' })
  const { id } = (await gateway.get('/midjourney/imagine', { prompt: 'red fox', token })).json() as {
    id: string
  }
  await gateway.start(id)
  const buttons = [[{ label: 'Custom Zoom', customId: 'MJ::CustomZoom::x' }]]
  await gateway.finish(id, { messageId: '1110056538573380999', buttons })
  const press = { image: '1110056538573380999', action: 'MJ::CustomZoom::x', token }
  expect(
    (await gateway.get('/midjourney/action', { ...press, prompt: 'blue fox', zoom: '1.5' })).status,
  ).toBe(200)
  const [, zoomed] = await gateway.jobs.line(id)
  expect(zoomed?.request).toMatchObject({ answer: { prompt: 'blue fox', zoom: 1.5 } })
  expect((await gateway.get('/midjourney/action', { ...press, zoom: '9' })).status).toBe(400)
  expect(
    (await gateway.post('/midjourney/action', { ...press, mask: 'aGVsbG8=' })).status,
  ).toBeGreaterThanOrEqual(400)
  expect(await gateway.ledger(token)).toMatchObject({ reserved: 1 })
})
