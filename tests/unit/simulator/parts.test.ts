import { constants, inflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { badNews, notice } from '../../../src/simulator/bot/bad-news.ts'
import { meanDifference, paint, readMark } from '../../../src/simulator/cdn/paint.ts'
import { zlibEncoder } from '../../../src/simulator/gateway/encoder.ts'
import { Random } from '../../../src/simulator/random.ts'
import { createSnowflakes, isOlder } from '../../../src/simulator/snowflake.ts'

describe('chance', () => {
  test('is the same for the same label and even over many draws', () => {
    const draw = (label: string) => Array.from({ length: 5 }, () => new Random(label).next())
    expect(draw('a')).toEqual(draw('a'))
    expect(new Random('a').uuid()).not.toBe(new Random('b').uuid())
    const random = new Random('mean')
    const mean =
      Array.from({ length: 20_000 }, () => random.next()).reduce((sum, value) => sum + value) / 20_000
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.02)
  })

  test('makes uuids of version 4', () => {
    expect(new Random('x').uuid()).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
  })
})

describe('ids', () => {
  test('rise even when the clock stands or goes back', () => {
    const times = [1_800_000_000_000, 1_800_000_000_000, 1_799_999_999_999, 1_800_000_000_001]
    const next = createSnowflakes(() => times.shift() ?? 0)
    const ids = [next(), next(), next(), next()]
    expect(ids.every((id, at) => at === 0 || isOlder(ids[at - 1] ?? '', id))).toBe(true)
    expect(Number((BigInt(ids[0] ?? 0) >> 22n) + 1_420_070_400_000n)).toBe(1_800_000_000_000)
  })
})

describe('a zlib stream', () => {
  test('is one stream: later payloads lean on earlier ones', () => {
    const frames: Buffer[] = []
    const encoder = zlibEncoder(
      (frame) => frames.push(Buffer.from(frame)),
      () => 3,
    )
    const text = JSON.stringify({ words: new Random('text').characters('abcdefghij ', 600) })
    encoder.encode(text)
    const first = frames.reduce((sum, { length }) => sum + length, 0)
    encoder.encode(text)
    const second = frames.reduce((sum, { length }) => sum + length, 0) - first
    expect(second).toBeLessThan(first / 5)
    expect(frames).toHaveLength(6)
    expect(frames[5]?.subarray(-4)).toEqual(Buffer.from([0, 0, 0xff, 0xff]))
    const whole = inflateSync(Buffer.concat(frames), { finishFlush: constants.Z_SYNC_FLUSH })
    expect(whole.toString()).toBe(text + text)
  })
})

describe('a picture', () => {
  const mark = { jobUuid: '01234567-89ab-4cde-8f01-23456789abcd', index: 2 }
  const cell = { palette: 'p', layout: 'l', words: 'a fox & <friends>' }
  const picture = { cells: [cell], width: 64, height: 64, blur: 0, mark } as const

  test.each(['png', 'webp'] as const)('is the same every time and names its job (%s)', async (format) => {
    const [once, again] = await Promise.all([paint({ ...picture, format }), paint({ ...picture, format })])
    expect(once.equals(again)).toBe(true)
    expect(await readMark(once)).toEqual(mark)
    const other = await paint({ ...picture, format, cells: [{ ...cell, palette: 'q', layout: 'm' }] })
    expect(await meanDifference(once, again)).toBe(0)
    expect(await meanDifference(once, other)).toBeGreaterThan(5)
  })
})

describe('bad news', () => {
  test.each(Object.keys(badNews) as (keyof typeof badNews)[])(
    '%s has words and leaves no gap in them',
    (name) => {
      const occasion = { command: '/imagine a fox', untilMs: 1_800_000_000_000, id: '1', detail: 'Why.' }
      const { content, embeds } = notice(name, occasion)
      const words = content + JSON.stringify(embeds)
      expect(words.length).toBeGreaterThan(10)
      expect(words).not.toMatch(/\{(detail|until|id)\}/)
    },
  )
})
