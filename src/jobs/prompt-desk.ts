import { DrawbridgeError } from '../errors.ts'
import type { TokenId } from '../ids.ts'
import { type AnswerInput, checkPrompt, type Extras, storedPicture } from './input.ts'
import type { DialogAnswer } from './job.ts'
import type { JobStore, PreparedPrompt, PromptRules, PromptServices } from './ports.ts'

interface DeskParts {
  store: Pick<JobStore, 'repeats'>
  rules: PromptRules
  services: PromptServices
}

/** Whose prompt it is, and how its request is known again. */
interface Asking {
  token: TokenId | null
  idempotencyKey?: string | undefined
  /** Pictures that come along; they will stand in front of the prompt. */
  pictures?: number
}

/** What becomes of the texts that callers write before they are drawn. */
export class PromptDesk {
  readonly #parts: DeskParts

  constructor(parts: DeskParts) {
    this.#parts = parts
  }

  /** The prompts of the jobs that a prompt stands for. */
  expand(prompt: string): string[] {
    return this.#parts.rules.expand(prompt)
  }

  /**
   * What is drawn in the prompt's place; throws when it cannot or may not be drawn. A request that was accepted before is
   * not refused for what the services say now.
   */
  async prepare(prompt: string, { token, idempotencyKey, pictures = 0 }: Asking): Promise<PreparedPrompt> {
    const { store, rules, services } = this.#parts
    checkPrompt(prompt)
    const prepared = await services.prepare(prompt, token).catch(async (error: unknown) => {
      if (idempotencyKey === undefined || !(await store.repeats(token, idempotencyKey))) throw error
      return { prompt, warnings: [] }
    })
    checkPrompt(prepared.prompt)
    const objection = rules.objection(prepared.prompt, pictures)
    if (objection !== null) throw new DrawbridgeError('invalid-prompt', objection)
    return prepared
  }

  /** The answer to a dialog as its job keeps it. */
  async answerOf({ prompt, zoom, mask }: AnswerInput, asking: Asking): Promise<DialogAnswer> {
    const drawn = prompt === undefined ? undefined : (await this.prepare(prompt, asking)).prompt
    if (zoom !== undefined && !(zoom >= 1 && zoom <= 2)) {
      throw new DrawbridgeError('answer-incomplete', 'A zoom goes from 1 to 2.')
    }
    return {
      ...(drawn === undefined ? {} : { prompt: drawn }),
      ...(prompt === undefined || drawn === prompt ? {} : { original: prompt }),
      ...(zoom === undefined ? {} : { zoom }),
      ...(mask ? { mask: storedPicture(mask) } : {}),
    }
  }
}

/** The answer as it was before it was translated. */
export const asWritten = ({ original, ...answer }: DialogAnswer): DialogAnswer => ({
  ...answer,
  ...(original === undefined ? {} : { prompt: original }),
})

/** Keeps the prompt as it was written, where another is drawn, and what its author is to be told. */
export function withTexts(extras: Extras, prompt: string, prepared: PreparedPrompt): Extras {
  const { warnings } = prepared
  if (prepared.prompt === prompt && warnings.length === 0) return extras
  const about = {
    family: 'native',
    ...extras.about,
    ...(prepared.prompt === prompt ? {} : { original: prompt }),
    ...(warnings.length === 0 ? {} : { warnings }),
  }
  return { ...extras, about }
}
