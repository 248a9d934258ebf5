import fc, { type Arbitrary } from 'fast-check'
import type { Operation, Schema } from './operations.ts'
import { anything, names, text, wellFormed } from './texts.ts'

/** One request, ready for `inject`. */
export interface FuzzRequest {
  /** What it is meant for; null when it is meant for nothing that exists. */
  operation: Operation | null
  method: string
  url: string
  headers: Record<string, string>
  payload?: string | Buffer
}

/** What a caller may know: values by the name of their field, and the headers that say who asks. */
export interface Knowledge {
  byName: Record<string, string[]>
  /** Each with a token or key that is right or wrong. */
  credentials: Record<string, string>[]
  /** Those that nothing can be paid with. */
  strangers: Record<string, string>[]
}

const maybe = <T, U>(weight: number, usual: Arbitrary<T>, other: Arbitrary<U>): Arbitrary<T | U> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: other })

/** Requests over everything that is offered, from nearly right to hopeless. */
export function requests(operations: Operation[], knowledge: Knowledge): Arbitrary<FuzzRequest> {
  const aimed = fc.oneof(...operations.map((operation) => aimedAt(operation, operations, knowledge)))
  return maybe(12, aimed, astray(operations, knowledge))
}

function aimedAt(
  operation: Operation,
  operations: Operation[],
  knowledge: Knowledge,
): Arbitrary<FuzzRequest> {
  const named = new Set(operation.parameters.map(({ name }) => name))
  const parts = operation.path
    .split(/(\{[^}]+\})/)
    .map((part) =>
      part.startsWith('{')
        ? maybe(6, wordFor(part.slice(1, -1), knowledge), text).map((word) =>
            encodeURIComponent(wellFormed(word)),
          )
        : fc.constant(part),
    )
  const path = fc
    .tuple(fc.tuple(...parts), maybe(15, fc.constant(''), fc.constantFrom('/', '//')))
    .map(([all, tail]) => `${all.join('')}${operation.path === '/' ? '' : tail}`)
  const queryNames = [
    ...operation.parameters.filter((one) => one.in === 'query').map(({ name }) => name),
    ...['token', 'key'].filter((name) => !named.has(name)),
  ]
  const pair = (name: string) =>
    maybe(6, wordFor(name, knowledge), text).map((value): [string, string] => [name, wellFormed(value)])
  const query = fc
    .tuple(
      ...queryNames.map((name) => maybe(named.has(name) ? 3 : 1, pair(name), fc.constant(null))),
      maybe(12, fc.constant(null), fc.constantFrom(...names).chain(pair)),
    )
    .map((pairs) => {
      const search = new URLSearchParams(pairs.filter((one) => one !== null)).toString()
      return search === '' ? '' : `?${search}`
    })
  return fc
    .record({
      method: maybe(14, fc.constant(operation.method), wrongMethod),
      path,
      query,
      credentials: fc.constantFrom(...knowledge.credentials),
      headers: headers(operation, knowledge),
      body: bodyFor(operation, knowledge),
    })
    .map(({ method, path, query, credentials, headers, body }) => ({
      operation: operations.find((one) => one.path === operation.path && one.method === method) ?? null,
      method,
      url: `${path}${query}`,
      headers: { ...headers, ...credentials, ...(body ? body.headers : {}) },
      ...(body && method !== 'GET' && method !== 'HEAD' ? { payload: body.payload } : {}),
    }))
}

const wrongMethod = fc.constantFrom(
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
)

/** Addresses near what exists. They come with no means to pay: whatever they reach, it is not known here. */
function astray(operations: Operation[], { strangers }: Knowledge): Arbitrary<FuzzRequest> {
  const path = fc.constantFrom(...operations.map((operation) => operation.path))
  const twisted = fc
    .tuple(path, fc.constantFrom(...twists), text, fc.nat(40))
    .map(([one, twist, word, at]) => twist(one, wellFormed(word), at))
  return fc
    .record({
      method: maybe(4, fc.constantFrom('GET', 'POST'), wrongMethod),
      url: twisted,
      headers: fc.constantFrom(...strangers),
    })
    .map((request) => ({ ...request, operation: null }))
}

