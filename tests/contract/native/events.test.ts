import { afterEach, beforeEach, expect, test } from 'vitest'
import { adminKey, type Gateway, startGateway } from '../gateway.ts'

let gateway: Gateway
let token: string
let base: string

beforeEach(async () => {
  gateway = await startGateway()
  token = await gateway.tokens.issue({ count: 10, days: 1, class: 'fast' })
  base = await gateway.app.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(() => gateway.close())

interface Told {
  id: string
  event: string
  data: Record<string, unknown>
}

const never = (_told: Told[]): boolean => false

/** Reads a stream until `enough`, or to its end, and hangs up. */
async function read(path: string, { last = '', enough = never, key = token } = {}) {
  const hangUp = new AbortController()
  const response = await fetch(`${base}${path}`, {
    headers: { authorization: `Bearer ${key}`, ...(last ? { 'last-event-id': last } : {}) },
    signal: hangUp.signal,
  })
  const told: Told[] = []
  let text = ''
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString()
    const frames = text.split('\n\n')
    text = frames.pop() ?? ''
    told.push(...frames.filter((frame) => frame.includes('data: ')).map(parse))
    if (enough(told)) break
  }
  hangUp.abort()
  return { status: response.status, told }
}

function parse(frame: string): Told {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(frame)?.[1] ?? ''
  return { id: field('id'), event: field('event'), data: JSON.parse(field('data')) }
}

async function submit() {
  const answer = await gateway.post(
    '/v1/jobs',
    { kind: 'imagine', prompt: 'red fox' },
    { authorization: `Bearer ${token}` },
  )
  return (answer.json() as { id: string }).id
}

test('a client that is dropped ten times gets each event of a job once, in order', async () => {
  const id = await submit()
  await gateway.start(id, { percent: 1 })
  for (let percent = 2; percent <= 30; percent += 1) await gateway.progress(id, percent)
  await gateway.finish(id)
  const seen: Told[] = []
  for (let drop = 0; drop < 10; drop += 1) {
    const { told } = await read(`/v1/jobs/${id}/events`, {
      last: seen.at(-1)?.id ?? '',
      enough: (all) => all.length >= 3,
    })
    seen.push(...told.slice(0, 3))
  }
  const { told } = await read(`/v1/jobs/${id}/events`, { last: seen.at(-1)?.id ?? '' })
  seen.push(...told)
  expect(new Set(seen.map((one) => one.id)).size).toBe(seen.length)
  expect(seen.map(({ event }) => event)).toEqual([
    'job.queued',
    'job.assigned',
    ...new Array<string>(30).fill('job.progress'),
    'job.finished',
  ])
  const percents = seen.flatMap(({ data }) => (data.percent === undefined ? [] : [data.percent]))
  expect(percents).toEqual(percents.map((_, index) => index + 1))
  expect(seen.at(-1)?.data).toMatchObject({ job: id, view: { state: 'done', result: { files: [{}] } } })
  expect(await read(`/v1/jobs/${id}/events`, { last: seen.at(-1)?.id ?? '' })).toMatchObject({
    status: 204,
    told: [],
  })
})

test('events come as they happen, and the stream ends with the job', async () => {
  const id = await submit()
  const reading = read(`/v1/jobs/${id}/events`)
  await gateway.start(id, { percent: 5 })
  await gateway.fail(id)
  const { told } = await reading
  expect(told.map(({ event }) => event)).toEqual(['job.queued', 'job.assigned', 'job.progress', 'job.failed'])
})

test('a token hears of its own jobs only, an operator of all', async () => {
  const other = await gateway.tokens.issue({ count: 10, days: 1, class: 'fast' })
  const [mine, all] = [
    read('/v1/events', { last: '0-1', enough: (told) => told.length === 2 }),
    read('/v1/events', { last: '0-1', key: adminKey, enough: (told) => told.length === 4 }),
  ]
  await gateway.post('/v1/jobs', { kind: 'imagine', prompt: 'hare' }, { authorization: `Bearer ${other}` })
  const id = await submit()
  expect((await mine).told.map(({ data }) => data.job)).toEqual([id, id])
  expect(new Set((await all).told.map(({ data }) => data.job)).size).toBe(2)
})

test.each(['x', '1', '1-', '-', '1-2-3'])('refuses %j as the last event', async (last) => {
  expect(await read(`/v1/events`, { last })).toMatchObject({ status: 400 })
})

test('nobody without a token hears anything', async () => {
  expect((await read('/v1/events', { key: 'unknown' })).status).toBe(401)
})
