import type { Plan } from '../options.ts'

/** How many prompts one command may stand for, by plan (Midjourney's public pages on permutations and `--repeat`). */
export const batchLimits: Record<Plan, number> = { basic: 4, standard: 10, pro: 40, mega: 40 }

const repeat = /(?:^|\s)(?:--|—)(?:repeat|r)\s+(\d+)(?=\s|$)/i

/** The number after `--repeat`; 1 without it. */
export const repeatOf = (prompt: string): number => Number(repeat.exec(prompt)?.[1] ?? 1)

/**
 * All prompts that one with `{a, b}` stands for, the last choice changing fastest; itself alone where there is nothing to choose.
 * Choices may hold choices; a backslash takes the meaning from a brace or a comma. Stops soon after `most`.
 */
export function permutations(prompt: string, most: number): string[] {
  const group = firstGroup(prompt)
  if (!group) return [prompt.replace(/\\([{},])/g, '$1')]
  const found: string[] = []
  for (const choice of group.choices) {
    if (found.length > most) break
    const left = most - found.length
    found.push(...permutations(`${group.before}${choice.trim()}${group.after}`, left))
  }
  return found
}

/** The outermost braces that open first; null when none of them close. */
function firstGroup(prompt: string) {
  const cuts: number[] = []
  let depth = 0
  let start = -1
  for (let at = 0; at < prompt.length; at++) {
    const sign = prompt[at]
    if (sign === '\\') at++
    else if (sign === '{' && depth++ === 0) start = at
    else if (sign === ',' && depth === 1) cuts.push(at)
    else if (sign === '}' && depth > 0 && --depth === 0) {
      const ends = [...cuts, at]
      const choices = ends.map((end, n) => prompt.slice((n === 0 ? start : (cuts[n - 1] ?? 0)) + 1, end))
      return { before: prompt.slice(0, start), choices, after: prompt.slice(at + 1) }
    }
  }
  return null
}

/** The prompts of the jobs that a command asks for, in the order in which they are made; more than `most` come back as some more. */
export function promptsOf(typed: string, most: number): string[] {
  const times = repeatOf(typed)
  const each = permutations(typed.replace(repeat, ''), most)
  return each.flatMap((prompt) => Array.from({ length: Math.min(times, most + 1) }, () => prompt))
}
