import fc from 'fast-check'

/** Addresses that a server must not be talked into asking, and some that are none. */
export const addresses = [
  'http://127.0.0.1:1/',
  'http://169.254.169.254/latest/meta-data/',
  'http://[::1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://0x7f000001/',
  'http://localhost:6379/',
  'https://user:pass@10.0.0.1/x',
  'file:///etc/passwd',
  'gopher://127.0.0.1:6379/_FLUSHALL',
  'http://',
  'http://[',
  'https://example.com/fox.png',
  'javascript:alert(1)',
]

const png = Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1').toString('base64')
export const pictures = [`data:image/png;base64,${png}`, png, 'data:image/png;base64,', 'data:,', '====']

/** Texts on which somebody's parser has failed before. */
export const curious = [
  '',
  ' ',
  '0',
  '-1',
  '1e9',
  '9'.repeat(400),
  'NaN',
  'null',
  'undefined',
  'true',
  '__proto__',
  'constructor',
  'toString',
  '\0',
  'a\0b',
  '\r\nx: y',
  '*',
  '../../etc/passwd',
  '{}',
  '[]',
  '{"$gt":""}',
  '%',
  '%00',
  '%2e%2e%2f',
  '%ff',
  '\ud800',
  '\u202ered fox',
  '🦊'.repeat(50),
  '红色的狐狸',
  "'; DROP TABLE jobs; --",
  '*3\r\n$3\r\nSET\r\n',
  'redis.call("FLUSHALL")',
  '—ar 3:2',
  'red fox --ar',
  'red fox --nonsense 7',
  '{red, blue} fox',
  '{'.repeat(300),
  `{${new Array(100).fill('{a,b}'.repeat(10)).join()}}${'{a,b}'.repeat(10)}`,
  '::',
  '-'.repeat(500),
  'a'.repeat(7000),
  '00000000-0000-0000-0000-000000000000',
  '00000000000000000000',
  '1700000000000123',
]

/** Names that must not reach the prototype of anything. */
export const names = [
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'toString',
  'valueOf',
  'toJSON',
  'then',
  '',
  'a[b]',
  'a.b',
  '0',
]

export const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...curious, ...addresses, ...pictures) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 30 }) },
)

const awkward = fc.constantFrom<unknown>(
  { toString: 1 },
  { toString: null, valueOf: null },
  { toJSON: 'x' },
  [{ toString: 1 }],
  [[[[[[[[]]]]]]]],
  { length: 1e9 },
  1e308,
  -0,
  0.1,
  2 ** 53,
  null,
  true,
  [],
  {},
)

/** Any JSON. */
export const anything = fc.oneof(
  text,
  awkward,
  fc.integer(),
  fc.jsonValue({ maxDepth: 2 }),
  fc.dictionary(fc.constantFrom(...names), fc.oneof(text, awkward), { maxKeys: 3 }),
)

/** Half a surrogate pair cannot stand in an address; it is replaced, as everywhere. */
export const wellFormed = (value: string): string => Buffer.from(value).toString()
