import { describe, expect, test } from 'vitest'
import { lintPrompt } from '../../../../src/midjourney/prompt/lint.ts'

describe('lintPrompt', () => {
  const found = (prompt: string) => lintPrompt(prompt).map(({ severity, code }) => `${severity} ${code}`)

  test.each([
    ['', 'error no-text'],
    ['   ', 'error no-text'],
    ['--ar 3:2', 'error no-text'],
    ['x'.repeat(6001), 'error too-long'],
    ['a fox --aspec 3:2', 'error unknown-parameter'],
    ['a fox --chos 5', 'error unknown-parameter'],
    ['a fox --foo', 'error unknown-parameter'],
    ['a fox --ar16:9', 'error unknown-parameter'],
    ['a fox --v7', 'error unknown-parameter'],
    ['a fox --styleraw', 'error unknown-parameter'],
    ['a fox —bar', 'warning unknown-parameter'],
    ['a fox --ar', 'error missing-value'],
    ['a fox --ar --v 7', 'error missing-value'],
    ['a fox --no', 'error missing-value'],
    ['a fox --seed', 'error missing-value'],
    ['a fox --sref', 'error missing-value'],
    ['a fox --v', 'error missing-value'],
    ['a fox --ar 16x9', 'error bad-value'],
    ['a fox --ar 16', 'error bad-value'],
    ['a fox --ar 16:9.', 'error bad-value'],
    ['a fox --ar 0:9', 'error bad-value'],
    ['a fox --ar 3：2', 'error bad-value'],
    ['a fox --ar square', 'error bad-value'],
    ['a fox --chaos lots', 'error bad-value'],
    ['a fox --chaos 5.5', 'error bad-value'],
    ['a fox --seed 1.5', 'error bad-value'],
    ['a fox --motion fast', 'error bad-value'],
    ['a fox --chaos 101', 'error out-of-range'],
    ['a fox --stop 5', 'error out-of-range'],
    ['a fox --seed 4294967296', 'error out-of-range'],
    ['a fox --repeat 41', 'error out-of-range,error too-many-jobs'],
    ['a fox --stylize 1001', 'warning out-of-range'],
    ['a fox --weird 3001', 'warning out-of-range'],
    ['a fox --v 99', 'warning out-of-range'],
    ['a fox --tile in the snow', 'warning extra-words'],
    ['a fox --ar 3:2 in the snow', 'warning extra-words'],
    ['a fox --ar 3:2 --ar 1:1', 'warning twice'],
    ['a fox https://x/a.png', 'error link-out-of-place'],
    ['a fox like <https://s.mj.run/x> this', 'error link-out-of-place'],
    ['a {1,2,3,4,5,6,7} {1,2,3,4,5,6} fox', 'error too-many-jobs'],
    ['a {1,2,3} fox --r 14', 'error too-many-jobs'],
    // Discord counts characters, where a string counts an emoji twice.
    ['🦊'.repeat(6000), ''],
    ['🦊'.repeat(6001), 'error too-long'],
    // A choice is judged by what it comes to.
    ['a fox --ar {3:2, 1:1}', ''],
    ['a fox --{fast, relax}', ''],
    ['a fox {--v 6, --niji, --tile}', ''],
    ['a fox --ar {3:2, 1x1}', 'error bad-value'],
    ['a {red, blue} fox --chos 5', 'error unknown-parameter'],
    ['a \\{red, blue\\} fox', ''],
    // Dashes that phones and hands get wrong.
    ['a fox -- ar 3:2', 'warning odd-dashes'],
    ['a fox -ar 3:2', 'warning odd-dashes'],
    ['a fox –v 7', 'warning odd-dashes'],
    ['a fox--ar 3:2', 'warning odd-dashes'],
    ['一只狐狸--tile', 'warning odd-dashes'],
    ['a fox --ar=3:2', 'warning odd-dashes'],
    ['a fox -- no end of it', ''],
    ['a fox --tile, --v 7', 'error unknown-parameter'],
    ['a fox --s 250, --v 7', 'error bad-value'],
    // What only together is odd.
    ['a fox --fast --relax', 'warning contradiction'],
    ['a fox --v 7 --niji 6', 'warning contradiction'],
    ['a fox --stealth --public', 'warning contradiction'],
    ['a fox --no cats --no dogs', ''],
    ['a fox --cref https://x/a.png --v 7', 'warning other-version'],
    ['a fox --cref https://x/a.png --v 6.1', ''],
    ['a fox --cref https://x/a.png', ''],
    ['a fox --oref https://x/a.png --v 6.1', 'warning other-version'],
    ['a fox --draft --niji 6', 'warning other-version'],
    ['a fox --hd --v 8.1', ''],
    ['https://x/a.png', 'warning lone-image'],
    ['https://x/a.png https://x/b.png', ''],
    ['https://x/a.png --video 1 --motion low', ''],
    ['--sref random', 'warning no-text'],
    ['--public', 'error no-text'],
  ])('of %j finds %s', (prompt, expected) => {
    expect(found(prompt).join()).toBe(expected)
  })

  test.each([
    ['a fox --chos 5', '--chaos'],
    ['a fox --sytle raw', '--style'],
    ['a fox --stilyze 5', '--stylize'],
    ['a fox --ar16:9', '--ar 16:9'],
    ['a fox --v7', undefined],
    ['a fox --ar 16x9', '--ar 16:9'],
    ['a fox --qwertyuiop', undefined],
    ['a fox --s 250,', '--s 250'],
    ['a fox --cw 50 --v 7', '--ow'],
    ['a fox --ar=3:2', '--ar 3:2'],
    ['a fox –ar 3:2', '--ar'],
  ])('of %j suggests %s', (prompt, suggestion) => {
    expect(lintPrompt(prompt)[0]?.suggestion).toBe(suggestion)
  })

  test.each([
    ['a fox --chos 5', 6],
    ['a {red, blue} fox --chos 5', 18],
    ['{a, the} fox --chos 5 --ar {1:1, 3:2}', 13],
    ['a fox --ar {3:2, 1x1}', 6],
    ['https://x/a.png a fox https://x/b.png', 22],
  ])('of %j points to %i', (prompt, at) => {
    expect(lintPrompt(prompt).map((finding) => finding.at)).toEqual([at])
  })

  const subjects = [
    'a red fox in the snow',
    '一只红色的狐狸，雪地里',
    '赛博朋克城市夜景 超高清',
    '東京の夜景、雨',
    'рыжая лиса в снегу',
    '"The Great Wave", redrawn',
    'it’s a dog’s life — really',
    'portrait of a woman, 35mm, f/1.8',
    'c++ code on a screen; std::cout << 1',
    'logo: "A&B" (minimal, flat)',
    'a 50/50 split of fire & ice',
    'emoji 🦊🔥 sticker',
    'well--known author -- reading',
    'a price tag of $9.99, 100% cotton',
    'hot::2 dog::-0.5',
    'https://example.com/fox.png a fox like this',
    'https://s.mj.run/abc https://s.mj.run/def a mix',
    '<https://s.mj.run/abc> a fox',
    'a {red} balloon',
    'e-mail @ 5 o’clock #mood',
  ]
  const tails = [
    '',
    ' --ar 3:2',
    ' --ar 1.5:1 --v 7',
    ' --v 6.1 --style raw --s 750',
    ' --niji 6 --no text, watermark',
    ' --niji --tile',
    ' —ar 16:9 —chaos 20',
    ' --sref https://x/a.png 12345 --sw 200 --p abc123 xyz',
    ' --raw --draft --stealth --seed 7',
    ' --q 2 --weird 250 --iw 1.5 --fast',
  ]

  test('raises no alarm on two hundred ordinary prompts', () => {
    const prompts = subjects.flatMap((subject) => tails.map((tail) => subject + tail))
    expect(prompts).toHaveLength(200)
    expect(prompts.filter((prompt) => lintPrompt(prompt).length > 0)).toEqual([])
  })
})
