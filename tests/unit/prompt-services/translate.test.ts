import { expect, test } from 'vitest'
import { expandPrompt } from '../../../src/midjourney/prompt/expand.ts'
import { parsePrompt } from '../../../src/midjourney/prompt/parse.ts'
import { isForeign, translatePrompt } from '../../../src/prompt-services/translate.ts'
import { remembering, type Translator } from '../../../src/prompt-services/translator.ts'
import { english } from '../../helpers/translators.ts'

const never = new AbortController().signal
const asked: string[] = []
const translator: Translator = {
  async translate(text) {
    asked.push(text)
    return english(text)
  },
}

test.each([
  ['一只狐狸', 'a fox'],
  ['  一只狐狸  ', '  a fox  '],
  ['一只狐狸 --ar 3:2 --v 7', 'a fox --ar 3:2 --v 7'],
  ['一只狐狸--ar 3:2', 'a fox --ar 3:2'],
  ['https://a.example/x.png 一只狐狸 --iw 2', 'https://a.example/x.png a fox --iw 2'],
  ['https://a.example/x.png一只狐狸', 'https://a.example/x.png a fox'],
  ['一只狐狸 https://a.example/狐狸', 'a fox https://a.example/狐狸'],
  ['一只狐狸::2 在雪地里::-1', 'a fox::2 in the snow::-1'],
  ['{红, 蓝} 狐狸', '{red, blue} fox'],
  ['a {红,蓝} fox', 'a {red,blue} fox'],
  ['a fox --no 文字', 'a fox --no text'],
  ['лиса --chaos 5', 'fox --chaos 5'],
  ['危险 --v 7', 'danger - now:3 (x, y) end --v 7'],
])('%j is drawn as %j', async (prompt, drawn) => {
  expect(isForeign(prompt)).toBe(true)
  expect(await translatePrompt(prompt, translator, never)).toBe(drawn)
})

test.each([
  'a fox in the snow',
  'un renard à la neige, œuvre d’été',
  'a fox 🦊 5 µm, 3 × 2 — №1',
  'a fox --sref 一只狐狸',
  'https://a.example/狐狸.png a fox',
  '--v 7',
])('%j needs no translation', async (prompt) => {
  asked.length = 0
  expect(isForeign(prompt)).toBe(false)
  expect(await translatePrompt(prompt, translator, never)).toBe(prompt)
  expect(asked).toEqual([])
})

test.each([
  ['链接', 'the translation holds an address'],
  ['空', 'the translation is empty'],
  ['长', 'the translation is far longer than the text'],
])('%s is not drawn: %s', async (prompt, why) => {
  const said = { 空: ' \n', 长: 'x'.repeat(400) }[prompt]
  const odd: Translator = { translate: async (text) => said ?? english(text) }
  await expect(translatePrompt(prompt, odd, never)).rejects.toThrow(why)
})

test.each([
  ['{红的, 蓝} 狐狸', { 红的: 'big, red', 蓝: 'blue', 狐狸: 'fox' }, '{big red, blue} fox'],
  ['狐狸::五只狗', { 狐狸: 'fox', 五只狗: '5 dogs' }, 'fox:: 5 dogs'],
  ['狐狸::2五只狗', { 狐狸: 'fox', 五只狗: '.5 dogs' }, 'fox::2 .5 dogs'],
  ['狐狸::2 狗', { 狐狸: 'fox:', 狗: 'dog' }, 'fox: ::2 dog'],
  ['狐狸\\{红, 蓝\\}', { 狐狸: 'fox', '红, 蓝': 'red, blue' }, 'fox\\{red, blue\\}'],
  ['{红\\, 大, 蓝}', { 红: 'red', 大: 'big', 蓝: 'blue' }, '{red\\, big, blue}'],
  ['红{a, b}', { 红: 'red \\' }, 'red{a, b}'],
  ['狐狸\n在雪地里', { '狐狸\n在雪地里': 'fox\nin the snow' }, 'fox in the snow'],
])('%j keeps its jobs and weights', async (prompt, said: Record<string, string | undefined>, drawn) => {
  const odd: Translator = { translate: async (text) => said[text] ?? 'not asked for' }
  const translated = await translatePrompt(prompt, odd, never)
  expect(translated).toBe(drawn)
  expect(expandPrompt(translated)).toHaveLength(expandPrompt(prompt).length)
  const weights = (text: string) => parsePrompt(text).parts.map(({ weight }) => weight)
  expect(weights(translated)).toEqual(weights(prompt))
})

test('a text is asked about once, but again after a failure', async () => {
  let calls = 0
  const flaky = remembering({
    async translate(text) {
      calls += 1
      if (calls === 1) throw new Error('down')
      return english(text)
    },
  })
  await expect(flaky.translate('狐狸', never)).rejects.toThrow('down')
  expect(await Promise.all([1, 2, 3].map(() => flaky.translate('狐狸', never)))).toEqual([
    'fox',
    'fox',
    'fox',
  ])
  expect(calls).toBe(2)
})
