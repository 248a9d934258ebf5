import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test as base, expect } from 'vitest'
import { loadConfig } from '../../src/config.ts'

const test = base.extend<{ dataDir: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest's fixtures must destructure
  dataDir: async ({}, use) => {
    const dir = mkdtempSync(join(tmpdir(), 'drawbridge-config-'))
    await use(dir)
    rmSync(dir, { recursive: true })
  },
})

test('has a default for everything', ({ dataDir }) => {
  expect(loadConfig({ DATA_DIR: dataDir })).toMatchObject({
    host: '127.0.0.1',
    port: 8000,
    role: 'all',
    redis: null,
    redisPrefix: 'drawbridge',
    tokenChannels: './token_channels.json',
    discord: { apiUrl: 'https://discord.com/api/v9' },
    settings: { accounts: { minIntervalMs: 1200 }, leases: { renewMs: 3000, leaseMs: 10_000 } },
  })
})

test('makes an admin key at the first start, keeps it for the owner alone, and finds it again', ({
  dataDir,
}) => {
  const first = loadConfig({ DATA_DIR: dataDir })
  const file = join(dataDir, 'admin-key')
  expect(first.adminKeyFile).toBe(file)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readFileSync(file, 'utf8').trim()).toBe(first.adminKey)
  expect(loadConfig({ DATA_DIR: dataDir }).adminKey).toBe(first.adminKey)
  expect(loadConfig({ DATA_DIR: dataDir, ADMIN_KEY: 'mine' })).toMatchObject({
    adminKey: 'mine',
    adminKeyFile: null,
  })
})

test.for<[string, Record<string, string>]>([
  ['PORT', { PORT: 'eighty' }],
  ['PORT', { PORT: '70000' }],
  ['ROLE', { ROLE: 'boss' }],
  ['LOG_LEVEL', { LOG_LEVEL: 'loud' }],
  ['DISCORD_API_URL', { DISCORD_API_URL: 'discord' }],
  ['REDIS_CLUSTER_NODES', { REDIS_CLUSTER_NODES: 'nowhere' }],
])('names %s when it is wrong', ([name, env], { dataDir }) => {
  expect(() => loadConfig({ DATA_DIR: dataDir, ...env })).toThrow(new RegExp(`^${name}: expected`))
})

test('reads how to reach Redis in each of its forms', ({ dataDir }) => {
  const redis = (env: Record<string, string>) => loadConfig({ DATA_DIR: dataDir, ...env }).redis
  expect(redis({ REDIS_URL: 'redis://h:1' })).toEqual({ kind: 'single', url: 'redis://h:1' })
  expect(redis({ REDIS_CLUSTER_NODES: 'a:1,b:2' })).toMatchObject({
    kind: 'cluster',
    nodes: [
      { host: 'a', port: 1 },
      { host: 'b', port: 2 },
    ],
  })
  expect(redis({ REDIS_SENTINELS: 'a:1', REDIS_PASSWORD: 'p' })).toMatchObject({
    kind: 'sentinel',
    name: 'mymaster',
    password: 'p',
  })
})

test('names the key of the settings that does not fit', ({ dataDir }) => {
  const configDir = pathToFileURL(`${dataDir}/`)
  const defaults = readFileSync(new URL('../../config/default.json', import.meta.url), 'utf8')
  writeFileSync(new URL('default.json', configDir), defaults)
  writeFileSync(new URL('local.json', configDir), JSON.stringify({ leases: { leaseMs: 0 } }))
  expect(() => loadConfig({ DATA_DIR: dataDir }, configDir)).toThrow('config.leases.leaseMs')
  writeFileSync(new URL('local.json', configDir), JSON.stringify({ leases: { leaseMs: 20_000 } }))
  expect(loadConfig({ DATA_DIR: dataDir }, configDir).settings.leases).toMatchObject({
    renewMs: 3000,
    leaseMs: 20_000,
  })
})

test('makes the secret of links once, unless it is given', ({ dataDir }) => {
  const { images } = loadConfig({ DATA_DIR: dataDir })
  const file = join(dataDir, 'image-link-secret')
  expect(readFileSync(file, 'utf8').trim()).toBe(images.secret)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(loadConfig({ DATA_DIR: dataDir }).images).toEqual({ secret: images.secret, s3: null })
  expect(loadConfig({ DATA_DIR: dataDir, IMAGE_LINK_SECRET: 'mine' }).images.secret).toBe('mine')
})

test('keeps pictures in a bucket when one is named, and says what is missing', ({ dataDir }) => {
  const bucket = { DATA_DIR: dataDir, S3_BUCKET: 'pics', S3_ENDPOINT: 'https://s3.example/' }
  expect(() => loadConfig({ DATA_DIR: dataDir, S3_BUCKET: 'pics' })).toThrow(/^S3_ENDPOINT: expected/)
  expect(() => loadConfig(bucket)).toThrow(/^S3_ACCESS_KEY_ID: expected/)
  expect(() => loadConfig({ ...bucket, S3_ACCESS_KEY_ID: 'id' })).toThrow(/^S3_SECRET_ACCESS_KEY: expected/)
  const keys = { S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' }
  expect(loadConfig({ ...bucket, ...keys }).images.s3).toEqual({
    bucket: 'pics',
    endpoint: 'https://s3.example',
    region: 'us-east-1',
    accessKeyId: 'id',
    secretAccessKey: 'secret',
  })
})

test('takes the address of callbacks as it is, and says what does not fit', ({ dataDir }) => {
  const secret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`
  const given = {
    CALLBACK_URL: 'http://app:3000/hook/',
    WEBHOOK_SECRET: secret,
    WEBHOOK_ALLOW_PRIVATE: 'true',
  }
  expect(loadConfig({ DATA_DIR: dataDir, ...given }).webhooks).toEqual({
    url: 'http://app:3000/hook/',
    secret,
    allowPrivate: true,
  })
  const generated = loadConfig({ DATA_DIR: dataDir }).webhooks
  expect(generated).toMatchObject({ url: null, allowPrivate: false })
  expect(loadConfig({ DATA_DIR: dataDir }).webhooks.secret).toBe(generated.secret)
  for (const [name, value] of [
    ['CALLBACK_URL', 'app:3000/hook'],
    ['WEBHOOK_SECRET', 'whsec_short'],
    ['WEBHOOK_ALLOW_PRIVATE', 'maybe'],
  ] as const) {
    expect(() => loadConfig({ DATA_DIR: dataDir, [name]: value })).toThrow(new RegExp(`^${name}: expected`))
  }
})
