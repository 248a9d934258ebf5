import { findParameter } from './parameters.ts'
import { parsePrompt, type WrittenParameter } from './parse.ts'

/** The prompt without these parameters, by their full names; everything else as it was written. */
export function withoutParameters(prompt: string, names: readonly string[]): string {
  const { parameters } = parsePrompt(prompt)
  let left = prompt
  for (const [index, parameter] of [...parameters.entries()].reverse()) {
    if (!names.includes(parameter.name)) continue
    const end = parameters[index + 1]?.at ?? prompt.length
    left = left.slice(0, parameter.at) + left.slice(end)
  }
  return left.trimEnd()
}

/** The prompt with this parameter and value, in place of one that it may have already. */
export function withParameter(prompt: string, name: string, value?: string): string {
  const full = findParameter(name)?.name ?? name
  const written = value === undefined ? `--${name}` : `--${name} ${value}`
  return `${withoutParameters(prompt, [full])} ${written}`.trim()
}

export const parameterOf = (prompt: string, name: string): WrittenParameter | undefined =>
  parsePrompt(prompt).parameters.find((one) => one.name === name)

/** The mode that the caller has written into the prompt; null when none. */
export function modeOf(prompt: string): 'fast' | 'relax' | 'turbo' | null {
  const names = parsePrompt(prompt).parameters.map(({ name }) => name)
  return (['turbo', 'fast', 'relax'] as const).find((mode) => names.includes(mode)) ?? null
}
