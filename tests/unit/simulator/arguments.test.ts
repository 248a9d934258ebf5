import { describe, expect, test } from 'vitest'
import { readArguments } from '../../../src/simulator/arguments.ts'

describe('the arguments of npm run simulator', () => {
  test('have defaults', () => {
    expect(readArguments([], {})).toMatchObject({
      accounts: 4,
      speed: 1,
      era: '2026',
      ports: { api: 9000, gateway: 9001, cdn: 9002, control: 9003, activities: 8999, proxy: 9004 },
    })
  })

  test('come from flags before the environment', () => {
    const env = { SIMULATOR_SPEED: '3', SIMULATOR_API_PORT: '0' }
    expect(readArguments(['--speed', '5', '--era', '2023'], env)).toMatchObject({
      speed: 5,
      era: '2023',
      ports: { api: 0, gateway: 9001 },
    })
  })

  test.each([
    [['--speed', 'fast'], '--speed must be a number, not fast'],
    [['--era', '1999'], '--era must be one of 2023, 2026, not 1999'],
    [['--colour', 'red'], "Unknown option '--colour'"],
  ])('%j are refused with a sentence', (args, message) => {
    expect(() => readArguments(args, {})).toThrow(message)
  })

  test('can name a scenario, which flags outweigh', () => {
    expect(readArguments(['--scenario', 'old-times'], {})).toMatchObject({
      scenario: 'old-times',
      era: '2023',
    })
    expect(readArguments(['--scenario', 'old-times', '--era', '2026'], {})).toMatchObject({ era: '2026' })
    expect(() => readArguments(['--scenario', 'sunshine'], {})).toThrow(
      'there is no scenario sunshine; there are calm,',
    )
  })

  test('can ask for help', () => {
    expect(readArguments(['--help'], {})).toBe('help')
  })
})
