import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AccountId } from '../../../src/ids.ts'
import { adminKey, fox, type Gateway, owl, startGateway } from '../gateway.ts'

const json = 'application/json; charset=utf-8'
const html = 'text/html; charset=utf-8'
const admin = { authorization: `Bearer ${adminKey}` }

let gateway: Gateway

beforeEach(async () => {
  gateway = await startGateway()
})
afterEach(() => gateway.close())

const issue = async (query: Record<string, string>) =>
  gateway.get('/midjourney/create_token', query, { 'x-admin-key': adminKey })

test('create_token answers with a token that works', async () => {
  const answer = await issue({ count: '3', day: '30' })
  expect(answer).toMatchObject({ status: 200, type: json })
  expect(answer.body).toMatch(/^\{"token":"[0-9a-z]{32}"\}$/)
  const { token } = answer.json() as { token: string }
  expect(await gateway.ledger(token)).toEqual({ granted: 3, remaining: 3, reserved: 0, used: 0 })
  expect(await gateway.tokens.find(token)).toMatchObject({ days: 30, class: '1' })
  expect(await gateway.get('/midjourney/imagine', { token, prompt: 'fox' })).toMatchObject({ status: 200 })
})

test('create_token is asked with POST too', async () => {
  const answers = [
    await gateway.post('/midjourney/create_token', { count: 5, day: 1 }, admin),
    await gateway.post('/midjourney/create_token', { count: '5', day: '1', key: adminKey }),
    await gateway.form('/midjourney/create_token', { count: '5', day: '1', key: adminKey }),
  ]
  for (const answer of answers) expect(answer.body).toMatch(/^\{"token":"[0-9a-z]{32}"\}$/)
})

test.each([
  [{ day: '30' }, 'count should be a whole number from 1 to 1000000000'],
  [{ count: '', day: '30' }, 'count should be a whole number from 1 to 1000000000'],
  [{ count: '0', day: '30' }, 'count should be a whole number from 1 to 1000000000'],
  [{ count: '-5', day: '30' }, 'count should be a whole number from 1 to 1000000000'],
  [{ count: '1.5', day: '30' }, 'count should be a whole number from 1 to 1000000000'],
  [{ count: '1e3', day: '30' }, 'count should be a whole number from 1 to 1000000000'],
  [{ count: '9'.repeat(400), day: '30' }, 'count should be a whole number from 1 to 1000000000'],
  [{ count: 'many', day: '30' }, 'count should be a whole number from 1 to 1000000000'],
  [{ count: '5' }, 'day should be a whole number from 1 to 36500'],
  [{ count: '5', day: '0' }, 'day should be a whole number from 1 to 36500'],
  [{ count: '5', day: '0.5' }, 'day should be a whole number from 1 to 36500'],
  [{ count: '5', day: '36501' }, 'day should be a whole number from 1 to 36500'],
  [{ count: '5', day: 'NaN' }, 'day should be a whole number from 1 to 36500'],
])('create_token refuses %j and issues nothing', async (query, result) => {
  const body = JSON.stringify({ code: 400, result })
  expect(await issue(query as Record<string, string>)).toMatchObject({ status: 400, type: html, body })
  expect(await gateway.tokens.all()).toEqual([])
})

test.each(['create_token', 'get_token', 'switch'])('%s needs the admin key', async (name) => {
  const url = `/midjourney/${name}`
  const query = { count: '1', day: '1', type: 'info', client_id: fox }
  const missing = { status: 401, type: html, body: '{"code":401,"result":"an admin key is required"}' }
  const wrong = { status: 403, type: html, body: '{"code":403,"result":"this is not the admin key"}' }
  const token = await gateway.tokens.issue({ count: 1, days: 1 })
  expect(await gateway.get(url, query)).toMatchObject(missing)
  expect(await gateway.get(url, { ...query, token })).toMatchObject(missing)
  expect(await gateway.get(`/t/${token}${url}`, query)).toMatchObject(missing)
  expect(await gateway.post(url, query)).toMatchObject(missing)
  expect(await gateway.get(url, { ...query, key: 'guess' })).toMatchObject(wrong)
  expect(await gateway.get(url, query, { authorization: `Bearer ${token}` })).toMatchObject(wrong)
  expect(await gateway.post(url, { ...query, key: 'guess' })).toMatchObject(wrong)
})

test('get_token lists every token without its secret', async () => {
  const token = await gateway.tokens.issue({ count: 100, days: 30 })
  await gateway.get('/midjourney/imagine', { token, prompt: 'fox' })
  const answer = await gateway.get('/midjourney/get_token', { key: adminKey })
  expect(answer).toMatchObject({ status: 200, type: json })
  const now = gateway.clock.now()
  const local = (ms: number) => {
    const two = (n: number) => String(n).padStart(2, '0')
    const d = new Date(ms)
    const date = `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`
    return `${date} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`
  }
  expect(answer.json()).toEqual({
    data: [
      {
        token: `${token.slice(0, 6)}…`,
        token_type: 'fast',
        user: 'admin',
        create_time: local(now),
        token_count: 99,
        token_day: 30,
        expiration_time: local(now + 30 * 86_400_000),
        user_type: 1,
        granted: 100,
        remaining: 99,
        reserved: 1,
        used: 0,
      },
    ],
  })
  expect(answer.body).not.toContain(token)
})

