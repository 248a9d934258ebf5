import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  modeOf,
  parameterOf,
  withoutParameters,
  withParameter,
} from '../../../../src/midjourney/prompt/edit.ts'
import { expandPrompt, jobsIn } from '../../../../src/midjourney/prompt/expand.ts'
import { lintPrompt } from '../../../../src/midjourney/prompt/lint.ts'
import { parsePrompt, splitText } from '../../../../src/midjourney/prompt/parse.ts'
import { printPrompt } from '../../../../src/midjourney/prompt/print.ts'

const read = (prompt: string) => {
  const { images, text, parts, parameters } = parsePrompt(prompt)
  return { images, text, parts, parameters: parameters.map(({ name, value }) => [name, value]) }
}

const word = fc.constantFrom(
  'a fox',
  '一只狐狸',
  'hot::2 dog',
  '"quoted"',
  'snow & ice',
  '🦊',
  'well--known',
  'a — b',
)
const parameter = fc.constantFrom(
  '--ar 3:2',
  '--v 7',
  '--tile',
  '--no cats, dogs',
  '—c 5',
  '--foo bar',
  '--niji 6',
)
const link = fc.constantFrom('https://x.example/a.png', '<https://s.mj.run/abc>')
const prompts = fc
  .tuple(
    fc.array(link, { maxLength: 2 }),
    fc.array(word, { maxLength: 3 }),
    fc.array(parameter, { maxLength: 4 }),
  )
  .map((pieces) => pieces.flat().join(' '))

describe('parsePrompt', () => {
  test.each([
    ['a fox', { images: [], text: 'a fox', parameters: [] }],
    [
      'a fox --ar 3:2 --v 7',
      {
        text: 'a fox',
        parameters: [
          ['aspect', '3:2'],
          ['version', '7'],
        ],
      },
    ],
    ['a fox —ar 3:2', { text: 'a fox', parameters: [['aspect', '3:2']] }],
    ['a fox --TILE', { parameters: [['tile', null]] }],
    [
      'a fox --no cats, dogs --c 5',
      {
        parameters: [
          ['no', 'cats, dogs'],
          ['chaos', '5'],
        ],
      },
    ],
    ['a well--known fox', { text: 'a well--known fox', parameters: [] }],
    ['a fox -- in snow', { text: 'a fox -- in snow', parameters: [] }],
    ['a fox — in snow', { text: 'a fox — in snow', parameters: [] }],
    ['a fox\n--ar 3:2', { text: 'a fox', parameters: [['aspect', '3:2']] }],
    ['https://x/a.png a fox', { images: ['https://x/a.png'], text: 'a fox' }],
    [
      'https://x/a.png https://x/b.png a fox',
      { images: ['https://x/a.png', 'https://x/b.png'], text: 'a fox' },
    ],
    ['<https://s.mj.run/X> a fox', { images: ['https://s.mj.run/X'], text: 'a fox' }],
    [
      'a fox --sref https://x/a.png https://x/b.png',
      { text: 'a fox', parameters: [['sref', 'https://x/a.png https://x/b.png']] },
    ],
    [
      'hot:: dog',
      {
        parts: [
          { text: 'hot', weight: 1 },
          { text: 'dog', weight: 1 },
        ],
      },
    ],
    [
      'hot::2 dog::-.5',
      {
        parts: [
          { text: 'hot', weight: 2 },
          { text: 'dog', weight: -0.5 },
        ],
      },
    ],
    ['--ar 3:2', { text: '', parameters: [['aspect', '3:2']] }],
    ['a fox --whatever 7 x', { parameters: [['whatever', '7 x']] }],
    ['一只狐狸 --ar 3:2', { text: '一只狐狸', parameters: [['aspect', '3:2']] }],
    ['', { images: [], text: '', parameters: [] }],
    // The blank in front was forgotten.
    ['一只狐狸--ar 3:2', { text: '一只狐狸', parameters: [['aspect', '3:2']] }],
    ['一只狐狸--tile', { text: '一只狐狸', parameters: [['tile', null]] }],
    ['a fox--v 7', { text: 'a fox', parameters: [['version', '7']] }],
    ['a fox--no cats', { text: 'a fox--no cats', parameters: [] }],
    ['a state--style house', { text: 'a state--style house', parameters: [] }],
    ['一只狐狸——雪地里', { text: '一只狐狸——雪地里', parameters: [] }],
    ['一只狐狸 —雪地里', { text: '一只狐狸 —雪地里', parameters: [] }],
    ['a fox --ar=3:2', { parameters: [['aspect', '3:2']] }],
    ['https://x/a.png一只狐狸', { images: ['https://x/a.png'], text: '一只狐狸' }],
    ['https://x/a.png?w=9，一只狐狸', { images: ['https://x/a.png?w=9'], text: '，一只狐狸' }],
    ['https://x/狐狸.png a fox', { images: ['https://x/狐狸.png'], text: 'a fox' }],
    ['<https://s.mj.run/X>a fox', { images: ['https://s.mj.run/X'], text: 'a fox' }],
  ])('of %j', (prompt, expected) => {
    expect(read(prompt)).toMatchObject(expected)
  })

  test('what is printed reads the same', () => {
    fc.assert(
      fc.property(prompts, (prompt) => {
        const once = printPrompt(parsePrompt(prompt))
        expect(read(once)).toEqual(read(prompt))
        expect(printPrompt(parsePrompt(once))).toBe(once)
      }),
    )
  })

  test('nothing makes it fail, nor the lint, nor the expansion', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc
        .array(fc.constantFrom('{', '}', ',', '--', '—', '::', ' ', '\\', 'a', 'https://x', '--r 40'), {
          maxLength: 30,
        })
        .map((all) => all.join('')),
    )
    fc.assert(
      fc.property(nasty, (prompt) => {
        parsePrompt(prompt)
        lintPrompt(prompt)
        modeOf(prompt)
        const { words, tail } = splitText(prompt)
        expect(prompt.endsWith(words + tail)).toBe(true)
        expect(withoutParameters(prompt, ['r', 'ar']).length).toBeLessThanOrEqual(prompt.length)
        expect(expandPrompt(prompt).length).toBeGreaterThan(0)
      }),
      { numRuns: 500 },
    )
  })
})

