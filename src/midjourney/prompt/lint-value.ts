import type { Finding } from './finding.ts'
import type { ValueRule } from './parameters.ts'
import type { WrittenParameter } from './parse.ts'

type NumberRule = ValueRule & { type: 'number' }
type Find = (
  severity: Finding['severity'],
  code: Finding['code'],
  message: string,
  suggestion?: string,
) => Finding[]

/** What is wrong with what stands behind a known parameter. */
export function lintValue({ written, value, at }: WrittenParameter, rule: ValueRule): Finding[] {
  const find: Find = (severity, code, message, suggestion) => [
    { severity, code, message, at, ...(suggestion === undefined ? {} : { suggestion }) },
  ]
  if (rule.type === 'none') {
    return value === null
      ? []
      : find('warning', 'extra-words', `${written} takes no value; words belong in front of it.`)
  }
  if (value === null) {
    const optional = 'optional' in rule && rule.optional
    return optional ? [] : find('error', 'missing-value', `${written} needs a value.`)
  }
  if (rule.type === 'text') return []
  const [first = '', ...more] = value.split(/\s+/)
  const own = ownFindings(written, first, rule, find)
  if (more.length === 0 || own.some(({ severity }) => severity === 'error')) return own
  return [
    ...own,
    ...find('warning', 'extra-words', `Words behind ${written} ${first} belong in front of it.`),
  ]
}

function ownFindings(
  written: string,
  value: string,
  rule: Exclude<ValueRule, { type: 'none' | 'text' }>,
  find: Find,
): Finding[] {
  switch (rule.type) {
    case 'ratio':
      return ratioFindings(written, value, find)
    case 'word':
      return !rule.of || rule.of.includes(value.toLowerCase())
        ? []
        : find('error', 'bad-value', `${written} is ${rule.of.join(' or ')}, not ${value}.`)
    case 'number':
      return numberFindings(written, value, rule, find)
  }
}

function ratioFindings(written: string, value: string, find: Find): Finding[] {
  const [, width, height] = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/.exec(value) ?? []
  if (Number(width) > 0 && Number(height) > 0) return []
  const [, a, b] = /^(\d+)\D(\d+)\D*$/.exec(value) ?? []
  const suggestion = Number(a) > 0 && Number(b) > 0 ? `${written} ${a}:${b}` : undefined
  const hint = suggestion === undefined ? `, such as ${written} 3:2.` : `: did you mean ${suggestion}?`
  return find('error', 'bad-value', `${written} takes two numbers and a colon${hint}`, suggestion)
}

function numberFindings(written: string, value: string, rule: NumberRule, find: Find): Finding[] {
  const { min, max, whole, hard, optional } = rule
  const number = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)$/.test(value) ? Number(value) : Number.NaN
  if (Number.isNaN(number)) {
    const [, plain] = /^(\d+(?:\.\d+)?)[.,;。，；]$/.exec(value) ?? []
    const suggestion = plain && `${written} ${plain}`
    const hint = suggestion ? ` Did you mean ${suggestion}?` : ''
    const message = `${written} takes a number, not ${value}.${hint}`
    // Where a value may be missing, what follows may be words.
    return find(optional ? 'warning' : 'error', 'bad-value', message, suggestion)
  }
  if (whole && !Number.isInteger(number)) {
    return find('error', 'bad-value', `${written} takes a whole number.`)
  }
  if (number >= min && number <= max) return []
  return find(hard ? 'error' : 'warning', 'out-of-range', `${written} goes from ${min} to ${max}.`)
}
