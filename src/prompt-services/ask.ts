import { Agent, request } from 'undici'
import { TranslationError } from './translator.ts'

/** No translation of a prompt is longer (bytes). */
const mostBytes = 256 * 1024

/** No more questions than this are asked of one service at once; the others wait for their turn, as long as they may. */
const fewConnections = new Agent({ connections: 8, pipelining: 1 })

interface Question {
  method: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string
  signal: AbortSignal
}

/** Asks a service that answers in JSON. Whatever goes wrong is a TranslationError that names no address, which may hold keys. */
export async function askJson(url: string, { signal, ...question }: Question): Promise<unknown> {
  try {
    const { statusCode, body } = await request(url, { ...question, signal, dispatcher: fewConnections })
    const pieces: Buffer[] = []
    let length = 0
    for await (const piece of body as AsyncIterable<Buffer>) {
      length += piece.length
      if (length > mostBytes) throw new TranslationError('the translator says too much')
      pieces.push(piece)
    }
    if (statusCode !== 200) throw new TranslationError(`the translator answered ${statusCode}`)
    return JSON.parse(Buffer.concat(pieces).toString('utf8'))
  } catch (error) {
    if (error instanceof TranslationError) throw error
    if (signal.aborted) throw new TranslationError('the translator did not answer in time')
    const isJson = error instanceof SyntaxError
    throw new TranslationError(
      isJson ? 'the translator did not answer in JSON' : 'the translator cannot be reached',
    )
  }
}
