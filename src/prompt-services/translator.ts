/** Puts a text into English. Rejects with a TranslationError, or when aborted. */
export interface Translator {
  translate(text: string, signal: AbortSignal): Promise<string>
}

/** No translation came about; the sentence holds neither text nor key. */
export class TranslationError extends Error {
  override name = 'TranslationError'
}

/** Texts whose translations are remembered: callers that repeat a request are answered alike, and at once. */
const mostRemembered = 2_000

/** Asks once for each text while its translation is remembered or on its way; a failure is forgotten. */
export function remembering(translator: Translator): Translator {
  const known = new Map<string, Promise<string>>()
  return {
    translate(text, signal) {
      const found = known.get(text)
      if (found) return found
      const asked = translator.translate(text, signal)
      known.set(text, asked)
      asked.catch(() => known.delete(text))
      const [oldest] = known.keys()
      if (known.size > mostRemembered && oldest !== undefined) known.delete(oldest)
      return asked
    },
  }
}
