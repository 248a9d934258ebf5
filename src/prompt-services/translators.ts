import { type BaiduOptions, createBaidu } from './baidu.ts'
import { createOpenAi, type OpenAiOptions } from './openai.ts'
import { remembering, type Translator } from './translator.ts'

/** The translator that the operator has chosen. */
export const createTranslator = (
  options: ({ kind: 'baidu' } & BaiduOptions) | ({ kind: 'openai' } & OpenAiOptions),
): Translator => remembering(options.kind === 'baidu' ? createBaidu(options) : createOpenAi(options))
