import { expect, test } from 'vitest'
import { withoutSecrets } from '../../../src/http/plugins/redaction.ts'

test.each([
  ['/t/abc123/midjourney/job?id=1', '/t/***/midjourney/job?id=1'],
  ['/t/abc123', '/t/***'],
  ['GET /t/abc123 failed', 'GET /t/*** failed'],
  ['/x?token=abc&prompt=fox', '/x?token=***&prompt=fox'],
  ['/x?a=1&key=abc', '/x?a=1&key=***'],
  ['/x?TOKEN=abc#top', '/x?TOKEN=***#top'],
  ['/midjourney/get_token', '/midjourney/get_token'],
  ['/start/of/it', '/start/of/it'],
])('%s reads %s', (text, masked) => {
  expect(withoutSecrets(text)).toBe(masked)
})
