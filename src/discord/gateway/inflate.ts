import { createInflate, constants as zlib } from 'node:zlib'

/** The end of a payload in the stream: what Z_SYNC_FLUSH leaves (protocol page §2.6). */
const payloadEnd = Buffer.from([0x00, 0x00, 0xff, 0xff])

export interface Inflater {
  /** Takes a frame; `onPayload` gets each payload that it completes, in order. */
  push(frame: Buffer): void
  close(): void
}

/**
 * One zlib stream for the life of a connection: frames are gathered until one ends a payload, then go through the same
 * context. A payload may be spread over any number of frames.
 */
export function createInflater(onPayload: (text: string) => void, onError: (error: Error) => void): Inflater {
  const stream = createInflate({ flush: zlib.Z_SYNC_FLUSH })
  let pieces: Buffer[] = []
  let waiting: Buffer[] = []
  stream.on('data', (piece: Buffer) => pieces.push(piece))
  stream.on('error', onError)
  return {
    push(frame) {
      waiting.push(frame)
      const gathered = waiting.length === 1 ? frame : Buffer.concat(waiting)
      if (!gathered.subarray(-4).equals(payloadEnd)) {
        waiting = [gathered]
        return
      }
      waiting = []
      // The callback comes when this much has been inflated; writes are worked off in order.
      stream.write(gathered, (error) => {
        if (error) return
        const text = Buffer.concat(pieces).toString('utf8')
        pieces = []
        onPayload(text)
      })
    },
    close() {
      stream.destroy()
    },
  }
}
