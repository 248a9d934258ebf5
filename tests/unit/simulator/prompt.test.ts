import { describe, expect, test } from 'vitest'
import { finalFileName } from '../../../src/simulator/bot/file-name.ts'
import { type PromptContext, readPrompt } from '../../../src/simulator/bot/prompt.ts'

const context: PromptContext = {
  bot: 'midjourney',
  era: '2026',
  defaults: '--v 7.0',
  suffix: '',
  bannedWords: ['gore'],
}

const shown = (typed: string, more: Partial<PromptContext> = {}) => {
  const verdict = readPrompt(typed, { ...context, ...more })
  return verdict.ok ? verdict.prompt : `${verdict.news}: ${verdict.detail}`
}

describe('a prompt as the bot shows it', () => {
  test.each([
    ['a red fox', 'a red fox --v 7.0'],
    ['  a   red\n fox ', 'a red fox --v 7.0'],
    ['a “smart” fox’s den', `a "smart" fox's den --v 7.0`],
    ['a fox —ar 3:2', 'a fox --ar 3:2 --v 7.0'],
    ['a fox --aspect 3:2 --stylize 50', 'a fox --ar 3:2 --s 50 --v 7.0'],
    ['a fox --v 6', 'a fox --v 6.0'],
    ['a fox --style raw', 'a fox --raw --v 7.0'],
    ['a fox --niji 6', 'a fox --niji 6'],
    ['a fox --fast --relax', 'a fox --v 7.0'],
    ['a fox --no cars, trees', 'a fox --no cars, trees --v 7.0'],
    ['a **bold** (fast) <@5> Image #2 fox', 'a **bold** (fast) <@5> Image #2 fox --v 7.0'],
    ['一只狐狸', '一只狐狸 --v 7.0'],
    ['a fox --wibble', 'invalid-parameter: Unrecognized parameter(s): `--wibble`'],
    ['a fox --ar', 'invalid-parameter: Invalid value provided for argument `--ar`: ``'],
    ['a gory fox', 'a gory fox --v 7.0'],
    ['so much GORE', 'banned-prompt-detected: The word `gore` is banned.'],
  ])('%j becomes %j', (typed, expected) => {
    expect(shown(typed)).toBe(expected)
  })

  test('has short links, the same for the same address', () => {
    const first = shown('https://example.com/a.png a fox')
    expect(first).toMatch(/^<https:\/\/s\.mj\.run\/[\w]{11}> a fox --v 7\.0$/)
    expect(shown('https://example.com/a.png a fox')).toBe(first)
    expect(shown('https://example.com/b.png a fox')).not.toBe(first)
  })

  test('has the account’s suffix, the bot’s version and the era’s style', () => {
    expect(shown('a fox', { suffix: '--s 750' })).toBe('a fox --s 750 --v 7.0')
    expect(shown('a fox', { bot: 'niji' })).toBe('a fox --niji 6')
    expect(shown('a fox --style raw', { era: '2023', defaults: '--v 5.2' })).toBe('a fox --style raw --v 5.2')
  })

  test('tells the mode and the aspect', () => {
    expect(readPrompt('a fox --turbo --ar 16:9', context)).toMatchObject({ mode: 'turbo', aspect: [16, 9] })
  })
})

describe('the name of a final', () => {
  const uuid = '01234567-89ab-4cde-8f01-23456789abcd'
  test.each([
    ['a red fox, at dawn --v 7.0', `ada.l_a_red_fox_at_dawn_${uuid}.webp`],
    ['一只红色的狐狸 --v 7.0', `ada.l__${uuid}.webp`],
    ['<https://s.mj.run/AbC123> a fox', `ada.l_https_s.mj.run_AbC123_a_fox_${uuid}.webp`],
    ['word '.repeat(20), `ada.l_${'word_'.repeat(9)}_${uuid}.webp`],
  ])('%j gives %s', (prompt, expected) => {
    expect(finalFileName('ada.l', prompt, uuid, 'webp')).toBe(expected)
  })
})
