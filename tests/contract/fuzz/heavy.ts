/** A body that weighs, is deep or has many parts; `name` is the field that most of it goes into. */
export interface HeavyBody {
  type: string
  make(name: string): string | Buffer
}

const json = 'application/json'
const form = 'application/x-www-form-urlencoded'
const multipart = 'multipart/form-data; boundary=x'
const MB = 1024 * 1024

const nested = (open: string, close: string, depth: number): string =>
  open.repeat(depth) + close.repeat(depth)
const field = (name: string, value: string): string => `{${JSON.stringify(name)}:${value}}`
const part = (name: string, file: string, body: string): string =>
  `--x\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${body}\r\n`

/** What is wrong with a body, by what it looks like. */
export const heavyBodies: Record<string, HeavyBody> = {
  'a text of 9 MB': { type: json, make: (name) => field(name, `"${'fox '.repeat((9 * MB) / 4)}"`) },
  'a text of 11 MB': { type: json, make: (name) => field(name, `"${'x'.repeat(11 * MB)}"`) },
  'a text of 6 MB in pictures': {
    type: json,
    make: (name) => field(name, `["${'iVBORw0K'.repeat((6 * MB) / 8)}"]`),
  },
  'lists in lists': { type: json, make: (name) => field(name, nested('[', ']', 100_000)) },
  'objects in objects': {
    type: json,
    make: (name) => field(name, `${nested('{"a":', '}', 50_000).replace(':}', ':1}')}`),
  },
  'lists that never end': { type: json, make: (name) => `{"${name}":${'['.repeat(200_000)}` },
  'a list of 300,000': { type: json, make: (name) => field(name, `[${'0,'.repeat(300_000)}0]`) },
  'a list of 20,000 lists': { type: json, make: (name) => field(name, `[${'[[]],'.repeat(20_000)}[]]`) },
  'an object of 20,000 fields': {
    type: json,
    make: () => `{${Array.from({ length: 20_000 }, (_, index) => `"f${index}":${index}`).join()}}`,
  },
  'a number of 1 MB': { type: json, make: (name) => field(name, '9'.repeat(MB)) },
  'spaces without end': { type: json, make: (name) => field(name, ' '.repeat(5 * MB)) },
  'a form of 100,000 fields': { type: form, make: (name) => `${name}=x&`.repeat(100_000) },
  'a form field of 3 MB': { type: form, make: (name) => `${name}=${'%41'.repeat(MB)}` },
  'a form of 3,000 parts': {
    type: multipart,
    make: (name) => `${part(name, '', 'x').repeat(3000)}--x--\r\n`,
  },
  'a form of 200 files': {
    type: multipart,
    make: (name) => `${part(name, '; filename="a.png"', 'x').repeat(200)}--x--`,
  },
  'a file of 11 MB': {
    type: multipart,
    make: () => `${part('file', '; filename="a.png"', 'x'.repeat(11 * MB))}--x--`,
  },
  'a part header of 1 MB': { type: multipart, make: (name) => `${part(name.padEnd(MB, 'x'), '', 'x')}--x--` },
}
