import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { eventTypes } from '../../../src/webhooks/events.ts'
import { retryWaits } from '../../../src/webhooks/schedule.ts'

const page = readFileSync(new URL('../../../docs/webhooks.md', import.meta.url), 'utf8')
const ms = { s: 1000, min: 60_000, h: 3_600_000 }

test('the page lists the waits that are made', () => {
  const rows = [...page.matchAll(/^\| (\d+) \| (\d+) (s|min|h) \|$/gm)]
  expect(rows.map(([, attempt]) => Number(attempt))).toEqual(retryWaits.map((_, index) => index + 1))
  expect(rows.map(([, , count, unit]) => Number(count) * ms[unit as keyof typeof ms])).toEqual(retryWaits)
  expect(page).toContain(`| ${retryWaits.length + 1} | given up |`)
})

test('the page names every type of event', () => {
  expect(eventTypes.filter((type) => !page.includes(`\`${type}\``))).toEqual([])
})
