import { createHash, randomInt } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { askJson } from './ask.ts'
import { TranslationError, type Translator } from './translator.ts'

export interface BaiduOptions {
  /** Such as `https://fanyi-api.baidu.com/api/trans/vip/translate`. */
  url: string
  appId: string
  secret: string
}

const answer = Type.Object({ trans_result: Type.Array(Type.Object({ dst: Type.String() }), { minItems: 1 }) })
/** Refusals come with status 200, their code as text or number. */
const refusal = Type.Object({ error_code: Type.Union([Type.String(), Type.Number()]) })

/** Baidu's general text translation: a signed GET; each line of the text has a row of its own in the answer. */
export function createBaidu({ url, appId, secret }: BaiduOptions): Translator {
  return {
    async translate(text, signal) {
      const salt = String(randomInt(1, 2 ** 31))
      const sign = createHash('md5').update(`${appId}${text}${salt}${secret}`).digest('hex')
      const query = new URLSearchParams({ q: text, from: 'auto', to: 'en', appid: appId, salt, sign })
      const said = await askJson(`${url}?${query}`, { method: 'GET', signal })
      if (Value.Check(answer, said)) return linesOf(said)
      const code = Value.Check(refusal, said) ? ` (${said.error_code})` : ''
      throw new TranslationError(`the translator refused${code}`)
    },
  }
}

const linesOf = ({ trans_result }: Static<typeof answer>): string =>
  trans_result.map(({ dst }) => dst).join('\n')