describe('expandPrompt', () => {
  test.each([
    ['a fox', ['a fox']],
    ['a {red, blue} fox', ['a red fox', 'a blue fox']],
    ['a {red,blue} {fox,hare}', ['a red fox', 'a red hare', 'a blue fox', 'a blue hare']],
    ['a {red, {dark, light} blue} fox', ['a red fox', 'a dark blue fox', 'a light blue fox']],
    ['a fox --ar {3:2, 1:1}', ['a fox --ar 3:2', 'a fox --ar 1:1']],
    ['a {red} fox', ['a {red} fox']],
    ['a \\{red, blue\\} fox', ['a \\{red, blue\\} fox']],
    ['a {red\\, blue, green} fox', ['a red\\, blue fox', 'a green fox']],
    ['a {red, blue fox', ['a {red, blue fox']],
    ['a fox --repeat 3', ['a fox', 'a fox', 'a fox']],
    ['a fox --r 2 --ar 3:2', ['a fox --ar 3:2', 'a fox --ar 3:2']],
    ['a {red, blue} fox --r 2', ['a red fox', 'a red fox', 'a blue fox', 'a blue fox']],
    ['a fox --repeat 1', ['a fox --repeat 1']],
    ['a fox --repeat many', ['a fox --repeat many']],
    ['a fox --repeat 41', ['a fox --repeat 41']],
  ])('of %j', (prompt, expected) => {
    expect(expandPrompt(prompt)).toEqual(expected)
    if (jobsIn(prompt) <= 40) expect(jobsIn(prompt)).toBe(expected.length)
  })

  const ten = '{a,b}'.repeat(10)
  test.each([
    ['choices side by side', '{a,b}'.repeat(4000)],
    ['choices of choices', `{${new Array(100).fill(ten).join()}}${ten}`],
    ['choices in choices', '{a,'.repeat(5000) + '}'.repeat(5000)],
    ['braces in braces', '{'.repeat(10_000) + '}'.repeat(10_000)],
    ['empty braces', '{}'.repeat(10_000)],
    ['empty choices', '{,}'.repeat(6000)],
    ['braces that stay open', '{a,'.repeat(6000)],
    ['repetitions', `a {b,c} --repeat ${'9'.repeat(30)}`],
  ])('costs neither memory nor stack for %s', (_, prompt) => {
    expect(expandPrompt(prompt).length).toBeLessThanOrEqual(40)
    expect(jobsIn(prompt)).toBeLessThanOrEqual(1000)
  })
})

