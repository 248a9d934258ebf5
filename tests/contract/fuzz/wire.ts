import { connect } from 'node:net'

/** What nobody's HTTP library would send, by what is wrong with it. Each stands alone on its connection. */
export const onTheWire: Record<string, string | Buffer> = {
  nothing: '',
  'an empty line': '\r\n\r\n',
  noise: Buffer.from(Array.from({ length: 2000 }, (_, index) => (index * 7919) % 256)),
  'a TLS hello': Buffer.from('16030100c8010000c40303', 'hex'),
  'an HTTP/2 preface': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a Redis command': '*1\r\n$8\r\nFLUSHALL\r\n',
  'HTTP/0.9': 'GET /healthz\r\n\r\n',
  'HTTP/1.0 without a host': 'GET /healthz HTTP/1.0\r\n\r\n',
  'HTTP/9.9': get('/healthz').replace('1.1', '9.9'),
  'no host': 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n',
  'two hosts': get('/healthz', 'Host: b'),
  'a host that is markup':
    'GET / HTTP/1.1\r\nHost: "><script>\r\nAccept: text/html\r\nConnection: close\r\n\r\n',
  'a lower-case method': get('/healthz').toLowerCase(),
  'a method of its own': get('/healthz').replace('GET', 'BREW'),
  'a method without end': `${'G'.repeat(100_000)} / HTTP/1.1\r\n\r\n`,
  connect: 'CONNECT 127.0.0.1:6379 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  'an address with a host': get('http://169.254.169.254/latest/meta-data'),
  'an address with two slashes': get('//evil.example/midjourney/job'),
  'an address of a file': get('file:///etc/passwd'),
  'no address': 'GET  HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  'a star': get('*').replace('GET', 'OPTIONS'),
  'steps up': get('/midjourney/../../../etc/passwd'),
  'steps up in percent': get('/%2e%2e/%2e%2e/%2e%2e/etc/passwd'),
  'steps up in the docs': get('/docs/static/..%2f..%2f..%2fpackage.json'),
  'steps up twice encoded': get('/docs/static/%252e%252e%252fpackage.json'),
  'steps up by backslashes': get('/docs/static/..\\..\\package.json'),
  'a zero byte': get('/mj/task/\0/fetch'),
  'a zero byte in percent': get('/mj/task/%00/fetch'),
  'half a percent': get('/mj/task/%/fetch'),
  'broken UTF-8': get('/mj/task/%c3%28/fetch'),
  'bytes above ASCII': Buffer.from(get('/midjourney/job?id=\xff\xfe\x80'), 'latin1'),
  'a fragment': get('/midjourney/job?id=1#token=x'),
  'a token that steps up': get('/t/../v1/token'),
  'a token in a token': get('/t/a/t/b/t/c/v1/token'),
  'an address of 60 KB': get(`/midjourney/imagine?prompt=${'x'.repeat(60_000)}`),
  'an address of 1 MB': get(`/midjourney/imagine?prompt=${'x'.repeat(1_000_000)}`),
  'many slashes': get('/'.repeat(50_000)),
  'many steps': get('/a/..'.repeat(10_000)),
  'many queries': get(`/midjourney/imagine?${'a&'.repeat(25_000)}`),
  'a header of 1 MB': get('/healthz', `X: ${'x'.repeat(1_000_000)}`),
  'many headers': get('/healthz', Array.from({ length: 5000 }, (_, index) => `X-${index}: 1`).join('\r\n')),
  'a header without a colon': get('/healthz', 'nonsense'),
  'a header without a name': get('/healthz', ': x'),
  'a header named __proto__': get('/v1/token', '__proto__: x\r\nconstructor: x'),
  'a zero byte in a header': get('/healthz', 'X: a\0b'),
  'a folded header': get('/healthz', 'X: a\r\n b'),
  'bare line feeds': get('/healthz').replaceAll('\r\n', '\n'),
  'bearers without end': get('/v1/token', `Authorization: Bearer${' '.repeat(50_000)}!`),
  'two keys': get(
    '/v1/token',
    'Authorization: Bearer a\r\nAuthorization: Bearer b\r\nX-Admin-Key: a\r\nX-Admin-Key: b',
  ),
  'two lengths': post('/v1/jobs', '{}', 'Content-Length: 3'),
  'a length and chunks': post('/v1/jobs', '0\r\n\r\n', 'Transfer-Encoding: chunked'),
  'a negative length': post('/v1/jobs', '{}').replace('Length: 2', 'Length: -2'),
  'a length without end': post('/v1/jobs', '{}').replace('Length: 2', `Length: ${'9'.repeat(50)}`),
  'more than the length': post('/v1/jobs', '{}').replace('Length: 2', 'Length: 1'),
  'less than the length': post('/v1/jobs', '{}').replace('Length: 2', 'Length: 100'),
  'less than the length of a picture': post('/midjourney/describe', '--x').replace(
    'Length: 3',
    'Length: 9999',
  ),
  'chunks that are none': chunked('/v1/jobs', 'zz\r\n{}\r\n0\r\n\r\n'),
  'chunks with long extensions': chunked('/v1/jobs', `2;${'x'.repeat(100_000)}\r\n{}\r\n0\r\n\r\n`),
  'a chunk that does not come': chunked('/v1/jobs', 'ffffff\r\n{'),
  'a chunk of 2^64': chunked('/v1/jobs', 'fffffffffffffffff\r\n{}\r\n'),
  trailers: chunked('/v1/jobs', '2\r\n{}\r\n0\r\nAuthorization: Bearer x\r\n\r\n'),
  'an unknown encoding': post('/v1/jobs', '{}', 'Transfer-Encoding: gzip'),
  'an upgrade': get('/v1/events', 'Upgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13'),
  'an upgrade to h2c': get('/healthz', 'Upgrade: h2c\r\nHTTP2-Settings: AAA'),
  'an unknown expectation': post('/v1/jobs', '{}', 'Expect: the-unexpected'),
  'a promise to go on': post('/v1/jobs', '{}', 'Expect: 100-continue'),
  'fifty at once': get('/healthz').replace('Connection: close\r\n', '').repeat(50),
  'a smuggled request': post('/v1/jobs', `{}${get('/v1/tokens')}`).replace(/Length: \d+/, 'Length: 2'),
}

function get(path: string, header?: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${header ? `${header}\r\n` : ''}\r\n`
}

function post(path: string, body: string, header = ''): string {
  return get(
    path,
    `Content-Type: application/json\r\nContent-Length: ${body.length}${header && `\r\n${header}`}`,
  )
    .replace('GET', 'POST')
    .concat(body)
}

function chunked(path: string, body: string): string {
  return get(path, 'Content-Type: application/json\r\nTransfer-Encoding: chunked')
    .replace('GET', 'POST')
    .concat(body)
}

/** Sends the bytes, hangs up its own half, and resolves to all that comes back until the server hangs up too. */
export function exchange(port: number, bytes: string | Buffer, withinMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    let heard = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      heard += chunk
    })
    // A server may well hang up before it has heard everything.
    socket.on('error', () => {})
    socket.on('close', () => resolve(heard))
    socket.setTimeout(withinMs, () => {
      reject(new Error(`the server neither answered nor hung up; so far: ${heard.slice(0, 200)}`))
      socket.destroy()
    })
    socket.end(bytes)
  })
}