test('get_devices shows every account in strings', async () => {
  const { token } = (await issue({ count: '1', day: '1' })).json() as { token: string }
  await gateway.scheduler.accounts.describeAccount(owl, {
    queueStatus: 'queued',
    queueStatusAt: 1700000000000,
  })
  await gateway.get('/midjourney/imagine', { token, prompt: 'fox' })
  const body = JSON.stringify([
    {
      device: `channel_id_${fox}`,
      channelID: fox,
      patternType: 'fast',
      status: 'idle',
      count: '0',
      time: String(gateway.clock.now()),
    },
    {
      device: `channel_id_${owl}`,
      channelID: owl,
      patternType: 'relax',
      status: 'queued',
      count: '1',
      time: '1700000000000',
    },
  ])
  // The token is spent by now, and may still look.
  expect(await gateway.get('/midjourney/get_devices', { token })).toMatchObject({
    status: 200,
    type: json,
    body,
  })
  expect(await gateway.get('/midjourney/get_devices', {}, admin)).toMatchObject({ body })
  expect(await gateway.post('/midjourney/get_devices', { key: adminKey })).toMatchObject({ body })
})

test('get_queue counts the jobs that wait', async () => {
  const token = await gateway.tokens.issue({ count: 100, days: 1 })
  for (let i = 0; i < 5; i += 1) await gateway.get('/midjourney/imagine', { token, prompt: 'fox' })
  const answer = await gateway.get('/midjourney/get_queue', {}, { authorization: `Bearer ${token}` })
  expect(answer).toMatchObject({ status: 200, type: json, body: '{"status":200,"data":2}' })
})

test.each(['get_devices', 'get_queue'])('%s needs a token or the admin key', async (name) => {
  const url = `/midjourney/${name}`
  const missing = {
    status: 401,
    type: html,
    body: '{"code":401,"result":"a token or the admin key is required"}',
  }
  const wrong = {
    status: 403,
    type: html,
    body: '{"code":403,"result":"neither a valid token nor the admin key"}',
  }
  expect(await gateway.get(url)).toMatchObject(missing)
  expect(await gateway.get(url, { token: 'nobody' })).toMatchObject(wrong)
  expect(await gateway.get(url, { key: 'guess' })).toMatchObject(wrong)
  const expired = await gateway.tokens.issue({ count: 9, days: 0 })
  expect(await gateway.get(url, { token: expired })).toMatchObject(wrong)
})

/** Answers the commands of an account as its worker would. */
async function answerCommands(count: number): Promise<string[]> {
  const seen: string[] = []
  const stop = new AbortController()
  for await (const entry of gateway.scheduler.accounts.inbox('node' as never, stop.signal)) {
    if (entry.type !== 'order') continue
    const { do: command } = entry.order
    seen.push(`${entry.account} ${command}`)
    const answered = { answered: true, title: 'Your info', text: `**Job Mode**: ${command}` } as const
    const refused = { answered: false, code: 'upstream-refused', message: 'no' } as const
    await gateway.scheduler.accounts.replyTo(entry.id, command === 'turbo' ? refused : answered)
    if (seen.length === count) stop.abort()
  }
  return seen
}

test('switch hands the bot’s own answer over', async () => {
  const answering = answerCommands(4)
  const command = (type: string) => gateway.get('/midjourney/switch', { type, client_id: fox }, admin)
  expect(await command('info')).toMatchObject({
    status: 200,
    type: json,
    body: '{"code":200,"result":{"title":"Your info","description:":"**Job Mode**: info","description":"**Job Mode**: info"}}',
  })
  expect(await command('fast')).toMatchObject({ body: '{"code":200,"result":"**Job Mode**: fast"}' })
  expect(await gateway.post('/midjourney/switch', { type: 'relax', client_id: fox }, admin)).toMatchObject({
    body: '{"code":200,"result":"**Job Mode**: relax"}',
  })
  expect(await command('turbo')).toMatchObject({
    status: 200,
    type: json,
    body: '{"code":400,"result":"fail"}',
  })
  expect(await answering).toEqual([`${fox} info`, `${fox} fast`, `${fox} relax`, `${fox} turbo`])
})

test('switch fails for an account that is missing or unknown, and names a command that is', async () => {
  const fail = { status: 200, type: json, body: '{"code":400,"result":"fail"}' }
  const url = '/midjourney/switch'
  expect(await gateway.get(url, { type: 'info' }, admin)).toMatchObject(fail)
  for (const client_id of ['42', ' ', '../x', `${fox} evil`, '__proto__'] as AccountId[]) {
    expect(await gateway.get(url, { type: 'info', client_id }, admin)).toMatchObject(fail)
  }
  const unnamed = {
    status: 400,
    type: html,
    body: '{"code":400,"result":"type should be one of info, fast, relax, turbo, stealth, public, pause, drain, resume"}',
  }
  expect(await gateway.get(url, { client_id: fox }, admin)).toMatchObject(unnamed)
  expect(await gateway.get(url, { type: 'constructor', client_id: fox }, admin)).toMatchObject(unnamed)
})
