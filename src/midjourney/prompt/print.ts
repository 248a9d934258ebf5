import type { ParsedPrompt } from './parse.ts'

/** Writes a prompt that reads the same: addresses, words as they were, parameters as they were named. */
export function printPrompt({
  images,
  text,
  parameters,
}: Pick<ParsedPrompt, 'images' | 'text' | 'parameters'>): string {
  const written = parameters.map(({ written, value }) => (value === null ? written : `${written} ${value}`))
  return [...images, text, ...written].filter((piece) => piece !== '').join(' ')
}
