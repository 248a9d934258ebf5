import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import sharp from 'sharp'
import { onTestFinished } from 'vitest'
import type { CopyOrder, PendingCopies, Upstream } from '../../src/images/ports.ts'
import type { ImageStore } from '../../src/images/store.ts'
import type { Log } from '../../src/log.ts'
import { scratchDir } from './scratch.ts'

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** Orders in memory: what is left over survives the keeper under test. */
export function memoryPending(): PendingCopies & { orders: Map<string, CopyOrder> } {
  const orders = new Map<string, CopyOrder>()
  return {
    orders,
    list: async () => [...orders.values()],
    add: async (order) => void orders.set(order.jobId, order),
    remove: async (jobId) => void orders.delete(jobId),
  }
}

/** What the other side does with one address: bytes to send, a status to refuse with, or something of the test's own. */
export type Answer = Buffer | number | (() => Readable | Promise<Readable>)

/** Discord's files as the test wants them. `calls` tells what was asked for, in order. */
export function scriptedUpstream(files: Record<string, Answer> = {}) {
  const calls: string[] = []
  const fresh: Record<string, string> = {}
  const accounts = new Set<string>()
  const upstream: Upstream = {
    async fetchFile(account, url) {
      calls.push(url)
      accounts.add(account)
      const answer = files[url] ?? 404
      if (typeof answer === 'number') return { ok: false, why: `status ${answer}`, status: answer }
      if (typeof answer === 'function')
        return { ok: true, body: await answer(), contentType: null, size: null }
      return { ok: true, body: Readable.from([answer]), contentType: 'image/png', size: answer.length }
    },
    async refreshUrls(account, urls) {
      accounts.add(account)
      return urls.map((url) => fresh[url] ?? null)
    },
  }
  return { ...upstream, files, calls, fresh, accounts }
}

/** A picture whose four quarters are noise, and so differ in every pixel. */
export async function gridPicture(
  width: number,
  height: number,
  format: 'png' | 'webp' | 'jpeg' = 'png',
): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const
  const picture = sharp({ create: { width, height, channels: 3, background: '#000', noise } })
  return picture.toFormat(format, format === 'webp' ? { lossless: true } : {}).toBuffer()
}

/** The smallest file that calls itself MP4, filled up to a size. */
export function video(bytes: number): Buffer {
  const file = Buffer.alloc(bytes, 'frame')
  file.writeUInt32BE(24, 0)
  file.write('ftypisom\0\0\0\u0001isomavc1', 4, 'latin1')
  return file
}

export const order = (changes: Partial<CopyOrder> = {}): CopyOrder => ({
  jobId: 'job1',
  account: 'account1',
  files: [{ url: 'https://cdn/a.png', filename: 'a.png' }],
  grid: true,
  at: 1_800_000_000_000,
  ...changes,
})

/** Folders for a store and for what is on its way into it. */
export async function imageDirs(): Promise<{ dir: string; spoolDir: string }> {
  const dir = join(await scratchDir(), 'images')
  return { dir, spoolDir: join(dir, '.spool') }
}

export async function bytesOf(store: ImageStore, jobId: string, name: string): Promise<Buffer | null> {
  const stream = await store.read({ jobId, name })
  return stream && buffer(stream)
}

/** Stops something when the test ends. */
export function stopAfter<Part extends { stop(): Promise<void> }>(part: Part): Part {
  onTestFinished(() => part.stop())
  return part
}
