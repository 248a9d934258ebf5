import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startGateway } from './gateway.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (name: string) => readFileSync(`${root}/${name}`, 'utf8')
const pages = [
  'README.md',
  ...readdirSync(`${root}/docs`).flatMap((name) => (name.endsWith('.md') ? `docs/${name}` : [])),
]

/** What is asked in the shell lines of a page: method and path, with variables and ids in braces. */
function requestsIn(page: string): [method: string, path: string][] {
  const lines = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) => block.split('\n'))
  return lines.flatMap((line): [string, string][] => {
    const [, path] = /^(?:curl|ask) .*?(?:\$BASE|http:\/\/127\.0\.0\.1:8000)(\/[^\s'"?]*)/.exec(line) ?? []
    if (path === undefined) return []
    const [, method] = /-X ([A-Z]+)/.exec(line) ?? []
    const sends = / -d /.test(line) && !/ -G /.test(line)
    return [
      [method ?? (sends ? 'POST' : 'GET'), path.replace(/\/(?:\$\{?[A-Z_]+\}?|[A-Z]+)(?=\/|$)/g, '/{}')],
    ]
  })
}

test.each(pages)('the requests in %s are answered', async (name) => {
  const gateway = await startGateway()
  const document = gateway.app.swagger() as unknown as { paths: Record<string, object> }
  await gateway.close()
  const known = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{[^}]*\}/g, '{}')}`),
  )
  const outside = ['GET /docs', 'GET /openapi.json']
  const unknown = requestsIn(read(name))
    .map((parts) => parts.join(' '))
    .filter((one) => ![...known, ...outside].includes(one))
  expect(unknown).toEqual([])
})

test('the pages hold requests at all', () => {
  expect(pages.flatMap((name) => requestsIn(read(name))).length).toBeGreaterThan(30)
})

test('README names every variable of the environment, and no other', () => {
  const used = new Set(
    [...read('src/config.ts').matchAll(/\benv\.([A-Z][A-Z0-9_]+)/g)].map(([, name]) => name),
  )
  const [, table = ''] = /^## Configuration\n([\s\S]*?)^## /m.exec(read('README.md')) ?? []
  const rows = table.split('\n').filter((line) => line.startsWith('| `'))
  const named = new Set(
    rows.flatMap((row) => [...row.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name]) => name)),
  )
  expect([...used].filter((name) => !named.has(name))).toEqual([])
  expect([...named].filter((name) => !used.has(name))).toEqual([])
})

test('every API family has its page, and README leads there', () => {
  const families = readdirSync(`${root}/src/http/dialects`)
  expect(families.length).toBe(6)
  for (const family of families) {
    expect(pages).toContain(`docs/${family}.md`)
    expect(read('README.md')).toContain(`(docs/${family}.md)`)
  }
})
