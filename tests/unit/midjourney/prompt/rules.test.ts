import { expect, test } from 'vitest'
import { promptRules } from '../../../../src/midjourney/prompt/rules.ts'

test.each<[prompt: string, pictures: number, refused: boolean]>([
  ['a fox', 0, false],
  ['--ar 3:2', 0, true],
  ['--ar 3:2', 1, false],
  ['--ar x', 1, true],
  ['https://a.example/x.png --ar 3:2', 0, false],
  ['a fox --wibble', 0, true],
])('%j with %i pictures', (prompt, pictures, refused) => {
  expect(promptRules.objection(prompt, pictures) !== null).toBe(refused)
})
