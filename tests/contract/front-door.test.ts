import { afterEach, expect, test } from 'vitest'
import { type Gateway, startGateway } from './gateway.ts'

let gateway: Gateway
afterEach(() => gateway.close())

test('healthz says that the process lives, readyz whether it can take work', async () => {
  let ready = true
  gateway = await startGateway({ health: () => ({ ready, detail: { redis: ready, accounts: 2 } }) })
  expect(await gateway.get('/healthz')).toMatchObject({ status: 200, body: '{"status":"ok"}' })
  const up = { status: 200, body: '{"ready":true,"detail":{"redis":true,"accounts":2}}' }
  expect(await gateway.get('/readyz')).toMatchObject(up)
  ready = false
  const down = { status: 503, body: '{"ready":false,"detail":{"redis":false,"accounts":2}}' }
  expect(await gateway.get('/readyz')).toMatchObject(down)
  expect(await gateway.get('/healthz')).toMatchObject({ status: 200 })
  expect(await gateway.ask({ method: 'HEAD', url: '/healthz' })).toMatchObject({ status: 200 })
})

test('a health check that fails means not ready', async () => {
  gateway = await startGateway({ health: () => Promise.reject(new Error('no route to redis')) })
  expect(await gateway.get('/readyz')).toMatchObject({
    status: 503,
    body: '{"ready":false,"detail":"the health check failed"}',
  })
})

test('the first page shows where to go on, to people and to programs', async () => {
  gateway = await startGateway({ publicUrl: 'https://draw.example/' })
  const page = await gateway.get('/', {}, { accept: 'text/html,*/*' })
  expect(page).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' })
  expect(page.body).toContain('href="docs"')
  expect(page.body).toContain('https://draw.example/midjourney/imagine')
  expect((await gateway.get('/')).json()).toMatchObject({
    name: 'Drawbridge',
    docs: 'https://draw.example/docs',
    try: [expect.stringContaining('create_token'), expect.anything(), expect.anything()],
  })
})

test('the first page does not repeat markup from a Host header', async () => {
  gateway = await startGateway()
  const page = await gateway.get('/', {}, { accept: 'text/html', host: '"><script>x</script>' })
  expect(page.body).not.toContain('<script')
})

test('unknown addresses are answered in JSON', async () => {
  gateway = await startGateway()
  for (const url of ['/nope', '/t/', '/t//x', '/midjourneyx', '/%2e%2e/%2e%2e/etc/passwd']) {
    expect(await gateway.get(url), url).toMatchObject({
      status: 404,
      type: 'application/problem+json; charset=utf-8',
      body: '{"type":"about:blank","title":"Not Found","status":404,"detail":"There is nothing at this address.","code":"path-unknown","retry":false}',
    })
  }
  expect((await gateway.get('/%zz')).status).toBe(400)
})

test('the OpenAPI document describes every endpoint, from the schemas that check requests', async () => {
  gateway = await startGateway({ publicUrl: 'https://draw.example' })
  const answer = await gateway.get('/openapi.json')
  expect(answer).toMatchObject({ status: 200, type: 'application/json; charset=utf-8' })
  const document = answer.json() as {
    openapi: string
    servers: { url: string }[]
    paths: Record<string, Record<string, { summary: string; parameters?: object[]; responses: object }>>
  }
  expect(document.openapi).toBe('3.1.0')
  expect(document.servers).toEqual([{ url: 'https://draw.example' }])
  const endpoints = Object.entries(document.paths)
    .filter(([path]) => /^\/(midjourney|healthz|readyz)/.test(path))
    .map(([path, methods]) => `${path} ${Object.keys(methods)}`)
  expect(endpoints.sort()).toEqual([
    '/healthz get',
    '/midjourney/action get,post',
    '/midjourney/create_token get,post',
    '/midjourney/descjob get,post',
    '/midjourney/describe post',
    '/midjourney/get_devices get,post',
    '/midjourney/get_queue get,post',
    '/midjourney/get_token get,post',
    '/midjourney/history get,post',
    '/midjourney/imagine get,post',
    '/midjourney/job get,post',
    '/midjourney/progress get,post',
    '/midjourney/switch get,post',
    '/readyz get',
  ])
  for (const methods of Object.values(document.paths)) {
    for (const operation of Object.values(methods)) expect(operation.summary).toBeTruthy()
  }
  expect(document.paths['/midjourney/imagine']?.get?.parameters).toContainEqual(
    expect.objectContaining({ name: 'prompt', in: 'query', description: expect.any(String) }),
  )
})

test('the docs page and all that it loads come from here', async () => {
  gateway = await startGateway()
  const page = await gateway.get('/docs/')
  expect(page).toMatchObject({ status: 200, type: expect.stringContaining('text/html') })
  const assets = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, asset]) => asset ?? '')
  expect(assets.length).toBeGreaterThan(3)
  for (const asset of assets) {
    expect(asset).not.toMatch(/^(https?:)?\/\//)
    expect((await gateway.get(new URL(asset, 'http://x/docs/').pathname)).status, asset).toBe(200)
  }
})
