import { once } from 'node:events'
import { constants, createDeflate } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { createInflater } from '../../../src/discord/gateway/inflate.ts'
import { until } from '../../helpers/until.ts'

/** What a server sends: one deflate context, flushed after each payload. */
async function deflated(payloads: readonly object[]): Promise<Buffer[]> {
  const stream = createDeflate({ flush: constants.Z_SYNC_FLUSH })
  const chunks: Buffer[] = []
  for (const payload of payloads) {
    const pieces: Buffer[] = []
    const take = (piece: Buffer) => pieces.push(piece)
    stream.on('data', take)
    if (!stream.write(JSON.stringify(payload))) await once(stream, 'drain')
    await new Promise<void>((resolve) => stream.flush(constants.Z_SYNC_FLUSH, () => resolve()))
    stream.off('data', take)
    chunks.push(Buffer.concat(pieces))
  }
  stream.destroy()
  return chunks
}

/** Feeds the frames to a fresh inflater and gives the payloads that came out. */
async function inflated(frames: readonly Buffer[], count: number): Promise<unknown[]> {
  const payloads: unknown[] = []
  const errors: Error[] = []
  const inflater = createInflater(
    (text) => payloads.push(JSON.parse(text)),
    (error) => errors.push(error),
  )
  for (const frame of frames) inflater.push(frame)
  await until(() => payloads.length >= count || errors.length > 0, { everyMs: 0 })
  inflater.close()
  if (errors[0]) throw errors[0]
  return payloads
}

const hello = { op: 10, d: { heartbeat_interval: 41_250 }, s: null, t: null }
const message = {
  op: 0,
  t: 'MESSAGE_CREATE',
  s: 2,
  d: { content: '**ein Füchslein 🦊** - <@1> (Waiting to start)' },
}
const update = {
  op: 0,
  t: 'MESSAGE_UPDATE',
  s: 3,
  d: { content: '**ein Füchslein 🦊** - <@1> (31%) (fast)' },
}

describe('the zlib stream', () => {
  test('gives a payload that is cut in two at any byte', async () => {
    const [first, second, third] = await deflated([hello, message, update])
    if (!first || !second || !third) throw new Error('nothing deflated')
    for (let cut = 0; cut <= second.length; cut += 1) {
      const frames = [first, second.subarray(0, cut), second.subarray(cut), third]
      expect(await inflated(frames, 3), `cut at ${cut}`).toEqual([hello, message, update])
    }
  })

  test('gives payloads that come byte by byte', async () => {
    const stream = Buffer.concat(await deflated([hello, message, update]))
    const frames = Array.from(stream, (byte) => Buffer.from([byte]))
    expect(await inflated(frames, 3)).toEqual([hello, message, update])
  })

  test('gives each of several payloads in one frame, cut at any byte', async () => {
    const stream = Buffer.concat(await deflated([hello, message, update]))
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const frames = [stream.subarray(0, cut), stream.subarray(cut)]
      expect(await inflated(frames, 3), `cut at ${cut}`).toEqual([hello, message, update])
    }
  })

  test('gives a payload whose middle looks like an end', async () => {
    const text = JSON.stringify(message)
    const stream = createDeflate({ flush: constants.Z_SYNC_FLUSH })
    const pieces: Buffer[] = []
    stream.on('data', (piece: Buffer) => pieces.push(piece))
    for (const half of [text.slice(0, 30), text.slice(30)]) {
      stream.write(half)
      await new Promise<void>((resolve) => stream.flush(constants.Z_SYNC_FLUSH, () => resolve()))
    }
    expect(await inflated([Buffer.concat(pieces)], 1)).toEqual([message])
  })

  test('gives large payloads whole and in order', async () => {
    const noise = (seed: number) => Array.from({ length: 60_000 }, (_, at) => (at * 7919 * seed) % 1_000_003)
    const payloads = [1, 2, 3, 4, 5].map((s) => ({ op: 0, t: 'READY', s, d: noise(s) }))
    expect(await inflated(await deflated(payloads), 5)).toEqual(payloads)
  })

  test('reports what is no zlib stream', async () => {
    const garbage = Buffer.from([0x78, 0x9c, 0xff, 0xff, 0xff, 0x12, 0x00, 0x00, 0xff, 0xff])
    await expect(inflated([garbage], 1)).rejects.toThrow()
  })

  test('gives nothing after it was closed', async () => {
    const [first] = await deflated([hello])
    const payloads: string[] = []
    const inflater = createInflater(
      (text) => payloads.push(text),
      (error) => expect.fail(error.message),
    )
    inflater.close()
    inflater.push(first ?? Buffer.alloc(0))
    const witness = await inflated([first ?? Buffer.alloc(0)], 1)
    expect(witness).toEqual([hello])
    expect(payloads).toEqual([])
  })
})
