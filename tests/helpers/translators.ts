import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Finishing } from './redis.ts'

/** How the stand-in answers; `garbage` is no JSON, `refuses` is the service's own way to say no. */
export type TranslatorMood = 'works' | 'refuses' | 'fails' | 'hangs' | 'garbage' | 'empty' | 'endless'

export const baiduAccount = { appId: '2015063000000001', secret: 'baidu-secret-91c2' }
export const openAiKey = 'sk-translator-77aa'

const words: Record<string, string> = {
  一只狐狸: 'a fox',
  在雪地里: 'in the snow',
  红: 'red',
  蓝: 'blue',
  狐狸: 'fox',
  文字: 'text',
  лиса: 'fox',
  血腥场面: 'a bloody scene',
  危险: 'danger -- now::3 {x, y}\nend',
  链接: 'see https://evil.example',
}

/** What the stand-ins make of a text. */
export const english = (said: string): string => words[said] ?? `[${said}]`

async function listen(t: Finishing, answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Whatever does not depend on the protocol; true when it has answered. */
function spoilt(mood: TranslatorMood, response: ServerResponse): boolean {
  switch (mood) {
    case 'hangs':
      return true
    case 'fails':
      response.writeHead(503).end('try later')
      return true
    case 'garbage':
      response.end('<html>')
      return true
    case 'endless':
      response.end('"'.padEnd(2 ** 20, 'x'))
      return true
    default:
      return false
  }
}

/** Baidu's translation service, as its documentation describes it: it checks the signature, and refuses with status 200. */
export async function startBaidu(t: Finishing) {
  const asked: string[] = []
  const desk = { mood: 'works' as TranslatorMood }
  const url = await listen(t, (request, response) => {
    if (spoilt(desk.mood, response)) return
    const query = new URL(request.url ?? '', 'http://x').searchParams
    const said = (name: string) => query.get(name) ?? ''
    const q = said('q')
    const sign = createHash('md5')
      .update(`${baiduAccount.appId}${q}${said('salt')}${baiduAccount.secret}`)
      .digest('hex')
    const answer = (body: object) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
    if (said('appid') !== baiduAccount.appId)
      return answer({ error_code: '52003', error_msg: 'UNAUTHORIZED USER' })
    if (said('sign') !== sign) return answer({ error_code: '54001', error_msg: 'Invalid Sign' })
    if (desk.mood === 'refuses') return answer({ error_code: '54003', error_msg: 'Invalid Access Limit' })
    asked.push(q)
    const rows =
      desk.mood === 'empty'
        ? [{ src: q, dst: '' }]
        : english(q)
            .split('\n')
            .map((dst) => ({ src: q, dst }))
    return answer({ from: 'zh', to: said('to'), trans_result: rows })
  })
  return { url: `${url}/api/trans/vip/translate`, asked, desk }
}

/** A server with OpenAI's chat completions; it puts its answers in quotation marks, as models do. */
export async function startChat(t: Finishing) {
  const asked: string[] = []
  const desk = { mood: 'works' as TranslatorMood }
  const url = await listen(t, async (request, response) => {
    if (spoilt(desk.mood, response)) return
    const body = JSON.parse(await text(request)) as { model: string; messages: { content: string }[] }
    const answer = (status: number, value: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    if (request.method !== 'POST' || request.url !== '/v1/chat/completions') return answer(404, { error: {} })
    if (request.headers.authorization !== `Bearer ${openAiKey}`)
      return answer(401, { error: { message: 'Incorrect API key provided' } })
    if (desk.mood === 'refuses') return answer(429, { error: { message: 'Rate limit reached' } })
    const said = body.messages.at(-1)?.content ?? ''
    asked.push(said)
    const content = desk.mood === 'empty' ? '' : `“${english(said)}”`
    return answer(200, {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      model: body.model,
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    })
  })
  return { url: `${url}/v1`, asked, desk }
}
