import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { comparisonForm, readDashes, samePrompt } from '../../../../src/midjourney/prompt/compare.ts'

describe('comparisonForm', () => {
  test.each([
    ['A Red  Fox', 'a red fox'],
    ['  a fox\nin the snow\t', 'a fox in the snow'],
    ['a fox --ar 3:2 --v 7', 'a fox'],
    ['a fox —ar 3:2', 'a fox'],
    ['a fox\n--ar 3:2', 'a fox'],
    ['a well--known fox', 'a well--known fox'],
    ['“a fox” and ‘a dog’', '"a fox" and \'a dog\''],
    ['https://cdn.discordapp.com/a/b.png?ex=1&is=2 a fox', '<link> a fox'],
    ['<https://s.mj.run/XYZ> a fox', '<link> a fox'],
    ['https://a.example/x.png一只猫', '<link> 一只猫'],
    ['https://a.example/1.png https://a.example/2.png', '<link> <link>'],
    ['一只红色的狐狸 --ar 3:2', '一只红色的狐狸'],
    ['', ''],
  ])('of %j is %j', (prompt, form) => {
    expect(comparisonForm(prompt)).toBe(form)
  })

  test('is its own form', () => {
    fc.assert(
      fc.property(fc.string(), (prompt) => comparisonForm(comparisonForm(prompt)) === comparisonForm(prompt)),
    )
  })
})

describe('samePrompt', () => {
  test.each([
    ['a fox', 'a fox', true],
    ['a fox', 'a fox --v 7.0 --s 750', true],
    ['a fox --v 7 --style raw', 'a fox --v 7.0 --raw', true],
    ['https://x.example/a.png a Fox  —ar 3:2', '<https://s.mj.run/abc> a Fox --ar 3:2', true],
    ['/imagine a fox --foo', '/imagine a fox --foo', true],
    ['a fox', 'a dog', false],
    ['a fox', 'a fox and a dog --v 7.0', false],
    ['--ar 3:2 a fox', '--ar 3:2 a dog', false],
  ])('%j and %j: %j', (sent, seen, same) => {
    expect(samePrompt(sent, seen)).toBe(same)
  })
})

test('readDashes reads an em dash as two hyphens', () => {
  expect(readDashes('a fox —ar 3:2')).toBe('a fox --ar 3:2')
})
