import { expect, test } from 'vitest'
import { createLogger } from '../../src/observability/logger.ts'

test('tells which Redis command failed, and none of its arguments', () => {
  const lines: string[] = []
  const log = createLogger('info', { write: (line: string) => void lines.push(line) })
  const error = Object.assign(new Error('WRONGPASS'), {
    command: { name: 'hello', args: ['3', 'AUTH', 'secret-pass'] },
  })
  log.warn({ err: error }, 'Redis connection')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ err: { message: 'WRONGPASS', command: 'hello' } })
  expect(lines[0]).not.toContain('secret-pass')
})
