import { expect, test } from 'vitest'
import { baseOf, createLinkWriter } from '../../../src/http/result-links.ts'
import type { AccountId, JobId } from '../../../src/ids.ts'
import { createLinkSigner } from '../../../src/images/links.ts'
import type { Button, Job, JobResult } from '../../../src/jobs/job.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'

const id = '9c1f0a77b2de43c1aa05' as JobId
const cdn = 'https://cdn.discordapp.com'
const us = 'https://us.example'
const clock = new ManualClock()
const signer = createLinkSigner('secret')
const plain = { signer, linkSeconds: 0, cdnPrefix: null, cdnUrl: cdn, clock }

const base: Omit<Job, 'state'> = {
  id,
  token: null,
  root: id,
  request: { kind: 'imagine', prompt: 'red fox' },
  lane: 'fast',
  charge: 1,
  queuedAt: 0,
  notices: [],
  attempts: 0,
  seed: null,
  startedAt: null,
  track: { nonces: [], percent: 40, previewUrl: `${cdn}/p/40.webp?ex=1` },
  account: '1' as AccountId,
}
const upscale: Button[][] = [[{ label: 'U1', customId: 'MJ::JOB::upsample::1::x' }]]
const done = (result: Partial<JobResult>): Job & { state: 'done' } => ({
  ...base,
  account: '1' as AccountId,
  state: 'done',
  finishedAt: 0,
  takenAt: 0,
  sentAt: 0,
  result: {
    messageId: '2',
    messageFlags: 0,
    uuid: null,
    content: '',
    prompt: 'red fox',
    url: `${cdn}/a/1/2/fox.webp?ex=1&hm=2`,
    filename: 'fox.webp',
    width: 8,
    height: 8,
    size: 9,
    upscaled: false,
    index: null,
    buttons: [],
    ...result,
  },
})

test('a grid has four quarters, a single picture and a video have none', () => {
  const { show } = createLinkWriter(plain)
  const at = `${us}/images/${id}`
  const grid = show(done({ buttons: upscale }), us)
  expect(grid).toMatchObject({ result: { url: `${at}/fox.webp` } })
  expect(grid.links).toEqual({
    thumbnail: `${at}/thumbnail.webp`,
    webp: `${at}/image.webp`,
    quarters: [1, 2, 3, 4].map((n) => `${at}/quarter-${n}.png`),
    discord: [`${cdn}/a/1/2/fox.webp?ex=1&hm=2`],
  })
  expect(show(done({}), us).links).toMatchObject({ thumbnail: `${at}/thumbnail.webp`, quarters: [] })
  const video = show(done({ filename: 'fox.mp4', buttons: upscale }), us)
  expect(video.links).toMatchObject({ thumbnail: null, webp: null, quarters: [] })
})

test('each of several files has a link of its own', () => {
  const more = { filename: 'fox.webp', contentType: null, width: 1, height: 1, size: 1 }
  const elsewhere = { ...more, url: 'https://elsewhere.example/x.webp' }
  const job = createLinkWriter(plain).show(
    done({ otherFiles: [elsewhere, { ...more, url: `${cdn}/a/1/3/fox.webp` }] }),
    us,
  )
  expect(job.state === 'done' && job.result.otherFiles?.map(({ url }) => url)).toEqual([
    elsewhere.url,
    `${us}/images/${id}/fox-2.webp`,
  ])
})

test('what is not on the CDN, or has no reader whose way to us is known, keeps its address', () => {
  const { show } = createLinkWriter(plain)
  for (const url of ['https://elsewhere.example/x.png', 'no address']) {
    expect(show(done({ url }), us)).toMatchObject({ result: { url } })
  }
  expect(show(done({}), null)).toMatchObject({ result: { url: `${cdn}/a/1/2/fox.webp?ex=1&hm=2` } })
  expect(show(done({ url: null }), us)).toMatchObject({ result: { url: null } })
})

test('addresses of Discord go through the operator’s prefix', () => {
  const { show, preview } = createLinkWriter({ ...plain, cdnPrefix: 'https://cdn.us.example/' })
  const running = show({ ...base, state: 'queued' } as Job, us)
  expect(running.track.previewUrl).toBe('https://cdn.us.example/p/40.webp?ex=1')
  expect(preview(`${cdn}/x`)).toBe('https://cdn.us.example/x')
  expect(show(done({}), null)).toMatchObject({
    result: { url: 'https://cdn.us.example/a/1/2/fox.webp?ex=1&hm=2' },
  })
})

test('signed links are good for as long as they say', () => {
  const job = createLinkWriter({ ...plain, linkSeconds: 60 }).show(done({}), us)
  const url = new URL(job.state === 'done' ? (job.result.url ?? '') : '')
  const claims = Object.fromEntries(url.searchParams)
  expect(signer.accepts(id, 'fox.webp', claims, clock.now() + 59_000)).toBe(true)
  expect(signer.accepts(id, 'fox.webp', claims, clock.now() + 61_000)).toBe(false)
})

test('links begin where the caller reaches us, unless the operator says where that is', () => {
  const request = { protocol: 'http', host: 'here:8000' } as Parameters<typeof baseOf>[0]
  expect(baseOf(request, null)).toBe('http://here:8000')
  expect(baseOf(request, 'https://us.example/')).toBe(us)
})
