import { describe, expect, test } from 'vitest'
import { backoffMs, stableMs } from '../../../src/discord/gateway/backoff.ts'
import { closeCodes } from '../../../src/discord/gateway/close-codes.ts'
import { withQuery } from '../../../src/discord/gateway/connection.ts'
import { defaultProperties, identifyPayload, superProperties } from '../../../src/discord/gateway/identify.ts'

describe('the table of close codes', () => {
  test.each([
    [1000, 'resume'],
    [1001, 'resume'],
    [1005, 'resume'],
    [1006, 'resume'],
    [4000, 'resume'],
    [4001, 'resume'],
    [4002, 'resume'],
    [4003, 'identify'],
    [4004, 'stop'],
    [4005, 'resume'],
    [4007, 'identify'],
    [4008, 'resume'],
    [4009, 'identify'],
    [4010, 'stop'],
    [4011, 'stop'],
    [4012, 'stop'],
    [4013, 'stop'],
    [4014, 'stop'],
    [4015, 'identify'],
    [4016, 'identify'],
  ])('answers %i with: %s', (code, next) => {
    expect(closeCodes[code]?.next).toBe(next)
  })

  test('is fatal for nothing but a refused token and a wrong configuration', () => {
    const fatal = Object.keys(closeCodes).filter((code) => closeCodes[Number(code)]?.next === 'stop')
    expect(fatal).toEqual(['4004', '4010', '4011', '4012', '4013', '4014'])
  })

  test('waits a window after sending too fast, and minutes after too many sessions', () => {
    expect(closeCodes[4008]?.waitMs).toBeGreaterThanOrEqual(60_000)
    expect(closeCodes[4015]?.waitMs).toBeGreaterThanOrEqual(120_000)
  })
})

describe('the back-off', () => {
  test.each([
    [0, 500, 1_000],
    [1, 1_000, 2_000],
    [2, 2_000, 4_000],
    [5, 16_000, 32_000],
    [6, 30_000, 60_000],
    [7, 30_000, 60_000],
    [5_000, 30_000, 60_000],
  ])('waits at attempt %i between %i and %i ms', (attempt, least, most) => {
    expect(backoffMs(attempt, 0)).toBe(least)
    expect(backoffMs(attempt, 1)).toBe(most)
    expect(backoffMs(attempt, 0.5)).toBe((least + most) / 2)
  })

  test('starts anew after a stable minute', () => {
    expect(stableMs).toBe(60_000)
  })
})

describe('IDENTIFY', () => {
  const payload = identifyPayload('a token', defaultProperties)

  test('is that of a user client: raw token, capabilities, no intents, no shard', () => {
    expect(Object.keys(payload).sort()).toEqual(
      ['capabilities', 'client_state', 'compress', 'presence', 'properties', 'token'].sort(),
    )
    expect(payload).toMatchObject({
      token: 'a token',
      capabilities: 16381,
      compress: false,
      presence: { status: 'online', since: 0, activities: [], afk: false },
    })
  })

  test('says the same of the client as X-Super-Properties', () => {
    expect(JSON.parse(Buffer.from(superProperties(defaultProperties), 'base64').toString())).toEqual(
      payload.properties,
    )
  })

  test('fits the limit of 15 KiB', () => {
    expect(JSON.stringify({ op: 2, d: payload }).length).toBeLessThan(15 * 1024)
  })
})

describe('the gateway address', () => {
  const compressed = '?encoding=json&v=9&compress=zlib-stream'
  test.each([
    ['wss://gateway.discord.gg', 'zlib-stream', `wss://gateway.discord.gg/${compressed}`],
    ['wss://gateway.discord.gg/', 'none', 'wss://gateway.discord.gg/?encoding=json&v=9'],
    [`wss://gateway.discord.gg/${compressed}`, 'zlib-stream', `wss://gateway.discord.gg/${compressed}`],
    [`wss://gateway.discord.gg/${compressed}`, 'none', 'wss://gateway.discord.gg/?encoding=json&v=9'],
    ['wss://us-east1.example/?v=10&v=9&x=1#part', 'zlib-stream', `wss://us-east1.example/${compressed}`],
    ['ws://127.0.0.1:4011/path', 'none', 'ws://127.0.0.1:4011/path?encoding=json&v=9'],
  ] as const)('of %s with compression %s has the query once', (url, compression, expected) => {
    expect(withQuery(url, compression)).toBe(expected)
    expect(withQuery(withQuery(url, compression), compression)).toBe(expected)
  })
})
