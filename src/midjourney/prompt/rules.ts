import { expandPrompt } from './expand.ts'
import { lintPrompt } from './lint.ts'

/** What Midjourney surely makes of a prompt: it refuses it, or draws these. */
export const promptRules = {
  /** Why it would be refused, for its author; null when nothing is known against it. So many pictures stand in front of it. */
  objection(prompt: string, pictures: number): string | null {
    const errors = lintPrompt(prompt).filter(({ severity }) => severity === 'error')
    // Pictures are enough for a prompt.
    return errors.find(({ code }) => code !== 'no-text' || pictures === 0)?.message ?? null
  },
  expand: expandPrompt,
}
