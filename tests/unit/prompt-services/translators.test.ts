import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createTranslator } from '../../../src/prompt-services/translators.ts'
import {
  baiduAccount,
  openAiKey,
  startBaidu,
  startChat,
  type TranslatorMood,
} from '../../helpers/translators.ts'

const soon = () => AbortSignal.timeout(30_000)
const secrets = [baiduAccount.secret, openAiKey]

for (const kind of ['baidu', 'openai'] as const) {
  const start = async (t: Parameters<typeof startBaidu>[0], wrong = '') => {
    const server = kind === 'baidu' ? await startBaidu(t) : await startChat(t)
    const translator =
      kind === 'baidu'
        ? createTranslator({ kind, url: server.url, ...baiduAccount, secret: baiduAccount.secret + wrong })
        : createTranslator({ kind, url: server.url, key: openAiKey + wrong, model: 'any' })
    return { ...server, translator }
  }

  test(`${kind} translates, and once for the same text`, async (t) => {
    const { translator, asked } = await start(t)
    expect(await translator.translate('一只狐狸', soon())).toBe('a fox')
    expect(await translator.translate('一只狐狸', soon())).toBe('a fox')
    expect(await translator.translate('a & b=c+d % 狐', soon())).toBe('[a & b=c+d % 狐]')
    expect(asked).toEqual(['一只狐狸', 'a & b=c+d % 狐'])
  })

  test.each<[TranslatorMood, RegExp]>([
    ['refuses', /answered 429|refused \(54003\)/],
    ['fails', /answered 503/],
    ['garbage', /not answer in JSON/],
    ['endless', /too much/],
  ])(`${kind}: one that %s is said to`, async (mood, why) => {
    const { translator, desk } = await start({ onTestFinished })
    desk.mood = mood
    const error = await translator.translate('狐狸', soon()).catch((caught: Error) => caught)
    expect(String(error)).toMatch(why)
    for (const secret of secrets) expect(String(error)).not.toContain(secret)
    desk.mood = 'works'
    expect(await translator.translate('狐狸', soon())).toBe('fox')
  })

  test(`${kind}: one that hangs is given up`, async (t) => {
    const { translator, desk } = await start(t)
    desk.mood = 'hangs'
    await expect(translator.translate('狐狸', AbortSignal.timeout(50))).rejects.toThrow('in time')
  })

  test(`${kind}: a wrong key is refused`, async (t) => {
    const { translator } = await start(t, 'x')
    await expect(translator.translate('狐狸', soon())).rejects.toThrow(/answered 401|refused \(54001\)/)
  })

  test(`${kind}: one that is not there is said to be`, async (t) => {
    const { translator } = await start(t)
    const gone =
      kind === 'baidu'
        ? createTranslator({ kind, url: 'http://127.0.0.1:1/', ...baiduAccount })
        : createTranslator({ kind, url: 'http://127.0.0.1:1', key: '', model: 'any' })
    await expect(gone.translate('狐狸', soon())).rejects.toThrow('cannot be reached')
    expect(await translator.translate('狐狸', soon())).toBe('fox')
  })
}

test('a service is asked eight questions at a time', async (t) => {
  let connections = 0
  const server = createServer((_, response) => {
    response.end(JSON.stringify({ choices: [{ message: { content: 'fox' } }] }))
  })
    .on('connection', () => {
      connections += 1
    })
    .listen(0, '127.0.0.1')
  t.onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const translator = createTranslator({ kind: 'openai', url, key: '', model: 'any' })
  const texts = Array.from({ length: 64 }, (_, number) => `狐狸 ${number}`)
  const said = await Promise.all(texts.map((text) => translator.translate(text, soon())))
  expect(said).toEqual(texts.map(() => 'fox'))
  expect(connections).toBe(8)
})
