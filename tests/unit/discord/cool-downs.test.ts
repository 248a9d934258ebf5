import { expect, test } from 'vitest'
import { CoolDowns } from '../../../src/discord/rest/cool-downs.ts'

const now = 1_000_000
const [here, elsewhere] = ['GET /channels/1/messages', 'GET /channels/2/messages']

test('leaves alone what was limited, and nothing else', () => {
  const coolDowns = new CoolDowns()
  coolDowns.limited({ route: here, waitMs: 3_000, global: false, now })
  expect(coolDowns.leftMs(here, now)).toBe(3_000)
  expect(coolDowns.leftMs(here, now + 2_999)).toBe(1)
  expect(coolDowns.leftMs(here, now + 5_000)).toBe(0)
  expect(coolDowns.leftMs(elsewhere, now)).toBe(0)
})

test('leaves everything alone after a global limit', () => {
  const coolDowns = new CoolDowns()
  coolDowns.limited({ route: here, waitMs: 3_000, global: true, now })
  expect(coolDowns.leftMs(elsewhere, now + 1_000)).toBe(2_000)
})

test('keeps the longest wait', () => {
  const coolDowns = new CoolDowns()
  coolDowns.limited({ route: here, waitMs: 3_000, global: false, now })
  coolDowns.limited({ route: here, waitMs: 1_000, global: false, now })
  expect(coolDowns.leftMs(here, now)).toBe(3_000)
  coolDowns.limited({ route: elsewhere, waitMs: 9_000, global: true, now })
  coolDowns.limited({ route: elsewhere, waitMs: 1_000, global: true, now })
  expect(coolDowns.leftMs(here, now)).toBe(9_000)
})
