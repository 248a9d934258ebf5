import type { Agent } from 'node:http'
import { WebSocket } from 'ws'
import { createInflater } from './inflate.ts'
import type { Payload } from './opcodes.ts'

export type Compression = 'zlib-stream' | 'none'

interface ConnectionOptions {
  url: string
  compression: Compression
  /** The account's proxy; without it the connection would be direct. */
  agent: Agent | undefined
  userAgent: string
  onPayload: (payload: Payload) => void
  /** Called once, after the last payload, whoever closed; 1006 when the connection was lost or never made, then with why. */
  onClose: (code: number, why: string | null) => void
}

/** How long (ms) the handshake may take. */
const handshakeMs = 15_000

/** One socket to the gateway: frames in, payloads out. It knows no session. */
export class Connection {
  readonly #socket: WebSocket
  readonly #close: (code: number) => void

  constructor({ url, compression, agent, userAgent, onPayload, onClose }: ConnectionOptions) {
    const decode = (text: string) => {
      const payload = parsePayload(text)
      if (payload) onPayload(payload)
      else this.close(4002)
    }
    const inflater = compression === 'zlib-stream' ? createInflater(decode, () => this.close(4002)) : null
    let closed = false
    let why: string | null = null
    this.#close = (code) => {
      if (closed) return
      closed = true
      inflater?.close()
      onClose(code, why)
    }
    this.#socket = new WebSocket(withQuery(url, compression), {
      handshakeTimeout: handshakeMs,
      headers: { 'User-Agent': userAgent, 'Accept-Language': 'en-US' },
      origin: 'https://discord.com',
      perMessageDeflate: false,
      ...(agent ? { agent } : {}),
    })
    this.#socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary && inflater) inflater.push(data)
      else decode(data.toString('utf8'))
    })
    // ws announces a failed connection as an error and then closes, with 1006 if the peer gave no code.
    this.#socket.on('error', (error) => {
      why ??= reasonOf(error)
      // A socket that breaks the protocol is not waited for; one that never came about is gone already.
      this.#socket.terminate()
    })
    // What came before the close counts first: an op 9 says more than the close that follows it.
    this.#socket.on('close', (code: number) => {
      if (inflater) inflater.drained(() => this.#close(code))
      else this.#close(code)
    })
  }

  send(op: number, d: unknown): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ op, d }))
  }

  /** Closes at once: the peer gets the code, we do not wait for its answer. */
  close(code: number): void {
    this.#socket.close(code)
    this.#close(code)
    // A zombie would never answer; the frame above is already on its way.
    setTimeout(() => this.#socket.terminate(), 1_000).unref()
  }
}

/** The gateway's address with our query exactly once, whatever query it came with (protocol page §2.1, §2.4). */
export function withQuery(url: string, compression: Compression): string {
  const target = new URL(url)
  target.search = ''
  target.hash = ''
  target.searchParams.set('encoding', 'json')
  target.searchParams.set('v', '9')
  if (compression !== 'none') target.searchParams.set('compress', compression)
  return target.href
}

/** A short text without addresses: a proxy's could hold its password. */
function reasonOf(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code
  return /^Unexpected server response: \d+$/.test(error.message) ? error.message.toLowerCase() : error.name
}

function parsePayload(text: string): Payload | null {
  try {
    const { op, d, s, t } = JSON.parse(text) as Partial<Payload>
    return typeof op === 'number' ? { op, d, s: s ?? null, t: t ?? null } : null
  } catch {
    return null
  }
}