describe('edits', () => {
  test.each([
    ['a fox', 'ar', '3:2', 'a fox --ar 3:2'],
    ['a fox --ar 1:1', 'ar', '3:2', 'a fox --ar 3:2'],
    ['a fox --aspect 1:1 --v 7', 'ar', '3:2', 'a fox --v 7 --ar 3:2'],
    ['a fox --zoom 2 --v 7', 'zoom', '1.5', 'a fox --v 7 --zoom 1.5'],
    ['a fox', 'tile', undefined, 'a fox --tile'],
  ])('withParameter(%j, %j, %j)', (prompt, name, value, expected) => {
    expect(withParameter(prompt, name, value)).toBe(expected)
  })

  test('withoutParameters leaves everything else as it was', () => {
    expect(withoutParameters('a  fox --fast --no cats,  dogs --relax', ['fast', 'relax'])).toBe(
      'a  fox --no cats,  dogs',
    )
  })

  test.each([
    ['a fox --fast in the snow', ['fast'], 'a fox in the snow'],
    ['a fox --r 2 in the snow', ['repeat'], 'a fox in the snow'],
    ['a fox --r 2 --v 7', ['r'], 'a fox --v 7'],
    ['a fox --niji in the snow --v 7', ['niji'], 'a fox in the snow --v 7'],
    ['a fox --niji 6 --v 7', ['niji'], 'a fox --v 7'],
    ['a fox --no cats, dogs', ['no'], 'a fox'],
    ['a fox --mine 1 2 --tile', ['mine'], 'a fox --tile'],
    ['狐狸--fast', ['fast'], '狐狸'],
    ['--fast', ['fast'], ''],
    ['a fox --ar=3:2 --fast', ['ar', 'fast'], 'a fox'],
  ])('withoutParameters(%j, %j) is %j', (prompt, names, left) => {
    expect(withoutParameters(prompt, names)).toBe(left)
  })

  test.each([
    ['a fox', null],
    ['狐狸--fast', 'fast'],
    ['a fox --fast', 'fast'],
    ['a fox --relax --ar 3:2', 'relax'],
    ['turbo engine --turbo', 'turbo'],
    ['a fast fox', null],
  ])('modeOf(%j) is %j', (prompt, mode) => {
    expect(modeOf(prompt)).toBe(mode)
  })

  test('what is set is read again, and nothing else changes', () => {
    fc.assert(
      fc.property(prompts, (prompt) => {
        const others = (text: string) => read(withoutParameters(text, ['zoom']))
        const set = withParameter(prompt, 'zoom', '1.5')
        expect(parameterOf(set, 'zoom')?.value).toBe('1.5')
        expect(others(set)).toEqual(others(prompt))
      }),
    )
  })

  test('splitText keeps addresses and parameters apart from the words', () => {
    expect(splitText('https://x/a.png 一只狐狸 --ar 3:2')).toEqual({
      links: ['https://x/a.png'],
      words: ' 一只狐狸 ',
      tail: '--ar 3:2',
    })
  })
})
