import { expect, test } from 'vitest'
import { createLinkSigner, imageLinks, rewriteCdn } from '../../../src/images/links.ts'

const signer = createLinkSigner('secret')
const now = 1_800_000_000_000

const claimsOf = (query: string) => Object.fromEntries(new URLSearchParams(query))

test('builds stable links of a grid, its thumbnail, its webp and its quarters', () => {
  const links = imageLinks({
    publicUrl: 'https://pics.example/',
    jobId: 'abc',
    filenames: ['ann_a_cat_1234.png'],
    shows: 'grid',
  })
  expect(links).toEqual({
    files: ['https://pics.example/images/abc/ann_a_cat_1234.png'],
    thumbnail: 'https://pics.example/images/abc/thumbnail.webp',
    webp: 'https://pics.example/images/abc/image.webp',
    quarters: [1, 2, 3, 4].map((n) => `https://pics.example/images/abc/quarter-${n}.png`),
  })
})

test('offers no pictures of a video, and no quarters of a single picture', () => {
  const options = { publicUrl: null, jobId: 'abc', filenames: ['a.mp4', 'b.mp4'] }
  expect(imageLinks(options)).toEqual({
    files: ['/images/abc/a.mp4', '/images/abc/b.mp4'],
    thumbnail: null,
    webp: null,
    quarters: [],
  })
  expect(imageLinks({ ...options, shows: 'picture' })).toMatchObject({
    thumbnail: '/images/abc/thumbnail.webp',
    quarters: [],
  })
})

test('accepts what it signed until it expires', () => {
  const claims = claimsOf(signer.sign('job', 'a.png', now + 5000))
  expect(signer.accepts('job', 'a.png', claims, now)).toBe(true)
  expect(signer.accepts('job', 'a.png', claims, now + 4999)).toBe(true)
  expect(signer.accepts('job', 'a.png', claims, now + 5000)).toBe(false)
})

test('refuses a link of another file, job, time or secret, and halves of claims', () => {
  const claims = claimsOf(signer.sign('job', 'a.png', now + 5000))
  const later = { ...claims, expires: String(Number(claims.expires) + 60) }
  const { expires, signature } = claims
  expect(signer.accepts('job', 'b.png', claims, now)).toBe(false)
  expect(signer.accepts('jo', 'b/a.png', claims, now)).toBe(false)
  expect(signer.accepts('job', 'a.png', later, now)).toBe(false)
  expect(signer.accepts('job', 'a.png', { expires }, now)).toBe(false)
  expect(signer.accepts('job', 'a.png', { signature }, now)).toBe(false)
  expect(signer.accepts('job', 'a.png', { expires, signature: `${signature}A` }, now)).toBe(false)
  expect(createLinkSigner('other').accepts('job', 'a.png', claims, now)).toBe(false)
})

test('signs each link of a job for itself', () => {
  const { files, quarters } = imageLinks({
    publicUrl: 'https://pics.example',
    jobId: 'job',
    filenames: ['a.png'],
    shows: 'grid',
    expires: { at: now + 5000, signer },
  })
  for (const [link, file] of [
    [files[0], 'a.png'],
    [quarters[2], 'quarter-3.png'],
  ] as const) {
    const { pathname, search } = new URL(link ?? '')
    expect(pathname).toBe(`/images/job/${file}`)
    expect(signer.accepts('job', file, claimsOf(search), now)).toBe(true)
  }
})

const onCdn = 'https://cdn.discordapp.com/attachments/1/2/a.png?ex=1&is=2&hm=3&'

test.for([
  ['https://cdn.example', 'https://cdn.example/attachments/1/2/a.png?ex=1&is=2&hm=3&'],
  ['https://cdn.example/discord/', 'https://cdn.example/discord/attachments/1/2/a.png?ex=1&is=2&hm=3&'],
  ['https://cdn.example/?url=', `https://cdn.example/?url=${encodeURIComponent(onCdn)}`],
  [null, onCdn],
  ['', onCdn],
] as const)('leads an address of the CDN through the prefix %s', ([prefix, rewritten]) => {
  expect(rewriteCdn(onCdn, prefix)).toBe(rewritten)
})

test('leaves addresses alone that are not the CDN’s', () => {
  for (const url of ['https://cdn.discordapp.com.evil.example/a', 'https://elsewhere.example/a.png']) {
    expect(rewriteCdn(url, 'https://cdn.example')).toBe(url)
  }
})
