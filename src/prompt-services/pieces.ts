import { parsePrompt, splitText } from '../midjourney/prompt/parse.ts'

/**
 * A stretch of a prompt. `words` say what is wished, `unwished` what `--no` keeps out; everything else is `fixed`: addresses,
 * references in `<…>`, weights, permutations' braces and commas, what stands behind a backslash, parameters.
 */
export interface Piece {
  kind: 'words' | 'unwished' | 'fixed'
  text: string
  /** It stands in braces, where a comma begins another alternative. */
  inBraces?: true
}

/** Of the words: what must stay as it is. A comma counts in braces only, where it parts the alternatives. */
const fixedInWords = /\\.|https?:\/\/[^\s>]+|<[^<>]*>|::-?\d*(?:\.\d+)?|[{}]/gisu

/** The prompt in pieces; put together they are the prompt again, to the character. */
export function piecesOf(prompt: string): Piece[] {
  const { words, tail } = splitText(prompt)
  const head = prompt.slice(0, prompt.length - tail.length)
  const links = head.slice(0, head.length - words.length)
  return [fixed(links), ...piecesOfWords(words), ...piecesOfTail(prompt, head.length)].filter(
    ({ text }) => text !== '',
  )
}

function piecesOfWords(words: string): Piece[] {
  const pieces: Piece[] = []
  let depth = 0
  let from = 0
  const upTo = (end: number) => {
    const text = words.slice(from, end)
    const parts = depth > 0 ? text.split(/(,)/) : [text]
    for (const part of parts) {
      const place = depth > 0 ? { inBraces: true as const } : {}
      pieces.push(part === ',' ? fixed(part) : { kind: 'words', text: part, ...place })
    }
  }
  for (const { index, 0: text } of words.matchAll(fixedInWords)) {
    upTo(index)
    pieces.push(fixed(text))
    if (text === '{') depth += 1
    if (text === '}') depth = Math.max(0, depth - 1)
    from = index + text.length
  }
  upTo(words.length)
  return pieces
}

function piecesOfTail(prompt: string, start: number): Piece[] {
  const pieces: Piece[] = []
  let from = start
  for (const { name, value, valueAt, end } of parsePrompt(prompt).parameters) {
    if (name !== 'no' || value === null) continue
    pieces.push(fixed(prompt.slice(from, valueAt)), { kind: 'unwished', text: prompt.slice(valueAt, end) })
    from = end
  }
  return [...pieces, fixed(prompt.slice(from))]
}

const fixed = (text: string): Piece => ({ kind: 'fixed', text })
