import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { findViolations, type ImportRules } from '../helpers/import-rules.ts'

const common = ['errors', 'clock', 'ids', 'log']

/** Which way imports point. Nothing may import `simulator`, and only what puts the parts together `scheduler`. */
const rules: ImportRules = {
  env: ['config.ts', 'main.ts', 'simulator/main.ts'],
  parts: {
    errors: { ours: [] },
    clock: { ours: [] },
    ids: { ours: [] },
    log: { ours: [] },
    jobs: { ours: common, others: [] },
    tokens: { ours: common, others: [] },
    // Pure: same input, same output. No clock, no socket, no file.
    midjourney: { ours: [], others: ['discord-api-types/v10'] },
    discord: { ours: common },
    accounts: { ours: [...common, 'jobs', 'discord', 'midjourney'] },
    scheduler: {
      ours: [...common, 'jobs', 'tokens', 'accounts/pool.ts', 'accounts/ports.ts', 'webhooks/ports.ts'],
    },
    http: {
      ours: [
        ...common,
        'jobs',
        'tokens',
        'accounts/pool.ts',
        'webhooks/events.ts',
        'webhooks/native.ts',
        'webhooks/webhooks.ts',
        'midjourney/prompt',
        'observability',
        'images',
      ],
    },
    observability: { ours: common },
    images: { ours: common },
    'prompt-services': { ours: [...common, 'jobs/ports.ts', 'midjourney/prompt', 'tokens'] },
    webhooks: { ours: [...common, 'jobs'] },
    // Its second reading of the protocol is worth nothing if it shares code with ours.
    simulator: { ours: [] },
    config: {
      ours: [
        'errors',
        'images/s3-store.ts',
        'jobs/policy.ts',
        'prompt-services',
        'scheduler/redis.ts',
        'tokens/service.ts',
        'webhooks/signature.ts',
      ],
    },
    'follow-ups': { ours: [...common, 'jobs'] },
    'account-files': {
      ours: [...common, 'accounts/pool-file.ts', 'discord', 'images/ports.ts', 'jobs/service.ts'],
    },
    pictures: {
      ours: [
        ...common,
        'account-files',
        'accounts/pool-file.ts',
        'config',
        'http/result-links.ts',
        'images',
        'jobs',
      ],
    },
    'worker-factory': { ours: [...common, 'accounts', 'discord', 'jobs', 'midjourney', 'config'] },
    app: {
      ours: [
        ...common,
        'config',
        'follow-ups',
        'pictures',
        'prompt-services',
        'worker-factory',
        'http',
        'jobs',
        'tokens',
        'accounts',
        'midjourney/prompt',
        'webhooks',
        'scheduler',
      ],
    },
    main: { ours: [...common, 'app', 'config', 'observability', 'scheduler', 'accounts/pool-file.ts'] },
  },
}

const src = fileURLToPath(new URL('../../src/', import.meta.url))

test('keeps the imports of all parts in their direction', () => {
  const names = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const files = new Map(names.map((name) => [name, readFileSync(join(src, name), 'utf8')]))
  expect(findViolations(files, rules)).toEqual([])
})

/** Each source file that must be objected to, and the sentence. */
const wrong: [path: string, text: string, objection: string][] = [
  [
    'jobs/service.ts',
    `import { run } from '../scheduler/scripts.ts'`,
    'jobs/service.ts must not import scheduler/scripts.ts',
  ],
  [
    'jobs/service.ts',
    `import type {\n  Scripts,\n} from '../scheduler/scripts.ts'`,
    'jobs/service.ts must not import scheduler/scripts.ts',
  ],
  ['jobs/service.ts', `import { Redis } from 'ioredis'`, 'jobs/service.ts must not import ioredis'],
  ['midjourney/prompt.ts', `import 'node:fs'`, 'midjourney/prompt.ts must not import node:fs'],
  ['midjourney/prompt.ts', `await import('node:net')`, 'midjourney/prompt.ts must not import node:net'],
  [
    'midjourney/prompt.ts',
    `import { now } from '../clock.ts'`,
    'midjourney/prompt.ts must not import clock.ts',
  ],
  [
    'http/server.ts',
    `export * from '../accounts/worker.ts'`,
    'http/server.ts must not import accounts/worker.ts',
  ],
  [
    'simulator/bot/bot.ts',
    `import { parse } from '../../midjourney/parse/message.ts'`,
    'simulator/bot/bot.ts must not import midjourney/parse/message.ts',
  ],
  [
    'app.ts',
    `import { start } from './simulator/simulator.ts'`,
    'app.ts must not import simulator/simulator.ts',
  ],
  ['jobs/service.ts', `const key = process.env['KEY']`, 'jobs/service.ts must not read process.env'],
  ['utils/misc.ts', `import 'node:fs'`, 'utils/misc.ts: the part utils is not in the table'],
]

test.each(wrong)('objects to %s with %j', (path, text, objection) => {
  expect(findViolations(new Map([[path, text]]), rules)).toEqual([objection])
})

test('objects to circles', () => {
  const files = new Map([
    ['jobs/a.ts', `import { b } from './b.ts'`],
    ['jobs/b.ts', `import { c } from './deep/c.ts'`],
    ['jobs/deep/c.ts', `import { a } from '../a.ts'`],
  ])
  expect(findViolations(files, rules)).toEqual(['circle: jobs/a.ts → jobs/b.ts → jobs/deep/c.ts → jobs/a.ts'])
})

test('has nothing against imports in their direction', () => {
  const files = new Map([
    ['jobs/a.ts', `import { code } from '../errors.ts'\nimport { b } from './b.ts'`],
    ['jobs/b.ts', `import type { A } from './a.ts'\nexport const words = ' from "quotes"'`],
    ['scheduler/c.ts', `import { Redis } from 'ioredis'\nimport type { Pool } from '../accounts/pool.ts'`],
  ])
  expect(findViolations(files, rules)).toEqual([])
})
