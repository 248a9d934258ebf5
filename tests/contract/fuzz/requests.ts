import fc, { type Arbitrary } from 'fast-check'
import { bodyFor } from './bodies.ts'
import { isJudged, type Operation } from './operations.ts'
import { names, text, wellFormed } from './texts.ts'
import { asText, type Knowledge, maybe, someText, someValue, wordFor } from './values.ts'

/** One request, ready for `inject`. */
export interface FuzzRequest {
  /** What it is meant for; null when it is meant for nothing that exists. */
  operation: Operation | null
  method: string
  url: string
  headers: Record<string, string>
  payload?: string | Buffer
}

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
  const parts = operation.path
    .split(/(\{[^}]+\})/)
    .map((part) =>
      part.startsWith('{')
        ? someText(part.slice(1, -1), knowledge).map((word) => encodeURIComponent(wellFormed(word)))
        : fc.constant(part),
    )
  const path = fc
    .tuple(fc.tuple(...parts), maybe(15, fc.constant(''), fc.constantFrom('/', '//')))
    .map(([all, tail]) => `${all.join('')}${operation.path === '/' ? '' : tail}`)
  return fc
    .record({
      method: maybe(14, fc.constant(operation.method), wrongMethod),
      path,
      query: queryFor(operation, knowledge),
      credentials: fc.constantFrom(...(isJudged(operation) ? knowledge.credentials : knowledge.strangers)),
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

function queryFor({ parameters }: Operation, knowledge: Knowledge): Arbitrary<string> {
  const fields = parameters
    .filter((one) => one.in === 'query')
    .map(({ name, schema }) =>
      maybe(3, someValue(schema, knowledge, name), fc.constant(null)).map((value) => [name, value] as const),
    )
  const extra = fc
    .constantFrom('token', 'key', ...names)
    .chain((name) => someText(name, knowledge).map((value) => [name, value] as const))
  return fc.tuple(...fields, maybe(6, fc.constant(['', null] as const), extra)).map((pairs) => {
    const given = pairs.filter(([, value]) => value !== null)
    const search = new URLSearchParams(given.map(([name, value]): [string, string] => [name, asText(value)]))
    return given.length === 0 ? '' : `?${search}`
  })
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
