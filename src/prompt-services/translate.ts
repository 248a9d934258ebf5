import { type Piece, piecesOf } from './pieces.ts'
import { TranslationError, type Translator } from './translator.ts'

/** A letter that no Latin alphabet has. What is written in Latin letters, Midjourney reads as it is. */
const foreignLetter = /(?!\p{Script=Latin}|\p{Script=Common}|\p{Script=Inherited})\p{L}/u

/** A translation that is so much longer than its text is none. */
const mostGrowth = 20
const alwaysAllowed = 200

/** Whether there is anything in the prompt to be translated. */
export const isForeign = (prompt: string): boolean => piecesOf(prompt).some(needsTranslation)

/**
 * The prompt in English: its words and what `--no` names are translated, everything else stays to the character. Throws
 * TranslationError; rejects when aborted.
 */
export async function translatePrompt(
  prompt: string,
  translator: Translator,
  signal: AbortSignal,
): Promise<string> {
  const pieces = piecesOf(prompt)
  const texts = await Promise.all(
    pieces.map((piece, index) =>
      needsTranslation(piece)
        ? translatePiece(piece, translator, signal).then((text) => parted(text, pieces, index))
        : piece.text,
    ),
  )
  return texts.join('')
}

const needsTranslation = ({ kind, text }: Piece): boolean => kind !== 'fixed' && foreignLetter.test(text)

async function translatePiece(
  { text, inBraces }: Piece,
  translator: Translator,
  signal: AbortSignal,
): Promise<string> {
  const [, before = '', words = '', after = ''] = /^(\s*)(.*?)(\s*)$/su.exec(text) ?? []
  const translation = await translator.translate(words, signal)
  const said = harmless(inBraces ? translation.replace(/,/g, ' ') : translation)
  if (said === '') throw new TranslationError('the translation is empty')
  if (said.length > words.length * mostGrowth + alwaysAllowed) {
    throw new TranslationError('the translation is far longer than the text')
  }
  return before + said + after
}

/** The prompt's parameters, weights, permutations and addresses are its author's: a translation can bring none in. */
function harmless(translation: string): string {
  if (/https?:\/\//i.test(translation)) throw new TranslationError('the translation holds an address')
  return translation
    .replace(/[\s\\]+/g, ' ')
    .replace(/\s*(?:--+|—+)\s*/g, ' - ')
    .replace(/:{2,}/g, ':')
    .replace(/\{/g, '(')
    .replace(/\}/g, ')')
    .replace(/[<>]/g, '')
    .trim()
}

/** A script without blanks may touch an address, a parameter or a weight; English words and figures may not. */
function parted(text: string, pieces: readonly Piece[], index: number): string {
  const [before, after] = [pieces[index - 1]?.text ?? '', pieces[index + 1]?.text ?? '']
  const touches = /[^\s,{}:\\]$/.test(before) && /^\S/.test(text)
  const start = touches || (before.endsWith('::') && /^[-.\d]/.test(text)) ? ' ' : ''
  const touched = /^(?:--|—|http|<)/.test(after) && /\S$/.test(text)
  const end = touched || (after.startsWith('::') && text.endsWith(':')) ? ' ' : ''
  return start + text + end
}
