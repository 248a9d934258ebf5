import { describe, expect, test } from 'vitest'
import { leadsTo, readInterval, readReady } from '../../../src/discord/gateway/server-words.ts'

test.each([
  [{ heartbeat_interval: 10_000 }, 10_000],
  [{ heartbeat_interval: 0 }, 41_250],
  [{ heartbeat_interval: -5 }, 41_250],
  [{ heartbeat_interval: '10000' }, 41_250],
  [{}, 41_250],
  [null, 41_250],
  ['hello', 41_250],
])('HELLO %j asks for a beat every %i ms', (hello, ms) => {
  expect(readInterval(hello)).toBe(ms)
})

test.each([
  [
    { session_id: 's', resume_gateway_url: 'wss://r', user: { id: '1' } },
    { sessionId: 's', resumeUrl: 'wss://r', userId: '1' },
  ],
  [{ session_id: 's' }, { sessionId: 's', resumeUrl: null, userId: null }],
  [
    { session_id: 's', resume_gateway_url: 7, user: 'me' },
    { sessionId: 's', resumeUrl: null, userId: null },
  ],
  [{ session_id: 7 }, null],
  [{}, null],
  [null, null],
])('READY %j is read as %j', (d, ready) => {
  expect(readReady(d)).toEqual(ready)
})

describe('an address to resume at', () => {
  test.each([
    ['wss://r.example', 'wss://g.example', true],
    ['wss://r.example', 'ws://127.0.0.1:1', true],
    ['ws://127.0.0.1:2', 'ws://127.0.0.1:1', true],
    ['ws://r.example', 'wss://g.example', false],
    ['https://r.example', 'wss://g.example', false],
    ['r.example', 'wss://g.example', false],
    ['', 'wss://g.example', false],
  ])('%j beside %j is used: %s', (url, gatewayUrl, used) => {
    expect(leadsTo(url, gatewayUrl)).toBe(used)
  })
})