const twists: ((path: string, word: string, at: number) => string)[] = [
  (path, word, at) => `${path.slice(0, at)}/${encodeURIComponent(word)}${path.slice(at)}`,
  (path) => path.replaceAll('/', '//'),
  (path) => path.toUpperCase(),
  (path, _word, at) => `${path.slice(0, at)}%00${path.slice(at)}`,
  (path, _word, at) => `${path.slice(0, at)}%2e%2e%2f${path.slice(at)}`,
  (path, _word, at) => `${path.slice(0, at)}%${path.slice(at)}`,
  (path, _word, at) => `${path.slice(0, at)}%ff%fe${path.slice(at)}`,
  (path) => `/t/${path}`,
  (path, word) => `/t/${encodeURIComponent(word)}${path}`,
  (path, _word, at) => `${path}/${'x/'.repeat(at * 20)}`,
  (path) => `${path}?${'a=1&'.repeat(1500)}`,
  (path) => `${path}?__proto__[x]=1&constructor[prototype][x]=1&token[]=a&token[]=b&prompt=a&prompt=b`,
  (path, word) => `${path};${encodeURIComponent(word)}`,
]

function headers({ parameters }: Operation, knowledge: Knowledge): Arbitrary<Record<string, string>> {
  const own = parameters.filter((one) => one.in === 'header').map(({ name }) => name)
  const printable = fc.string({ maxLength: 30 }).map((value) => value.replace(/[^\x20-\x7e]/g, ''))
  const name = fc.constantFrom(
    ...own,
    'origin',
    'accept',
    'accept-encoding',
    'access-control-request-method',
    'x-forwarded-for',
    'x-forwarded-host',
    'cookie',
    'range',
    'expect',
    'x-http-method-override',
    'accept-version',
    'content-encoding',
  )
  const value = fc.oneof(fc.constantFrom('*', 'null', '-1', '0-0', '99999999999999999-1', 'gzip'), printable)
  const some = fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 3 }).map(Object.fromEntries)
  const keyed = own.map((one) =>
    maybe(5, wordFor(one, knowledge), printable).map((word) => ({ [one]: word })),
  )
  return maybe(4, fc.oneof(fc.constant({}), ...keyed), some)
}

interface Body {
  headers: Record<string, string>
  payload: string | Buffer
}

function bodyFor({ bodies, method }: Operation, knowledge: Knowledge): Arbitrary<Body | null> {
  if (method === 'GET') return fc.constant(null)
  const meant = bodies.map(([type, schema]) => encoded(type, someValue(schema, knowledge)))
  const usual = meant.length > 0 ? fc.oneof(...meant) : encoded('multipart/form-data', anything)
  return maybe(6, usual, maybe(8, broken(knowledge), fc.constant(null)))
}

function encoded(type: string, value: Arbitrary<unknown>): Arbitrary<Body> {
  const as = (headers: Record<string, string>) => (payload: string) => ({ headers, payload })
  if (type === 'multipart/form-data') return multipart
  if (type === 'application/json') {
    return value.map((one) => JSON.stringify(one) ?? '').map(as({ 'content-type': type }))
  }
  return value
    .map((one) => {
      const fields = typeof one === 'object' && one !== null ? Object.entries(one) : []
      return new URLSearchParams(
        Object.fromEntries(fields.map(([name, field]) => [name, toText(field)])),
      ).toString()
    })
    .map(as({ 'content-type': type }))
}

