import { expect, test } from 'vitest'
import type { JobView } from '../../../src/http/dialects/native/schema.ts'
import type { JobId } from '../../../src/ids.ts'
import { expandPrompt } from '../../../src/midjourney/prompt/expand.ts'
import { createTranslator } from '../../../src/prompt-services/translators.ts'
import type { ServicePolicy } from '../../../src/tokens/service.ts'
import { baiduAccount, startBaidu } from '../../helpers/translators.ts'
import { adminKey, startGateway } from '../gateway.ts'

const prompts = { objection: () => null, expand: expandPrompt }

type Finishing = Parameters<typeof startBaidu>[0]

async function start(t: Finishing, words: string[] = []) {
  const baidu = await startBaidu(t)
  const translator = createTranslator({ kind: 'baidu', url: baidu.url, ...baiduAccount })
  const gateway = await startGateway({ translator, prompts })
  t.onTestFinished(() => gateway.close())
  await gateway.bannedWords.replace(words)
  const token = async (services: ServicePolicy = {}) => {
    const text = await gateway.tokens.issue({ count: 10, days: 1, class: 'fast', services })
    return { text, headers: { authorization: `Bearer ${text}` } }
  }
  const operator = { authorization: `Bearer ${adminKey}` }
  return { ...gateway, baidu, token, operator }
}

test('a prompt in another script is translated, and both texts are told', async (t) => {
  const gateway = await start(t)
  const { headers } = await gateway.token()
  const prompt = '一只狐狸::2 {红, 蓝} --no 文字 --ar 3:2'
  const plain = await gateway.post('/v1/jobs', { kind: 'imagine', prompt: '一只狐狸 --ar 3:2' }, headers)
  expect(plain.status).toBe(202)
  expect(plain.json()).toMatchObject({ prompt: 'a fox --ar 3:2', originalPrompt: '一只狐狸 --ar 3:2' })
  const several = await gateway.post('/v1/jobs', { kind: 'imagine', prompt }, headers)
  expect(several.json()).toMatchObject({
    kind: 'batch',
    prompt: 'a fox::2 {red, blue} --no text --ar 3:2',
    originalPrompt: prompt,
  })
  const task = await gateway.post('/mj/submit/imagine', { prompt: '一只狐狸' }, headers)
  const { result } = task.json() as { result: string }
  expect((await gateway.get(`/mj/task/${result}/fetch`, {}, headers)).json()).toMatchObject({
    prompt: '一只狐狸',
    promptEn: 'a fox',
  })
  const submitted = await gateway.post(
    '/api/v1/trigger/submit',
    { action: 'IMAGINE', prompt: '一只狐狸' },
    headers,
  )
  const id = (submitted.json() as { result: string }).result
  expect((await gateway.get('/api/v1/task/fetch', { id }, headers)).json()).toMatchObject({
    prompt: '一只狐狸',
    promptEn: 'a fox',
  })
})

test('a failing translator: the prompt is sent as it is, or refused, as the token says', async (t) => {
  const gateway = await start(t)
  const body = { kind: 'imagine', prompt: '一只狐狸' }
  const [sending, refusing, off] = await Promise.all([
    gateway.token({ translate: 'send' }),
    gateway.token({ translate: 'refuse' }),
    gateway.token({ translate: 'off' }),
  ])
  const untouched = await gateway.post('/v1/jobs', body, off.headers)
  expect(untouched.json()).toMatchObject({ prompt: '一只狐狸', originalPrompt: null })
  expect(gateway.baidu.asked).toEqual([])
  for (const mood of ['refuses', 'fails', 'hangs', 'garbage', 'empty'] as const) {
    gateway.baidu.desk.mood = mood
    const sent = await gateway.post('/v1/jobs', body, sending.headers)
    expect([mood, sent.status, (sent.json() as JobView).prompt]).toEqual([mood, 202, '一只狐狸'])
    const refused = await gateway.post('/v1/jobs', body, refusing.headers)
    expect([mood, refused.status, refused.json()]).toMatchObject([mood, 502, { code: 'translation-failed' }])
  }
  expect(await gateway.ledger(refusing.text)).toMatchObject({ remaining: 10, reserved: 0 })
})

