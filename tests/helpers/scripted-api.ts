import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Finishing } from './redis.ts'

export interface SeenRequest {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** How to answer one request; a function may do whatever it likes with the socket. */
export type ScriptedAnswer =
  | { status: number; headers?: Record<string, string>; body?: object | string }
  | ((response: ServerResponse, request: IncomingMessage) => void)

/** An HTTP server that answers what the test says, in order, the last answer for ever; it knows who connected from where. */
export async function startScriptedApi(t: Finishing, ...answers: ScriptedAnswer[]) {
  const requests: SeenRequest[] = []
  const peers: number[] = []
  const sockets = new Set<Socket>()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = '', url = '', headers } = request
    requests.push({ method, path: url, headers, body: Buffer.concat(chunks).toString() })
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? { status: 500 }
    if (typeof answer === 'function') return answer(response, request)
    const { status, headers: more = {}, body = '' } = answer
    const json = typeof body === 'object'
    response.writeHead(status, { 'content-type': json ? 'application/json' : 'text/html', ...more })
    response.end(json ? JSON.stringify(body) : body)
  })
  server.on('connection', (socket) => {
    peers.push(socket.remotePort ?? 0)
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('the API does not listen')
  t.onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  )
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    /** Ports that connections came from, one an accepted connection. */
    peers,
    /** The answers to come, instead of those left. */
    answer(...next: ScriptedAnswer[]) {
      answers = next
    },
  }
}
