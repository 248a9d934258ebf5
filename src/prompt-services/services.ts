import type { Clock } from '../clock.ts'
import { DrawbridgeError } from '../errors.ts'
import type { TokenId } from '../ids.ts'
import type { PreparedPrompt, PromptServices } from '../jobs/ports.ts'
import type { Log } from '../log.ts'
import type { ServicePolicy } from '../tokens/service.ts'
import { bannedWordFinder, type WordFinder } from './banned-words.ts'
import { isForeign, translatePrompt } from './translate.ts'
import { TranslationError, type Translator } from './translator.ts'

interface ServicesParts {
  /** Null: nothing is translated. */
  translator: Translator | null
  /** How long (ms) a prompt may wait for its translation. */
  translateWithinMs: number
  /** For tokens without a policy of their own. */
  defaults: Required<ServicePolicy>
  tokens: { servicePolicy(id: TokenId): Promise<ServicePolicy> }
  words: { all(): Promise<string[]> }
  clock: Clock
  log: Log
}

/** How long (ms) the list of banned words is not read again: another node's change is seen after that. */
const listKeptMs = 5_000

const untouched = (prompt: string): PreparedPrompt => ({ prompt, warnings: [] })

/** Translates prompts and looks for banned words, each as the token's policy says. */
export function createPromptServices(parts: ServicesParts): PromptServices & { forgetWords(): void } {
  const { translator, translateWithinMs, defaults, tokens, words, clock, log } = parts
  let list: { at: number; find: Promise<WordFinder | null> } | null = null

  function finder(): Promise<WordFinder | null> {
    if (!list || clock.now() - list.at >= listKeptMs) {
      const find = words.all().then((all) => (all.length > 0 ? bannedWordFinder(all) : null))
      const reading = { at: clock.now(), find }
      list = reading
      find.catch(() => {
        if (list === reading) list = null
      })
    }
    return list.find
  }

  async function translated(prompt: string, policy: Required<ServicePolicy>): Promise<string> {
    if (!translator || policy.translate === 'off' || !isForeign(prompt)) return prompt
    try {
      return await translatePrompt(prompt, translator, AbortSignal.timeout(translateWithinMs))
    } catch (error) {
      if (!(error instanceof TranslationError)) throw error
      log.warn({ why: error.message, policy: policy.translate }, 'prompt not translated')
      if (policy.translate === 'send') return prompt
      throw new DrawbridgeError('translation-failed')
    }
  }

  return {
    async prepare(prompt, token) {
      const find = await finder()
      if (!find && !(translator && isForeign(prompt))) return untouched(prompt)
      const policy = { ...defaults, ...(token ? await tokens.servicePolicy(token) : {}) }
      const check = (text: string) => (policy.bannedWords === 'off' ? null : (find?.(text) ?? null))
      const asWritten = check(prompt)
      if (asWritten !== null && policy.bannedWords === 'block') throw banned(asWritten)
      const sent = await translated(prompt, policy)
      const word = asWritten ?? (sent === prompt ? null : check(sent))
      if (word === null) return untouched(sent)
      if (policy.bannedWords === 'block') throw banned(word)
      log.info({ word }, 'banned word in a prompt')
      return { prompt: sent, warnings: [sentenceFor(word)] }
    },

    forgetWords() {
      list = null
    },
  }
}

const sentenceFor = (word: string): string => `The word “${word}” is banned here.`
const banned = (word: string) => new DrawbridgeError('banned-word', sentenceFor(word), { subject: word })
