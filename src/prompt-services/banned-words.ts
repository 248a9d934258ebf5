import { piecesOf } from './pieces.ts'

/** Finds the first banned word of a prompt, as it is written there; null when there is none. */
export type WordFinder = (prompt: string) => string | null

/** Scripts that put no blanks between words: an entry in one of them counts wherever it stands. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u

/**
 * Looks for words and phrases, whatever their case, at word boundaries, in what a prompt wishes for: not in addresses,
 * parameters or behind `--no`.
 */
export function bannedWordFinder(entries: readonly string[]): WordFinder {
  const patterns = entries
    .map((entry) => entry.trim().normalize('NFC'))
    .filter((entry) => entry !== '')
    .map(patternOf)
  if (patterns.length === 0) return () => null
  const any = new RegExp(patterns.join('|'), 'iu')
  return (prompt) => {
    for (const { kind, text } of piecesOf(prompt)) {
      const found = kind === 'words' ? any.exec(text.normalize('NFC'))?.[0] : undefined
      if (found !== undefined) return found
    }
    return null
  }
}

function patternOf(entry: string): string {
  const words = entry.split(/\s+/).map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  const pattern = words.join('\\s+')
  return unspaced.test(entry) ? pattern : `(?<![\\p{L}\\p{M}\\p{N}_])${pattern}(?![\\p{L}\\p{M}\\p{N}_])`
}