const toText = (value: unknown): string =>
  wellFormed(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

const part = fc
  .record({
    name: fc.constantFrom('image', 'file', 'prompt', '__proto__', ''),
    filename: fc.constantFrom('', '; filename="fox.png"', '; filename="../../x"', "; filename*=utf-8''%ff"),
    type: fc.constantFrom('', 'Content-Type: image/png\r\n', 'Content-Type: text/plain; charset=nope\r\n'),
    body: fc.oneof(fc.constant('\x89PNG\r\n\x1a\n0000'), text),
  })
  .map(
    ({ name, filename, type, body }) =>
      `--x\r\nContent-Disposition: form-data; name="${name}"${filename}\r\n${type}\r\n${body}\r\n`,
  )

const multipart: Arbitrary<Body> = fc
  .tuple(
    fc.array(part, { maxLength: 3 }),
    maybe(4, fc.constant('--x--\r\n'), fc.constantFrom('', '--x', '--y--')),
    maybe(5, fc.constant('boundary=x'), fc.constantFrom('', 'boundary="x', 'boundary=')),
  )
  .map(([parts, end, boundary]) => ({
    headers: { 'content-type': `multipart/form-data; ${boundary}` },
    payload: Buffer.from(`${parts.join('')}${end}`, 'latin1'),
  }))

const contentTypes = [
  'application/json',
  'application/json; charset=utf-16',
  'application/json; charset=nonsense',
  'application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded; charset=latin1',
  'application/xml',
  'text/json',
  'text/plain',
  'multipart/form-data',
  'multipart/mixed; boundary=x',
  'nonsense',
  ';',
  '',
]

/** Bodies that are not what they say they are. */
function broken({ byName }: Knowledge): Arbitrary<Body> {
  const prompt = byName.prompt?.[0] ?? ''
  const cut = anything.map((value) => (JSON.stringify({ prompt, value }) ?? '').slice(0, -1))
  const payload = fc.oneof(
    text,
    cut,
    anything.map((value) => JSON.stringify(value) ?? ''),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(
      '{"__proto__":{"x":1}}',
      '{"constructor":{"prototype":{"x":1}}}',
      '\ufeff{}',
      '{"a":1,"a":2}',
    ),
  )
  return fc
    .tuple(fc.constantFrom(...contentTypes), payload)
    .map(([type, payload]) => ({ headers: type === '' ? {} : { 'content-type': type }, payload }))
}

const wordFor = (name: string, { byName }: Knowledge): Arbitrary<string> =>
  fc.constantFrom(...((Object.hasOwn(byName, name) && byName[name]) || Object.values(byName).flat()))

/** A value as the schema wants it, with here and there something else in its place. */
function someValue(schema: Schema, knowledge: Knowledge, name = ''): Arbitrary<unknown> {
  return maybe(15, rightValue(schema, knowledge, name), anything)
}

function rightValue(schema: Schema, knowledge: Knowledge, name: string): Arbitrary<unknown> {
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => someValue(one, knowledge, name)))
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  switch (schema.type) {
    case 'string':
      return maybe(5, wordFor(name, knowledge), text)
    case 'integer':
    case 'number':
      return fc.integer({ min: schema.minimum ?? -1, max: Math.min(schema.maximum ?? 5, 1000) })
    case 'boolean':
      return fc.boolean()
    case 'array':
      return fc.array(someValue(schema.items ?? {}, knowledge, name), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 3, 5),
      })
    case 'object':
      return objectOf(schema, knowledge)
    default:
      return anything
  }
}

function objectOf({ properties = {}, required = [] }: Schema, knowledge: Knowledge): Arbitrary<unknown> {
  const fields = Object.entries(properties).map(([name, schema]) => {
    const value = someValue(schema, knowledge, name).map((one) => [name, one])
    return maybe(required.includes(name) ? 25 : 1, value, fc.constant(null))
  })
  const extra = fc.tuple(fc.constantFrom(...names), anything)
  return fc
    .tuple(...fields, maybe(12, fc.constant(null), extra))
    .map((pairs) => Object.fromEntries(pairs.filter((pair) => pair !== null)))
}
