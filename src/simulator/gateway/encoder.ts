import { constants, createDeflate, type Deflate } from 'node:zlib'

/** Turns payload texts into WebSocket frames, in order. */
export interface Encoder {
  encode(text: string): void
  close(): void
}

export type SendFrame = (frame: string | Buffer) => void

/** No transport compression: one text frame per payload. */
export function plainEncoder(send: SendFrame): Encoder {
  return { encode: (text) => send(text), close: () => {} }
}

/**
 * `compress=zlib-stream` (protocol page §2.6): one deflate context for the whole connection, flushed after every payload, so that
 * a payload ends in 00 00 FF FF; `splitAt` tells into how many frames it is cut. Payloads go through the stream one at a time:
 * deflate works on another thread, and two payloads must never share a flush.
 */
export function zlibEncoder(send: SendFrame, frames: () => number): Encoder {
  const deflate = createDeflate({ chunkSize: 16 * 1024, memLevel: 7 })
  const waiting: string[] = []
  let busy = false
  let closed = false
  let output: Buffer[] = []
  const drain = () => {
    for (let part = readPart(deflate); part; part = readPart(deflate)) output.push(part)
  }
  deflate.on('readable', drain)
  deflate.on('error', () => {})

  const next = () => {
    const text = waiting.shift()
    if (text === undefined || closed) {
      busy = false
      return
    }
    busy = true
    deflate.write(text)
    deflate.flush(constants.Z_SYNC_FLUSH, () => {
      drain()
      const payload = Buffer.concat(output)
      output = []
      if (!closed) for (const frame of cut(payload, frames())) send(frame)
      next()
    })
  }
  return {
    encode(text) {
      waiting.push(text)
      if (!busy) next()
    },
    close() {
      closed = true
      waiting.length = 0
      deflate.destroy()
    },
  }
}

function readPart(deflate: Deflate): Buffer | null {
  const part: unknown = deflate.read()
  return Buffer.isBuffer(part) ? part : null
}

function cut(payload: Buffer, frames: number): Buffer[] {
  const size = Math.max(1, Math.ceil(payload.length / Math.max(1, frames)))
  const parts: Buffer[] = []
  for (let at = 0; at < payload.length; at += size) parts.push(payload.subarray(at, at + size))
  return parts
}
