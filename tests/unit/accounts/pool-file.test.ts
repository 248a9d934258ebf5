import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parsePoolFile } from '../../../src/accounts/pool-file.ts'

const secret = 'MTEx.secret.value'
const entry = { token: secret, channel: '1103654914795765792', proxy: '', pattern_type: 'fast' }
const parse = (...entries: unknown[]) => parsePoolFile(JSON.stringify(entries), 'accounts.json')

test('takes the four-field form as it is', () => {
  expect(parse(entry)).toMatchObject([
    {
      id: entry.channel,
      token: secret,
      proxyUrl: null,
      mode: 'fast',
      modes: ['fast'],
      weight: 1,
      concurrency: null,
    },
  ])
})

test('takes the optional fields and leaves out what is not enabled', () => {
  const full = {
    ...entry,
    channel: '1103654914795765793',
    name: 'studio',
    concurrency: 12,
    modes: ['fast', 'relax'],
  }
  expect(parse({ ...entry, enabled: false }, full)).toMatchObject([
    { name: 'studio', concurrency: 12, modes: ['fast', 'relax'] },
  ])
})

test.for<[string, unknown, string]>([
  ['no token', { ...entry, token: undefined }, 'entry 1: token: expected'],
  ['a short channel', { ...entry, channel: '12' }, 'entry 1: channel: expected a Discord channel id'],
  [
    'a mode that does not exist',
    { ...entry, pattern_type: 'quick' },
    'entry 1: pattern_type: expected "fast" or',
  ],
  ['too many slots', { ...entry, concurrency: 99 }, 'entry 1: concurrency: expected a whole number'],
  ['something else', 'text', 'entry 1: entry: expected'],
  [
    'a channel that is taken',
    { ...entry, channel: '1103654914795765790' },
    'entry 1: channel: expected a channel of',
  ],
])('stops at %s, naming the entry and the field and no secret', ([, bad, message]) => {
  const parseBad = () => parse({ ...entry, channel: '1103654914795765790' }, bad)
  expect(parseBad).toThrow(message)
  expect(parseBad).not.toThrow(secret)
})

test('says that a file is not JSON without quoting it', () => {
  const broken = () => parsePoolFile(`[{"token": "${secret}"`, 'accounts.json')
  expect(broken).toThrow('accounts.json: not valid JSON')
  expect(broken).not.toThrow(secret)
})

test('reads the example that the project ships', () => {
  const path = new URL('../../../token_channels.example.json', import.meta.url)
  expect(parsePoolFile(readFileSync(path, 'utf8'), 'token_channels.example.json').length).toBeGreaterThan(0)
})
