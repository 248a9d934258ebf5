import { parameterOf, withoutParameters } from './edit.ts'

/** More jobs than Midjourney makes of one prompt. */
export const mostJobs = 40

/**
 * The prompts that one with permutations (`a {red, blue} fox`) or `--repeat` stands for, in Midjourney's order; itself when
 * it is one job. Braces and commas behind a backslash are plain text. What would be more than 40 jobs is left as it is.
 */
export function expandPrompt(prompt: string): string[] {
  const repeated = repeatOf(prompt)
  const one = repeated > 1 ? withoutParameters(prompt, ['repeat']) : prompt
  const permuted = permute(one)
  if (permuted.length * repeated > mostJobs) return [prompt]
  return permuted.flatMap((each) => new Array<string>(repeated).fill(each))
}

/** How many jobs the prompt asks for, however many that is. */
export function jobsIn(prompt: string): number {
  return permute(prompt).length * repeatOf(prompt)
}

function repeatOf(prompt: string): number {
  const value = Number(parameterOf(prompt, 'repeat')?.value ?? 1)
  return Number.isInteger(value) && value > 1 ? value : 1
}

/** Bounded: a few nested braces would fill the memory. */
const mostPermutations = 1_000

function permute(prompt: string): string[] {
  const braces = outermost(prompt)
  if (!braces) return [prompt]
  const { start, end } = braces
  const items = itemsOf(prompt.slice(start + 1, end))
  // What is in braces without a comma is no choice.
  const rests = permute(prompt.slice(end + 1))
  const before = prompt.slice(0, start)
  if (items.length < 2) return rests.map((rest) => `${before}{${items[0] ?? ''}}${rest}`)
  const choices = items.flatMap((item) => permute(item.trim()))
  return choices
    .flatMap((choice) => rests.map((rest) => `${before}${choice}${rest}`))
    .slice(0, mostPermutations)
}

/** The first pair of braces that belong together. */
function outermost(text: string): { start: number; end: number } | null {
  let depth = 0
  let start = -1
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === '\\') at += 1
    else if (character === '{') {
      if (depth === 0) start = at
      depth += 1
    } else if (character === '}' && depth > 0) {
      depth -= 1
      if (depth === 0) return { start, end: at }
    }
  }
  return null
}

/** Split at the commas of this level. */
function itemsOf(text: string): string[] {
  const items: string[] = []
  let depth = 0
  let from = 0
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === '\\') at += 1
    else if (character === '{') depth += 1
    else if (character === '}') depth -= 1
    else if (character === ',' && depth === 0) {
      items.push(text.slice(from, at))
      from = at + 1
    }
  }
  return [...items, text.slice(from)]
}
