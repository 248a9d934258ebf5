import type { Finding } from './finding.ts'
import type { WrittenParameter } from './parse.ts'
import { periods } from './versions.ts'

/** Parameters of which one prompt has at most one. */
const rivals: readonly (readonly string[])[] = [
  ['fast', 'relax', 'turbo'],
  ['version', 'niji'],
  ['stealth', 'public'],
  ['hd', 'sd'],
]

/** What parameters, each of them right, have against one another. All of it may change with Midjourney, so it only warns. */
export function lintTogether(parameters: readonly WrittenParameter[]): Finding[] {
  return [...repeated(parameters), ...contradictions(parameters), ...otherVersions(parameters)]
}

function repeated(parameters: readonly WrittenParameter[]): Finding[] {
  const seen = new Set<string>()
  return parameters.flatMap(({ name, written, at }) => {
    const again = seen.has(name)
    seen.add(name)
    return again && name !== 'no' ? [warning('twice', `${written} is there already.`, at)] : []
  })
}

function contradictions(parameters: readonly WrittenParameter[]): Finding[] {
  return rivals.flatMap((names) => {
    const [first, ...more] = parameters.filter(({ name }) => names.includes(name))
    const other = more.find(({ name }) => name !== first?.name)
    return first && other
      ? [warning('contradiction', `${other.written} contradicts ${first.written}.`, other.at)]
      : []
  })
}

/** Says nothing where the prompt names no version: the account's settings decide then. */
function otherVersions(parameters: readonly WrittenParameter[]): Finding[] {
  const named = parameters.findLast(({ name }) => name === 'version' || name === 'niji')
  const version = Number.parseFloat(named?.value ?? '')
  if (!named || Number.isNaN(version)) return []
  return parameters.flatMap(({ name, written, at }) => {
    const { since = 0, before = Number.POSITIVE_INFINITY, instead } = periods.get(name) ?? {}
    const model = `${named.written} ${version}`
    if (version < since) {
      return [
        warning('other-version', `${written} came with version ${since}; the prompt says ${model}.`, at),
      ]
    }
    if (version < before) return []
    const hint = instead === undefined ? '' : ` ${instead} took its place.`
    const message = `${written} is gone since version ${before}; the prompt says ${model}.${hint}`
    return [{ ...warning('other-version', message, at), ...(instead ? { suggestion: instead } : {}) }]
  })
}

const warning = (code: Finding['code'], message: string, at: number): Finding => ({
  severity: 'warning',
  code,
  message,
  at,
})