test('a repeat with an idempotency key is the same job, whatever the services say by then', async (t) => {
  const gateway = await start(t)
  const { headers, text } = await gateway.token({ translate: 'refuse' })
  const keyed = { ...headers, 'idempotency-key': 'order-1' }
  for (const prompt of ['一只狐狸', '{红, 蓝} 狐狸']) {
    const body = { kind: 'imagine', prompt }
    const key = { ...keyed, 'idempotency-key': prompt === '一只狐狸' ? 'order-1' : 'order-2' }
    gateway.baidu.desk.mood = 'works'
    const first = (await gateway.post('/v1/jobs', body, key)).json() as JobView
    gateway.baidu.desk.mood = 'fails'
    await gateway.bannedWords.replace(['狐狸'])
    const again = await gateway.post('/v1/jobs', body, key)
    expect([again.status, (again.json() as JobView).id]).toEqual([202, first.id])
    const other = await gateway.post('/v1/jobs', { kind: 'imagine', prompt: 'another' }, key)
    expect(other.status).toBe(409)
    await gateway.bannedWords.replace([])
  }
  expect(await gateway.ledger(text)).toMatchObject({ reserved: 3 })
})

test('a prompt that is sent as it is at first and translated when it is repeated is one job', async (t) => {
  const gateway = await start(t)
  const { headers, text } = await gateway.token({ translate: 'send' })
  for (const [prompt, ...moods] of [
    ['一只狐狸', 'fails', 'works'],
    ['狐狸', 'works', 'fails'],
    ['{红, 蓝} 狐狸', 'fails', 'works'],
  ] as const) {
    const ids: string[] = []
    for (const mood of moods) {
      gateway.baidu.desk.mood = mood
      const key = { ...headers, 'idempotency-key': `order-${moods.join('-')}-${prompt.length}` }
      const sent = await gateway.post('/v1/jobs', { kind: 'imagine', prompt }, key)
      expect([prompt, mood, sent.status]).toEqual([prompt, mood, 202])
      ids.push((sent.json() as JobView).id)
    }
    expect(ids[1]).toBe(ids[0])
  }
  expect(await gateway.ledger(text)).toMatchObject({ reserved: 4 })
})

test('a banned word is named in each family’s way, and costs nothing', async (t) => {
  const gateway = await start(t, ['gore', 'bloody scene'])
  const { headers, text } = await gateway.token()
  const native = await gateway.post('/v1/jobs', { kind: 'imagine', prompt: 'a Gore, please' }, headers)
  expect([native.status, native.json()]).toMatchObject([
    422,
    { code: 'banned-word', detail: 'The word “Gore” is banned here.' },
  ])
  const proxy = await gateway.post('/mj/submit/imagine', { prompt: 'a Gore' }, headers)
  expect(proxy.json()).toMatchObject({ code: 24, properties: { bannedWord: 'Gore' } })
  const trigger = await gateway.post('/v1/api/trigger/imagine', { prompt: 'a Gore' }, headers)
  expect([trigger.status, trigger.json()]).toEqual([200, { code: 14, message: 'banned prompt: a Gore' }])
  const openai = await gateway.post('/v1/images/generations', { prompt: 'a Gore' }, headers)
  expect([openai.status, openai.json()]).toMatchObject([
    400,
    { error: { code: 'content_policy_violation', message: 'The word “Gore” is banned here.' } },
  ])
  const seed = await gateway.get('/midjourney/imagine', { token: text, prompt: 'a Gore' })
  expect(seed.status).toBe(422)
  expect(seed.body).toContain('Gore')
  const shorten = await gateway.post('/v1/jobs', { kind: 'shorten', prompt: 'a gore' }, headers)
  expect(shorten.status).toBe(422)
  // What the translation says is looked at as well.
  const hidden = await gateway.post('/v1/jobs', { kind: 'imagine', prompt: '血腥场面' }, headers)
  expect(hidden.json()).toMatchObject({
    code: 'banned-word',
    detail: 'The word “bloody scene” is banned here.',
  })
  expect(await gateway.ledger(text)).toMatchObject({ remaining: 10, reserved: 0 })
  expect((await gateway.jobs.page({ token: null, limit: 10 })).jobs).toEqual([])
})

