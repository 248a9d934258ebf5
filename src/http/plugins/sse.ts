import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Between two comments (ms), so that nobody on the way takes a quiet stream for a dead one. */
const beatMs = 15_000
/** A client that has this much (bytes) unread is hung up on: it comes back where it stopped. */
const mostUnread = 1024 * 1024

export interface ServerSentEvent {
  /** Told again by the client as `Last-Event-ID` when it comes back; absent for what is not part of the series. */
  id?: string
  event: string
  data: unknown
}

/** Streams that are open, by the server that they are of: they would hold up its end for ever. */
const open = new WeakMap<object, Set<AbortController>>()

/** Lets open streams end when the server closes. */
export function endStreamsOnClose(app: FastifyInstance): void {
  app.addHook('preClose', async () => {
    for (const stream of open.get(app.server) ?? []) stream.abort(new Error('closing'))
  })
}

/**
 * Sends what `source` gives as server-sent events until it ends or the client goes; `source` gets a signal that says so.
 * The stream is never the only place where something is told, so its end is no error.
 */
export async function sendEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  source: (signal: AbortSignal) => AsyncIterable<ServerSentEvent>,
): Promise<void> {
  const gone = new AbortController()
  const { raw } = reply
  const streams = open.get(request.server.server) ?? new Set()
  open.set(request.server.server, streams.add(gone))
  raw.on('close', () => gone.abort(new Error('the client has gone')))
  if (raw.destroyed) gone.abort(new Error('the client has gone'))
  reply.hijack()
  raw.writeHead(200, {
    ...stringHeaders(reply),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  raw.write(': hello\n\n')
  const beat = setInterval(() => raw.write(': beat\n\n'), beatMs)
  try {
    for await (const event of source(gone.signal)) {
      raw.write(frame(event))
      if (raw.writableLength > mostUnread) break
    }
  } catch (error) {
    if (!gone.signal.aborted) request.log.warn({ err: error }, 'event stream broken off')
  } finally {
    clearInterval(beat)
    streams.delete(gone)
    raw.end()
  }
}

function frame({ id, event, data }: ServerSentEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

/** What plugins have set so far, such as CORS: a hijacked reply does not send it by itself. */
function stringHeaders(reply: FastifyReply): Record<string, string> {
  return Object.fromEntries(
    Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  )
}
