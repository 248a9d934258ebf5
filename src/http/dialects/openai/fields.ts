import { DrawbridgeError } from '../../../errors.ts'
import { parameterOf } from '../../../midjourney/prompt/edit.ts'
import { expandPrompt } from '../../../midjourney/prompt/expand.ts'
import { InvalidParameter } from './errors.ts'

/** Fields as they came, from JSON or from a form; `null` is absent. */
export type Fields = Record<string, unknown>

export const outputFormats = ['png', 'jpeg', 'webp'] as const
export type OutputFormat = (typeof outputFormats)[number]

/** How the pictures are to be handed over. */
export interface Delivery {
  /** How many pictures, 1 to 10. */
  n: number
  /** Whether their bytes stand in the answer, or links to them. */
  asBytes: boolean
  output: OutputFormat
  /** 0 to 100. */
  compression: number
  stream: boolean
  /** How many pictures of a grid that is still being drawn a stream may show. */
  partials: number
  /** As it was asked for. */
  size: string
  /** Clients of the newer models expect a count of tokens. */
  countsTokens: boolean
}

/** Models that always answer with bytes. */
const answersBytes = /^(chatgpt|gpt)-/

export function deliveryOf(fields: Fields): Delivery {
  const newer = answersBytes.test(textOf(fields, 'model') ?? '')
  const format = oneOf(fields, 'response_format', ['url', 'b64_json'] as const)
  const stream = isTrue(fields['stream'])
  return {
    n: numberOf(fields, 'n', 1, 10) ?? 1,
    asBytes: stream || (format ? format === 'b64_json' : newer),
    output: oneOf(fields, 'output_format', outputFormats) ?? 'png',
    compression: numberOf(fields, 'output_compression', 0, 100) ?? 100,
    stream,
    partials: numberOf(fields, 'partial_images', 0, 3) ?? 0,
    size: textOf(fields, 'size') ?? 'auto',
    countsTokens: newer || stream,
  }
}

/** The prompt with the ratio that the size stands for, unless it says one itself. */
export function promptOf(fields: Fields): string {
  const prompt = textOf(fields, 'prompt')
  if (prompt === undefined || prompt.trim() === '') {
    throw new InvalidParameter(
      'prompt',
      "Missing required parameter: 'prompt'.",
      'missing_required_parameter',
    )
  }
  if (expandPrompt(prompt).length > 1) {
    throw new DrawbridgeError(
      'invalid-prompt',
      'Here a prompt makes one job: no { , } and no --repeat; use n.',
    )
  }
  return withSize(prompt, textOf(fields, 'size'))
}

/** Puts `--ar` behind the prompt; sizes that say no ratio, squares and `auto` leave it as it is. */
export function withSize(prompt: string, size: string | undefined): string {
  const [, width, height] = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(size ?? '') ?? []
  if (width === undefined || height === undefined || width === height) return prompt
  if (parameterOf(prompt, 'ar')) return prompt
  const common = greatestCommon(Number(width), Number(height))
  return `${prompt.trim()} --ar ${Number(width) / common}:${Number(height) / common}`
}

const greatestCommon = (a: number, b: number): number => (b === 0 ? a : greatestCommon(b, a % b))

export function textOf(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

const isTrue = (value: unknown): boolean => value === true || value === 'true'

/** In a form, numbers are text. */
function numberOf(fields: Fields, name: string, least: number, most: number): number | undefined {
  const value = fields[name]
  if (value === undefined || value === null || value === '') return undefined
  const number = typeof value === 'string' ? Number(value) : value
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most)
    return number
  throw new InvalidParameter(name, `'${name}' must be a whole number from ${least} to ${most}.`)
}

function oneOf<Word extends string>(fields: Fields, name: string, words: readonly Word[]): Word | undefined {
  const value = fields[name]
  if (value === undefined || value === null || value === '') return undefined
  const found = words.find((word) => word === value)
  if (found === undefined) throw new InvalidParameter(name, `'${name}' must be one of ${words.join(', ')}.`)
  return found
}
