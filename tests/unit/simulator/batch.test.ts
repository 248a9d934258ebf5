import { expect, test } from 'vitest'
import { permutations, promptsOf } from '../../../src/simulator/bot/batch.ts'

test.each([
  ['a fox', ['a fox']],
  ['a {red, blue} fox', ['a red fox', 'a blue fox']],
  ['a {red, blue} {fox, hare}', ['a red fox', 'a red hare', 'a blue fox', 'a blue hare']],
  ['a fox --ar {1:1, 3:2}', ['a fox --ar 1:1', 'a fox --ar 3:2']],
  ['a {red, {pale, deep} blue} fox', ['a red fox', 'a pale blue fox', 'a deep blue fox']],
  ['{red\\, white, blue} flags', ['red, white flags', 'blue flags']],
  ['a {red fox', ['a {red fox']],
  ['\\{red, blue\\} fox', ['{red, blue} fox']],
])('%s stands for its prompts', (prompt, each) => {
  expect(permutations(prompt, 100)).toEqual(each)
})

test('repeats each of them', () => {
  expect(promptsOf('a {red, blue} fox --repeat 2 --ar 3:2', 40)).toEqual([
    'a red fox --ar 3:2',
    'a red fox --ar 3:2',
    'a blue fox --ar 3:2',
    'a blue fox --ar 3:2',
  ])
})

test('does not write out more than anybody may ask for', () => {
  const prompt = 'a fox {a, b, c, d}'.repeat(30)
  const { length } = promptsOf(prompt, 40)
  expect(length).toBeGreaterThan(40)
  expect(length).toBeLessThan(200)
})
