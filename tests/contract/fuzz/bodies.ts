import fc, { type Arbitrary } from 'fast-check'
import type { Operation } from './operations.ts'
import { anything, text } from './texts.ts'
import { asText, type Knowledge, maybe, someValue } from './values.ts'

interface Body {
  headers: Record<string, string>
  payload: string | Buffer
}

/** A body for the operation: nearly right, broken, or none. */
export function bodyFor({ bodies, method, path }: Operation, knowledge: Knowledge): Arbitrary<Body | null> {
  if (method === 'GET') return fc.constant(null)
  const meant = bodies.map(([type, schema]) => encoded(type, someValue(schema, knowledge)))
  // The document cannot say what a form of an upload looks like.
  if (path.endsWith('/upload')) meant.push(multipart)
  const usual = meant.length > 0 ? fc.oneof(...meant) : fc.constant(null)
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
        Object.fromEntries(fields.map(([name, field]) => [name, asText(field)])),
      ).toString()
    })
    .map(as({ 'content-type': type }))
}

const part = fc
  .record({
    name: fc.constantFrom('image', 'file', 'image', 'file', 'prompt', '__proto__', ''),
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
