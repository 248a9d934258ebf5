import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nonceFor } from '../../../src/midjourney/nonce.ts'
import { isSnowflake, snowflakeAt, snowflakeTime } from '../../../src/midjourney/snowflake.ts'

const now = Date.parse('2026-06-02T10:00:00Z')
const times = fc.integer({ min: 1_420_070_400_000, max: now * 2 })

describe('nonceFor', () => {
  test('is a decimal of at most 25 characters that holds the time', () => {
    const property = fc.property(times, fc.nat(), (unixMs, sequence) => {
      const nonce = nonceFor(unixMs, sequence)
      return isSnowflake(nonce) && nonce.length <= 25 && snowflakeTime(nonce) === unixMs
    })
    fc.assert(property)
  })

  test('differs with the sequence within one millisecond', () => {
    const nonces = Array.from({ length: 5_000 }, (_, sequence) => nonceFor(now, sequence))
    expect(new Set(nonces).size).toBe(5_000)
  })

  test('is the same for the same input', () => {
    expect(nonceFor(now, 7)).toBe(nonceFor(now, 7))
  })
})

describe('snowflakes', () => {
  test('tell when they were made', () => {
    expect(snowflakeTime('175928847299117063')).toBe(1_462_015_105_796)
  })

  test('of a moment are the lowest of it', () => {
    expect(snowflakeTime(snowflakeAt(now))).toBe(now)
    expect(BigInt(snowflakeAt(now))).toBeLessThanOrEqual(BigInt(nonceFor(now, 0)))
  })

  test.each(['', 'abc', '-1', '1.5', '123456789012345678901'])('%j is none', (value) => {
    expect(isSnowflake(value)).toBe(false)
    expect(snowflakeTime(value)).toBeNaN()
  })

  test('are strings: as numbers they would lose digits', () => {
    expect(isSnowflake(175928847299117063n)).toBe(false)
    expect(isSnowflake(12)).toBe(false)
  })
})