test('a token may be warned only, or not at all', async (t) => {
  const gateway = await start(t, ['gore'])
  const body = { kind: 'imagine', prompt: 'a gore --v 7' }
  const warned = await gateway.post('/v1/jobs', body, (await gateway.token({ bannedWords: 'warn' })).headers)
  expect([warned.status, warned.json()]).toMatchObject([
    202,
    { prompt: body.prompt, warnings: ['The word “gore” is banned here.'] },
  ])
  const free = await gateway.post('/v1/jobs', body, (await gateway.token({ bannedWords: 'off' })).headers)
  expect([free.status, free.json()]).toMatchObject([202, { warnings: [] }])
})

test('a prompt for a dialog is translated and looked at like any other', async (t) => {
  const gateway = await start(t, ['gore'])
  const { headers } = await gateway.token()
  const { id } = (
    await gateway.post('/v1/jobs', { kind: 'imagine', prompt: 'a fox' }, headers)
  ).json() as JobView
  await gateway.start(id)
  await gateway.finish(id)
  const press = (prompt: string) => gateway.post(`/v1/jobs/${id}/actions`, { button: 'U1', prompt }, headers)
  expect((await press('a gore')).json()).toMatchObject({ code: 'banned-word' })
  const pressed = await press('狐狸 --v 7')
  expect(pressed.status).toBe(202)
  const job = await gateway.jobs.find((pressed.json() as JobView).id as JobId)
  expect(job?.request).toMatchObject({ answer: { prompt: 'fox --v 7', original: '狐狸 --v 7' } })
})

test('operators read and replace the list, and change what a token wishes', async (t) => {
  const gateway = await start(t)
  const { headers } = await gateway.token()
  const put = (words: unknown, by = gateway.operator) =>
    gateway.ask({ method: 'PUT', url: '/v1/banned-words', payload: { words } as object, headers: by })
  expect(await put(['gore'], headers as typeof gateway.operator)).toMatchObject({ status: 403 })
  expect((await put([' '])).status).toBe(400)
  expect((await put([' gore ', 'Gore bath'])).json()).toEqual({ words: ['Gore bath', 'gore'] })
  expect((await gateway.get('/v1/banned-words', {}, gateway.operator)).json()).toEqual({
    words: ['Gore bath', 'gore'],
  })
  const issued = await gateway.post(
    '/v1/tokens',
    { count: 5, days: 1, services: { bannedWords: 'off' } },
    gateway.operator,
  )
  const { id, token } = issued.json() as { id: string; token: string }
  const draw = () =>
    gateway.post('/v1/jobs', { kind: 'imagine', prompt: 'gore' }, { authorization: `Bearer ${token}` })
  expect((await draw()).status).toBe(202)
  const patch = (services: object, token = id) =>
    gateway.ask({
      method: 'PATCH',
      url: `/v1/tokens/${token}`,
      payload: { services },
      headers: gateway.operator,
    })
  expect((await patch({ bannedWords: 'maybe' })).status).toBe(400)
  expect((await patch({}, 'nobody')).status).toBe(400)
  expect((await patch({ bannedWords: 'block' })).json()).toEqual({ services: { bannedWords: 'block' } })
  expect((await draw()).status).toBe(422)
  const listed = (await gateway.get('/v1/tokens', {}, gateway.operator)).json() as { data: object[] }
  expect(listed.data).toContainEqual(expect.objectContaining({ id, services: { bannedWords: 'block' } }))
})
