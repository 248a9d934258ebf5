import { createInflate, constants as zlib } from 'node:zlib'

/** The end of a payload in the stream: what Z_SYNC_FLUSH leaves (protocol page §2.6). */
const payloadEnd = Buffer.from([0x00, 0x00, 0xff, 0xff])

export interface Inflater {
  /** Takes a frame; `onPayload` gets each payload that it completes, in order. */
  push(frame: Buffer): void
  /** Calls back when everything that was pushed has been given to `onPayload`. */
  drained(callback: () => void): void
  close(): void
}

/**
 * One zlib stream for the life of a connection: frames are gathered until one ends a payload, then go through the same
 * context. A payload may be spread over any number of frames, and a frame may hold several payloads.
 */
export function createInflater(onPayload: (text: string) => void, onError: (error: Error) => void): Inflater {
  const stream = createInflate({ flush: zlib.Z_SYNC_FLUSH })
  let pieces: Buffer[] = []
  let waiting: Buffer[] = []
  let writing = 0
  let whenDrained: (() => void)[] = []
  stream.on('data', (piece: Buffer) => pieces.push(piece))
  stream.on('error', onError)

  const settle = () => {
    if (writing > 0) return
    const callbacks = whenDrained
    whenDrained = []
    for (const callback of callbacks) callback()
  }
  /** `last`: nothing of the frame comes after it, so that a payload must be whole. */
  const write = (part: Buffer, last: boolean) => {
    writing += 1
    // The callback comes when this much has been inflated; writes are worked off in order.
    stream.write(part, (error) => {
      writing -= 1
      const text = error ? '' : Buffer.concat(pieces).toString('utf8')
      // An end inside a frame may be chance: the payload then goes on behind it.
      if (text !== '' && (last || isWhole(text))) {
        pieces = []
        onPayload(text)
      }
      settle()
    })
  }
  return {
    push(frame) {
      if (stream.destroyed) return
      waiting.push(frame)
      const gathered = waiting.length === 1 ? frame : Buffer.concat(waiting)
      if (!gathered.subarray(-4).equals(payloadEnd)) {
        waiting = [gathered]
        return
      }
      waiting = []
      let from = 0
      while (from < gathered.length) {
        const to = gathered.indexOf(payloadEnd, from) + payloadEnd.length
        write(gathered.subarray(from, to), to === gathered.length)
        from = to
      }
    },
    drained(callback) {
      whenDrained.push(callback)
      settle()
    },
    close() {
      stream.destroy()
    },
  }
}

function isWhole(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
