import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseMessage } from '../../../src/midjourney/parse/message.ts'
import { findNews, newsRows } from '../../../src/midjourney/parse/news.ts'
import { kinds, prefixes } from '../../../src/midjourney/parse/patterns.ts'
import { messageFixtures } from '../../fixtures/messages/all.ts'
import type { MessageFixture } from '../../fixtures/messages/write.ts'

describe('parseMessage', () => {
  test.each(messageFixtures.map((fixture) => [fixture.name, fixture] as const))('%s', (_, fixture) => {
    const parsed = parseMessage(fixture.raw)
    if ('outcome' in fixture.expected) expect(parsed).toMatchObject(fixture.expected)
    else expect(parsed).toMatchObject({ outcome: 'known', message: fixture.expected })
  })

  test('names its fixtures uniquely', () => {
    const names = messageFixtures.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })

  test('changes nothing in what it reads', () => {
    for (const { raw } of messageFixtures) {
      const before = structuredClone(raw)
      parseMessage(raw)
      expect(raw).toEqual(before)
    }
  })
})

describe('the tables', () => {
  const messages = messageFixtures
    .map(({ raw }) => parseMessage(raw))
    .flatMap((parsed) => (parsed.outcome === 'known' ? [parsed.message] : []))

  test('each kind has a fixture', () => {
    const texts = messages.flatMap((message) => ('kindText' in message ? [message.kindText] : []))
    const missing = kinds.filter(({ pattern }) => !texts.some((text) => pattern.test(text)))
    expect(missing).toEqual([])
  })

  test('each prefix has a fixture', () => {
    const seen = new Set(messages.flatMap((message) => (message.type === 'waiting' ? [message.prefix] : [])))
    expect(prefixes.filter(({ prefix }) => !seen.has(prefix))).toEqual([])
  })

  test('each row of the news has a fixture that no earlier row takes', () => {
    const found = messages.flatMap((message) => (message.type === 'notice' ? [message.news] : []))
    expect(
      newsRows.filter((row) => !found.includes(row)).map(({ key, title, text }) => [key, title ?? text]),
    ).toEqual([])
  })

  test('a title counts before its description', () => {
    const text = { footer: null, color: null, commandName: null }
    const row = findNews({ ...text, title: 'Invalid parameter', description: '`--run out of hours`' })
    expect(row?.key).toBe('invalid-parameter')
  })
})

describe('parseMessage with what nobody has foreseen', () => {
  const types = new Set<string>(
    [...messageFixtures].flatMap(({ expected }) => ('type' in expected ? [expected.type ?? ''] : [])),
  )

  test('has a fixture of every type', () => {
    expect([...types].sort()).toEqual(
      [
        'animating',
        'described',
        'info',
        'notice',
        'progress',
        'reply',
        'result',
        'seed',
        'settings',
        'shortened',
        'stopped',
        'thinking',
        'waiting',
      ].sort(),
    )
  })

  test('never throws on any value', () => {
    fc.assert(fc.property(fc.anything(), (raw) => outcomes.has(parseMessage(raw).outcome)))
  })

  test('never throws on a message with any value in any field', () => {
    const fixture = fc.constantFrom(...messageFixtures)
    const property = fc.property(fixture, fc.nat(), fc.anything(), ({ raw }, at, value) =>
      outcomes.has(parseMessage(spoil(raw, at, value)).outcome),
    )
    fc.assert(property, { numRuns: 5_000 })
  })

  test('never ends a job by an unfinished message whose text was mangled', () => {
    const unfinished = messageFixtures.filter(isUnfinished)
    const property = fc.property(
      fc.constantFrom(...unfinished),
      fc.nat(),
      fc.nat({ max: 6 }),
      fc.string({ maxLength: 4 }),
      ({ raw }, at, length, inserted) => {
        const content = String(raw['content'])
        const start = at % (content.length + 1)
        const mangled = content.slice(0, start) + inserted + content.slice(start + length)
        const parsed = parseMessage({ ...raw, content: mangled })
        return parsed.outcome !== 'known' || parsed.message.type !== 'result'
      },
    )
    fc.assert(property, { numRuns: 20_000 })
  })
})

const outcomes = new Set(['known', 'malformed', 'unknown'])

const isUnfinished = ({ expected }: MessageFixture): boolean =>
  'type' in expected &&
  ['thinking', 'waiting', 'animating', 'progress', 'stopped'].includes(expected.type ?? '')

/** The message with one value, at any depth, put in place of another. */
function spoil(raw: unknown, at: number, value: unknown): unknown {
  const places: (string | number)[][] = []
  collect(raw, [], places)
  const place = places[at % Math.max(1, places.length)] ?? []
  return replace(raw, place, value)
}

function collect(node: unknown, path: (string | number)[], places: (string | number)[][]): void {
  places.push(path)
  if (typeof node !== 'object' || node === null) return
  for (const [key, child] of Object.entries(node)) collect(child, [...path, key], places)
}

function replace(node: unknown, [key, ...rest]: (string | number)[], value: unknown): unknown {
  if (key === undefined) return value
  if (Array.isArray(node))
    return node.map((child, index) => (index === Number(key) ? replace(child, rest, value) : child))
  const record = node as Record<string, unknown>
  return { ...record, [key]: replace(record[key], rest, value) }
}
