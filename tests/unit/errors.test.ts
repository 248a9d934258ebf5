import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errorCatalogue } from '../../src/errors.ts'
import { newsRows } from '../../src/midjourney/parse/news-rows.ts'

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')

test('documents each code with its status, whether a retry makes sense, and its sentence', () => {
  const documented = [...page.matchAll(/^\| `([a-z-]+)` \| (\d+) \| (yes|no) \| (.+) \|$/gm)].map(
    ([, code, status, retry, sentence]) => [
      code,
      { status: Number(status), retry: retry === 'yes', sentence },
    ],
  )
  expect(Object.fromEntries(documented)).toEqual(errorCatalogue)
})

test('has every code that the bot’s news lead to', () => {
  for (const { code } of newsRows) expect(Object.keys(errorCatalogue)).toContain(code)
})
