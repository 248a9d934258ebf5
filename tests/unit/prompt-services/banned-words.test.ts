import { expect, test } from 'vitest'
import { bannedWordFinder } from '../../../src/prompt-services/banned-words.ts'

const find = bannedWordFinder(['gore', 'blood bath', 'C++', 'nacht', '血腥', 'été', ' ', "devil's"])

test.each<[prompt: string, found: string | null]>([
  ['gore', 'gore'],
  ['a Gore scene', 'Gore'],
  ['GORE!', 'GORE'],
  ['gore, please', 'gore'],
  ['(gore)', 'gore'],
  ['a fox. Gore', 'Gore'],
  ['“gore”', 'gore'],
  ['category', null],
  ['gored', null],
  ['gore_test', null],
  ['gore2', null],
  ['al gore-tex', 'gore'],
  ['blood bath', 'blood bath'],
  ['Blood   Bath at dawn', 'Blood   Bath'],
  ['blood\nbath', 'blood\nbath'],
  ['bloodbath', null],
  ['blood in a bath', null],
  ['a book on C++', 'C++'],
  ['c+', null],
  ['Mitternacht', null],
  ['Nacht', 'Nacht'],
  ['一个血腥的场面', '血腥'],
  ['血 腥', null],
  ['été', 'été'],
  ['étés', null],
  ['e\u0301te\u0301', 'été'],
  ["the devil's work", "devil's"],
  ['a fox --no gore', null],
  ['a fox --gore', null],
  ['a fox --sref gore --ar 3:2', null],
  ['https://gore.example/gore.png a fox', null],
  ['a fox https://x.example/?q=gore', null],
  ['<https://x.example/gore> a fox', null],
  ['gore::2 fox', 'gore'],
  ['a {gore, calm} scene', 'gore'],
  ['a fox --no rain gore --v 7', null],
  ['gore --no gore', 'gore'],
])('%j holds %j', (prompt, found) => {
  expect(find(prompt)).toBe(found)
})

test('an empty list bans nothing', () => {
  expect(bannedWordFinder([' ', ''])('gore')).toBe(null)
})
