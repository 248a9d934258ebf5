import { parameterOf, withoutParameters } from './edit.ts'

/** More jobs than Midjourney makes of one prompt. */
export const mostJobs = 40

/**
 * The prompts that one with permutations (`a {red, blue} fox`) or `--repeat` stands for, in Midjourney's order; itself when
 * it is one job. Braces and commas behind a backslash are plain text. What would be more than 40 jobs is left as it is.
 */
export function expandPrompt(prompt: string): string[] {
  if (jobsIn(prompt) > mostJobs) return [prompt]
  const repeated = repeatOf(prompt)
  const one = repeated > 1 ? withoutParameters(prompt, ['repeat']) : prompt
  return permute(one).flatMap((each) => new Array<string>(repeated).fill(each))
}

/** How many jobs the prompt asks for; it is counted up to a thousand. */
export function jobsIn(prompt: string): number {
  return Math.min(mostCounted, count(prompt) * repeatOf(prompt))
}

function repeatOf(prompt: string): number {
  const value = Number(parameterOf(prompt, 'repeat')?.value ?? 1)
  return Number.isInteger(value) && value > 1 ? value : 1
}

const mostCounted = 1_000
/** Braces that stand deeper are plain text: nobody means them, and thousands of them would fill the stack. */
const deepest = 20

/** Counted without being written out: a few nested braces would fill the memory. */
function count(prompt: string, depth = 0): number {
  if (depth > deepest) return 1
  return partsOf(prompt).parts.reduce(
    (product, { items }) => product * items.reduce((sum, item) => sum + count(item, depth + 1), 0),
    1,
  )
}

/** The prompts that its choices come to, whatever their number; `--repeat` stays. */
export const permutationsOf = (prompt: string): string[] => permute(prompt)

function permute(prompt: string, depth = 0): string[] {
  if (depth > deepest) return [prompt]
  const { parts, tail } = partsOf(prompt)
  const heads = parts.reduce<string[]>(
    (done, { before, items }) => {
      const choices = items.flatMap((item) => permute(item, depth + 1))
      return done.flatMap((head) => choices.map((choice) => `${head}${before}${choice}`))
    },
    [''],
  )
  return heads.map((head) => `${head}${tail}`)
}

/** The choices of a prompt, each with the text before it, and the text after the last. */
function partsOf(prompt: string): { parts: { before: string; items: string[] }[]; tail: string } {
  const parts: { before: string; items: string[] }[] = []
  let tail = prompt
  for (let braces = outermost(tail); braces; braces = outermost(tail)) {
    const { start, end } = braces
    const items = itemsOf(tail.slice(start + 1, end)).map((item) => item.trim())
    // What is in braces without a comma is no choice.
    parts.push(
      items.length < 2
        ? { before: tail.slice(0, end + 1), items: [''] }
        : { before: tail.slice(0, start), items },
    )
    tail = tail.slice(end + 1)
  }
  return { parts, tail }
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
