import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Finishing } from './redis.ts'

export interface Received {
  id: string
  headers: Record<string, string>
  body: string
  json: { type: string; timestamp: string; data: { id: string; root: string; percent?: number } }
}

export type Mood = 'works' | 'fails' | 'hangs' | 'gone' | 'redirects' | 'drips'

/** A receiver of callbacks that can be down, fail, hang and work; what it took is kept. */
export function receiver(t: Finishing, host = '127.0.0.1') {
  const taken: Received[] = []
  const tried: { id: string; mood: Mood }[] = []
  let mood: Mood = 'works'
  let elsewhere = ''
  let server: Server | null = null
  let port = 0
  const listen = () =>
    new Promise<void>((resolve) => {
      server = createServer((request, response) => {
        let body = ''
        request.on('data', (chunk) => {
          body += chunk
        })
        request.on('end', () => {
          const id = String(request.headers['webhook-id'])
          tried.push({ id, mood })
          if (mood === 'hangs') return
          if (mood === 'drips') response.writeHead(200).write('an answer without an end')
          if (mood === 'redirects') return void response.writeHead(307, { location: elsewhere }).end()
          if (mood === 'works' || mood === 'drips')
            taken.push({
              id,
              headers: request.headers as Record<string, string>,
              body,
              json: JSON.parse(body),
            })
          if (mood === 'drips') return
          response.writeHead({ works: 200, fails: 500, gone: 410 }[mood]).end('thank you')
        })
      })
      const listening = server.listen(port, host, () => {
        port = (listening.address() as AddressInfo).port
        resolve()
      })
    })
  const down = () =>
    new Promise<void>((resolve) => {
      server?.closeAllConnections()
      server?.close(() => resolve())
      server = null
    })
  t.onTestFinished(() => (server ? down() : undefined))
  return {
    taken,
    tried,
    listen,
    down,
    be: (next: Mood, place = '') => {
      mood = next
      elsewhere = place
    },
    url: () => `http://${host}:${port}/hook`,
  }
}
