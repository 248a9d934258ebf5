import { findParameter, namesOfAny, namesOfNumbers } from './parameters.ts'

/** A parameter as it was written. */
export interface WrittenParameter {
  /** Its full name; as written, in lower case, when it is not known. */
  name: string
  /** As written, with its dashes: `--ar`. */
  written: string
  /** What stands behind it up to the next one, trimmed; null for nothing. */
  value: string | null
  /** Where it begins in the prompt. */
  at: number
  /** Where its value begins, or would. */
  valueAt: number
  /** Where the next parameter begins, or the prompt ends. */
  end: number
}

/** A piece of a multi-prompt: `hot::2 dog` has two. */
export interface PromptPart {
  text: string
  /** 1 where none is given. */
  weight: number
}

export interface ParsedPrompt {
  /** Addresses in front of the text. */
  images: string[]
  /** The words, as written. */
  text: string
  parts: PromptPart[]
  parameters: WrittenParameter[]
}

/** Two dashes, or the em dash that phones make of them, after a blank or at the start. */
const apart = String.raw`(?:^|(?<=\s))(?:--(?=\p{L})|—(?=[a-z]))`
/** The blank in front was forgotten: what stands behind the dashes must make up for it, or no Latin word can end there. */
const gluedWithNumber = String.raw`(?<=[^\s—-])(?:--|—)(?=(?:${namesOfNumbers.join('|')})\s+\.?\d)`
const gluedBehindIdeograph = String.raw`(?<=[^\s\p{ASCII}—])--(?=(?:${namesOfAny.join('|')})(?:\s|$))`
const beginning = new RegExp([apart, gluedWithNumber, gluedBehindIdeograph].join('|'), 'giu')

const leadingLink = /^(\s*<?)(https?:\/\/[^\s>]+)(>?)/i
const pictureEnding = /\.(?:png|jpe?g|webp|gif)(?:\?[^?]*)?$/i

/** The head of a prompt, with addresses and words, and its tail of parameters. */
export function splitTail(prompt: string): { head: string; tail: string } {
  const at = prompt.search(beginning)
  return at === -1 ? { head: prompt, tail: '' } : { head: prompt.slice(0, at), tail: prompt.slice(at) }
}

/** Reads a prompt. Never fails: what makes no sense is left where it stands, for `lintPrompt` to name. */
export function parsePrompt(prompt: string): ParsedPrompt {
  const { head, tail } = splitTail(prompt)
  const { links, words } = splitLinks(head)
  const text = words.trim()
  return { images: links, text, parts: partsOf(text), parameters: parametersOf(tail, head.length) }
}

/** Addresses in front, words behind them, parameters last: what may be translated or searched is `words` alone. */
export function splitText(prompt: string): { links: string[]; words: string; tail: string } {
  const { head, tail } = splitTail(prompt)
  return { ...splitLinks(head), tail }
}

function splitLinks(head: string): { links: string[]; words: string } {
  const links: string[] = []
  let words = head
  for (let found = leadingLink.exec(words); found; found = leadingLink.exec(words)) {
    const [, before = '', written = '', after = ''] = found
    const link = withoutWords(written)
    links.push(link)
    words = words.slice(before.length + link.length + (link === written ? after.length : 0))
  }
  return { links, words }
}

/** `https://a.example/x.png一只猫` keeps its words: another script begins behind the ending of a picture's name. */
function withoutWords(written: string): string {
  const [plain = ''] = /^\p{ASCII}+/u.exec(written) ?? []
  return pictureEnding.test(plain) ? plain : written
}

function parametersOf(tail: string, offset: number): WrittenParameter[] {
  const starts = [...tail.matchAll(beginning)].map(({ index }) => index)
  return starts.map((start, number) => {
    const piece = tail.slice(start, starts[number + 1] ?? tail.length)
    const [written = '', joint = ''] = /^(?:--|—)[^\s=]+(=?)/.exec(piece)?.[0].split(/(=)/) ?? []
    const behind = written.length + joint.length
    const value = piece.slice(behind).trim()
    const bare = written.replace(/^(?:--|—)/, '').toLowerCase()
    return {
      name: findParameter(bare)?.name ?? bare,
      written,
      value: value === '' ? null : value,
      at: offset + start,
      valueAt: offset + start + behind,
      end: offset + start + piece.length,
    }
  })
}

function partsOf(text: string): PromptPart[] {
  const parts: PromptPart[] = []
  let from = 0
  for (const match of text.matchAll(/::(-?\d+(?:\.\d+)?|-?\.\d+)?/g)) {
    parts.push({
      text: text.slice(from, match.index).trim(),
      weight: match[1] === undefined ? 1 : Number(match[1]),
    })
    from = match.index + match[0].length
  }
  const rest = text.slice(from).trim()
  if (rest !== '' || parts.length === 0) parts.push({ text: rest, weight: 1 })
  return parts.filter((part, index) => part.text !== '' || (index === 0 && parts.length === 1))
}
