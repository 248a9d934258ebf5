import { jobsIn, mostJobs, permutationsOf } from './expand.ts'
import type { Finding } from './finding.ts'
import { lintTogether } from './lint-together.ts'
import { lintValue } from './lint-value.ts'
import { nearestParameter } from './nearest.ts'
import { findParameter, namesOfNumbers } from './parameters.ts'
import { type ParsedPrompt, parsePrompt, type WrittenParameter } from './parse.ts'

/** Discord's limit of a text option (protocol page §3.1); the bot itself stops earlier, at a length that it does not tell. */
const longest = 6000
/** Findings behind which no further permutation is looked at. */
const enough = 100
/** A reference may be all that somebody wants drawn. */
const references = new Set(['sref', 'cref', 'oref', 'profile', 'personalize'])

/**
 * Says what Midjourney would refuse, before a slot is spent on it. In doubt it says nothing, or warns: a false alarm costs
 * its caller a picture.
 */
export function lintPrompt(prompt: string): Finding[] {
  const tooLong = lengthOf(prompt)
  if (tooLong.length > 0) return tooLong
  const jobs = jobsIn(prompt)
  // A choice may stand in a value, as in `--ar {3:2, 1:1}`: only what it comes to can be judged.
  const variants = jobs > 1 && jobs <= mostJobs ? permutationsOf(prompt) : [prompt]
  const found: Finding[] = []
  for (const variant of variants) {
    const placed = placesIn(prompt, variant)
    for (const finding of lintVariant(variant)) found.push({ ...finding, at: placed(finding.at) })
    if (found.length > enough) break
  }
  return [...onceEach(found), ...jobsOf(prompt, jobs)]
}

function lintVariant(prompt: string): Finding[] {
  const parsed = parsePrompt(prompt)
  return [
    ...textOf(parsed),
    ...linksIn(prompt, parsed),
    ...dashesIn(prompt, parsed),
    ...parsed.parameters.flatMap((parameter) => lintParameter(parameter)),
    ...lintTogether(parsed.parameters),
  ]
}

function lengthOf(prompt: string): Finding[] {
  const { length } = [...prompt]
  if (length <= longest) return []
  const message = `The prompt has ${length} characters; Discord takes ${longest}.`
  return [{ severity: 'error', code: 'too-long', message, at: longest }]
}

function textOf({ images, text, parameters }: ParsedPrompt): Finding[] {
  if (text !== '') return []
  const names = parameters.map(({ name }) => name)
  if (images.length === 0) {
    const message =
      parameters.length > 0 ? 'There are parameters, but no words in front of them.' : 'The prompt is empty.'
    const severity = names.some((name) => references.has(name)) ? 'warning' : 'error'
    return [{ severity, code: 'no-text', message, at: 0 }]
  }
  if (images.length > 1 || names.includes('video')) return []
  const message = 'A picture alone is not enough: it takes words or a second picture.'
  return [{ severity: 'warning', code: 'lone-image', message, at: 0 }]
}

function linksIn(prompt: string, { text }: ParsedPrompt): Finding[] {
  const found = /(?:^|\s)<?(https?:\/\/\S+)/i.exec(text)
  if (!found) return []
  const at = prompt.indexOf(text) + found.index + found[0].length - (found[1] ?? '').length
  const message = 'Addresses of pictures stand in front of the words; this one comes after them.'
  return [{ severity: 'error', code: 'link-out-of-place', message, at }]
}

/** One dash, a dash of another length, a blank behind the dashes: names of words are left out, they may be just words. */
const almostDashes = new RegExp(
  String.raw`(?<=\s)(?:[-–]|(?:--|—)\s+)(${namesOfNumbers.join('|')})\s+(?=\.?\d)`,
  'giu',
)

function dashesIn(prompt: string, { parameters }: ParsedPrompt): Finding[] {
  const say = (message: string, at: number, suggestion: string): Finding => ({
    severity: 'warning',
    code: 'odd-dashes',
    message: `${message} Did you mean ${suggestion}?`,
    at,
    suggestion,
  })
  const almost = [...prompt.matchAll(almostDashes)].map((found) =>
    say(`${found[0].trim()} is read as words.`, found.index, `--${found[1]}`),
  )
  const glued = parameters
    .filter(({ at }) => /\S/.test(prompt[at - 1] ?? ' '))
    .map(({ written, at }) => say(`There is no blank in front of ${written}.`, at, ` ${written}`))
  const equated = parameters
    .filter(({ at, written }) => prompt[at + written.length] === '=')
    .map(({ written, value, at }) =>
      say(`${written} and its value stand apart.`, at, `${written} ${value ?? ''}`.trim()),
    )
  return [...almost, ...glued, ...equated]
}

function lintParameter(parameter: WrittenParameter): Finding[] {
  const { written, at, name } = parameter
  const known = findParameter(name)
  if (known) return lintValue(parameter, known.value)
  const suggestion = nearestParameter(name)
  // A dash that a phone made long may be just a dash.
  const severity = written.startsWith('—') ? 'warning' : 'error'
  const hint = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`
  const message = `Midjourney has no parameter ${written}.${hint}`
  return [
    { severity, code: 'unknown-parameter', message, at, ...(suggestion === undefined ? {} : { suggestion }) },
  ]
}

function jobsOf(prompt: string, jobs: number): Finding[] {
  if (jobs <= mostJobs) return []
  const message = `The prompt makes ${jobs} jobs; Midjourney takes ${mostJobs}.`
  return [{ severity: 'error', code: 'too-many-jobs', message, at: Math.max(0, prompt.indexOf('{')) }]
}

/** Where in the prompt a place of a variant is; where they begin to differ when it cannot be told. */
function placesIn(prompt: string, variant: string): (at: number) => number {
  const shorter = Math.min(prompt.length, variant.length)
  let head = 0
  while (head < shorter && prompt[head] === variant[head]) head += 1
  let tail = 0
  while (tail < shorter - head && prompt.at(-1 - tail) === variant.at(-1 - tail)) tail += 1
  return (at) => {
    if (at <= head) return at
    if (at >= variant.length - tail) return prompt.length - (variant.length - at)
    const [word = ''] = /^\S*/.exec(variant.slice(at)) ?? []
    return Math.max(head, prompt.indexOf(word, head))
  }
}

function onceEach(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((one) => [`${one.code} ${one.message}`, one])).values()]
}
