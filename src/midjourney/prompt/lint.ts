import { jobsIn, mostJobs } from './expand.ts'
import { findParameter, namesOfAny, type ValueRule } from './parameters.ts'
import { type ParsedPrompt, parsePrompt, type WrittenParameter } from './parse.ts'

export interface Finding {
  /** An `error` is what Midjourney surely refuses; a `warning` is most likely not what was meant. */
  severity: 'error' | 'warning'
  code:
    | 'no-text'
    | 'too-long'
    | 'unknown-parameter'
    | 'missing-value'
    | 'bad-value'
    | 'out-of-range'
    | 'extra-words'
    | 'twice'
    | 'link-out-of-place'
    | 'too-many-jobs'
  /** A sentence for whoever wrote the prompt. */
  message: string
  /** Where in the prompt. */
  at: number
  /** What was probably meant. */
  suggestion?: string
}

/** Discord's limit of a text option (protocol page §3.1); the bot itself stops earlier, at a length that it does not tell. */
const longest = 6000

/**
 * Says what Midjourney would refuse, before a slot is spent on it. In doubt it says nothing, or warns: a false alarm costs
 * its caller a picture.
 */
export function lintPrompt(prompt: string): Finding[] {
  const parsed = parsePrompt(prompt)
  return [
    ...lengthOf(prompt),
    ...textOf(parsed),
    ...linksIn(prompt, parsed),
    ...parsed.parameters.flatMap((parameter) => lintParameter(parameter)),
    ...repeated(parsed.parameters),
    ...jobsOf(prompt),
  ]
}

function lengthOf(prompt: string): Finding[] {
  if (prompt.length <= longest) return []
  const message = `The prompt has ${prompt.length} characters; Discord takes ${longest}.`
  return [{ severity: 'error', code: 'too-long', message, at: longest }]
}

function textOf({ images, text, parameters }: ParsedPrompt): Finding[] {
  if (text !== '' || images.length > 0) return []
  const message =
    parameters.length > 0 ? 'There are parameters, but no words in front of them.' : 'The prompt is empty.'
  return [{ severity: 'error', code: 'no-text', message, at: 0 }]
}

function linksIn(prompt: string, { text }: ParsedPrompt): Finding[] {
  const found = /(?:^|\s)<?(https?:\/\/\S+)/i.exec(text)
  if (!found || text === '') return []
  const at = Math.max(0, prompt.indexOf(found[1] ?? ''))
  const message = 'Addresses of pictures stand in front of the words; this one comes after them.'
  return [{ severity: 'error', code: 'link-out-of-place', message, at }]
}

function lintParameter(parameter: WrittenParameter): Finding[] {
  const { written, at, name } = parameter
  const known = findParameter(name)
  if (known) return valueFindings(parameter, known.value)
  const suggestion = nearest(name)
  // A dash that a phone made long may be just a dash.
  const severity = written.startsWith('—') ? 'warning' : 'error'
  const hint = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`
  return [
    {
      severity,
      code: 'unknown-parameter',
      message: `Midjourney has no parameter ${written}.${hint}`,
      at,
      ...(suggestion === undefined ? {} : { suggestion }),
    },
  ]
}

function valueFindings({ written, value, at }: WrittenParameter, rule: ValueRule): Finding[] {
  const find = (
    severity: Finding['severity'],
    code: Finding['code'],
    message: string,
    suggestion?: string,
  ) => [{ severity, code, message, at, ...(suggestion === undefined ? {} : { suggestion }) }]
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
  const extra =
    more.length > 0
      ? find('warning', 'extra-words', `Words behind ${written} ${first} belong in front of it.`)
      : []
  switch (rule.type) {
    case 'ratio':
      return [...ratioFindings(written, first, find), ...extra]
    case 'word':
      if (rule.of && !rule.of.includes(first.toLowerCase())) {
        return find('error', 'bad-value', `${written} is ${rule.of.join(' or ')}, not ${first}.`)
      }
      return extra
    case 'number':
      return [...numberFindings(written, first, rule, find), ...extra]
  }
}

type Find = (
  severity: Finding['severity'],
  code: Finding['code'],
  message: string,
  suggestion?: string,
) => Finding[]

function ratioFindings(written: string, value: string, find: Find): Finding[] {
  const [, width, height] = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/.exec(value) ?? []
  if (Number(width) > 0 && Number(height) > 0) return []
  const [, a, b] = /^(\d+)\D(\d+)\D*$/.exec(value) ?? []
  const suggestion =
    a !== undefined && b !== undefined && Number(a) > 0 && Number(b) > 0 ? `${written} ${a}:${b}` : undefined
  const hint = suggestion === undefined ? `such as ${written} 3:2` : `: did you mean ${suggestion}?`
  return find(
    'error',
    'bad-value',
    `${written} takes two numbers and a colon, ${hint}`.replace(', :', ':'),
    suggestion,
  )
}

function numberFindings(
  written: string,
  value: string,
  { min, max, whole, hard, optional }: ValueRule & { type: 'number' },
  find: Find,
): Finding[] {
  const number = /^-?(?:\d+(?:\.\d*)?|\.\d+)$/.test(value) ? Number(value) : Number.NaN
  if (Number.isNaN(number)) {
    // Where a value may be missing, what follows may be words.
    return find(optional ? 'warning' : 'error', 'bad-value', `${written} takes a number, not ${value}.`)
  }
  if (whole && !Number.isInteger(number))
    return find('error', 'bad-value', `${written} takes a whole number.`)
  if (number >= min && number <= max) return []
  return find(hard ? 'error' : 'warning', 'out-of-range', `${written} goes from ${min} to ${max}.`)
}

/** Given twice, the last one counts. */
function repeated(parameters: readonly WrittenParameter[]): Finding[] {
  const seen = new Set<string>()
  return parameters.flatMap(({ name, written, at }) => {
    const again = seen.has(name)
    seen.add(name)
    const message = `${written} is there already.`
    return again && name !== 'no' ? [{ severity: 'warning', code: 'twice', message, at } as const] : []
  })
}

function jobsOf(prompt: string): Finding[] {
  const jobs = jobsIn(prompt)
  if (jobs <= mostJobs) return []
  const message = `The prompt makes ${jobs} jobs; Midjourney takes ${mostJobs}.`
  return [{ severity: 'error', code: 'too-many-jobs', message, at: Math.max(0, prompt.indexOf('{')) }]
}

/** The known name that is most like it, if it is like any. */
function nearest(name: string): string | undefined {
  // `--ar16:9`: the blank was forgotten.
  const glued = namesOfAny.filter(
    (one) => one.length > 1 && name.startsWith(one) && /^\d/.test(name.slice(one.length)),
  )
  const [longestGlued] = glued.sort((a, b) => b.length - a.length)
  if (longestGlued) return `--${longestGlued} ${name.slice(longestGlued.length)}`
  const most = name.length > 5 ? 2 : 1
  const ranked = namesOfAny
    .filter((one) => one.length > 2)
    .map((one) => ({ one, distance: distanceOf(name, one) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance)
  return ranked[0] && `--${ranked[0].one}`
}

/** Edits between two words; swapping neighbours counts as one. */
function distanceOf(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(
        (rows[i - 1]?.[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (rows[i - 1]?.[j - 1] ?? 0) + same,
      )
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) best = Math.min(best, (rows[i - 2]?.[j - 2] ?? 0) + 1)
      row.push(best)
    }
    rows.push(row)
  }
  return rows[a.length]?.[b.length] ?? 3
}
