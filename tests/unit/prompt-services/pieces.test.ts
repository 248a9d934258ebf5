import { expect, test } from 'vitest'
import { piecesOf } from '../../../src/prompt-services/pieces.ts'

const link = 'https://s.mj.run/AbC'

test.each<[prompt: string, words: string[], unwished?: string[]]>([
  ['a fox', ['a fox']],
  ['一只狐狸 --ar 3:2', ['一只狐狸 ']],
  ['一只狐狸--ar 3:2', ['一只狐狸']],
  [`${link} a fox`, [' a fox']],
  [`<${link}> a fox`, [' a fox']],
  [`${link}.png一只狐狸`, ['一只狐狸']],
  [`a fox ${link} in snow`, ['a fox ', ' in snow']],
  ['hot::2 dog::-.5 cat', ['hot', ' dog', ' cat']],
  ['a {red, blue} fox', ['a ', 'red', ' blue', ' fox']],
  ['a {red, {dark, light} blue} fox', ['a ', 'red', ' ', 'dark', ' light', ' blue', ' fox']],
  ['a fox, in snow', ['a fox, in snow']],
  ['a fox --no text, 文字 --v 7', ['a fox '], [' text, 文字 ']],
  ['a fox --v 7 --no 雪', ['a fox '], [' 雪']],
  ['a fox --sref 文字 --ar 1:1', ['a fox ']],
  ['a <random:3> fox', ['a ', ' fox']],
  ['--ar 3:2', []],
  ['', []],
])('%j', (prompt, words, unwished = []) => {
  const pieces = piecesOf(prompt)
  expect(pieces.map(({ text }) => text).join('')).toBe(prompt)
  const texts = (kind: string) => pieces.flatMap((piece) => (piece.kind === kind ? piece.text : []))
  expect(texts('words').filter((text) => text.trim() !== '' || words.includes(text))).toEqual(words)
  expect(texts('unwished')).toEqual(unwished)
})
