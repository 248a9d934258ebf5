import { findParameter } from './parameters.ts'
import { parsePrompt, type WrittenParameter } from './parse.ts'

/** The prompt without these parameters, by name or alias; everything else as it was written. */
export function withoutParameters(prompt: string, names: readonly string[]): string {
  const dropped = new Set(names.map(fullName))
  let left = prompt
  for (const parameter of parsePrompt(prompt).parameters.reverse()) {
    if (!dropped.has(parameter.name)) continue
    const rest = left.slice(endOf(prompt, parameter)).trimStart()
    left = rest === '' ? left.slice(0, parameter.at).trimEnd() : joined(left.slice(0, parameter.at), rest)
  }
  return left.trimEnd()
}

/** The prompt with this parameter and value, in place of one that it may have already. */
export function withParameter(prompt: string, name: string, value?: string): string {
  const written = value === undefined ? `--${name}` : `--${name} ${value}`
  return `${withoutParameters(prompt, [name])} ${written}`.trim()
}

/** The first parameter of this name or alias. */
export const parameterOf = (prompt: string, name: string): WrittenParameter | undefined =>
  parsePrompt(prompt).parameters.find((one) => one.name === fullName(name))

/** The mode that the caller has written into the prompt; null when none. */
export function modeOf(prompt: string): 'fast' | 'relax' | 'turbo' | null {
  const names = parsePrompt(prompt).parameters.map(({ name }) => name)
  return (['turbo', 'fast', 'relax'] as const).find((mode) => names.includes(mode)) ?? null
}

const fullName = (name: string): string => findParameter(name)?.name ?? name.toLowerCase()

const joined = (before: string, rest: string): string =>
  before === '' || /\s$/.test(before) ? before + rest : `${before} ${rest}`

/** Where a parameter ends with what belongs to it: words behind `--fast` or `--ar 3:2` are the caller's, and stay. */
function endOf(prompt: string, { name, value, valueAt, end }: WrittenParameter): number {
  const rule = findParameter(name)?.value
  if (value === null || rule === undefined || rule.type === 'text') return end
  const [first = ''] = value.split(/\s/)
  const foreign = rule.type === 'none' || (rule.type === 'number' && rule.optional && !/^[.\d]/.test(first))
  return foreign ? valueAt : prompt.indexOf(first, valueAt) + first.length
}
