import type { KindFacts, Mode, WaitingPrefix } from './bot-message.ts'
import { asDirection, asStrength, kinds, modes, type Progress, prefixes, progresses } from './patterns.ts'

/** The text of a drawing job, read by the grammar of protocol page §4.1. */
export interface JobText extends KindFacts {
  prefix: WaitingPrefix
  /** Of the words before the prompt; `index` is that of the tail. */
  prefixIndex: number | null
  prompt: string
  userId: string
  link: string | null
  /** null = done. */
  progress: Progress | null
  mode: Mode | null
  stealth: boolean
  unfinished: boolean
}

export type JobTextOutcome = { is: 'job'; text: JobText } | { is: 'job-like'; why: string } | { is: 'other' }

/** `- KIND <@U> LINK (…) (…)`. Prompts cannot reach in here: everything up to the last `**` is cut off before. */
const tailPattern =
  /^ - (?<kind>[^<\n]*?) ?<@!?(?<user>\d+)>(?: (?<link>\[[^\]\n]*\]\(<?(?<url>[^)>\s]*)>?\)))?(?<groups>(?: \([^()\n]*\))*)$/

/** The sentence in front of the mode that 2023's finals have without a link. */
const bareLink = /^Open on website for full quality$/i

/**
 * Reads the text of a drawing job. Only what follows the last `**` is believed: a prompt may hold `**`, `(fast)`, `<@…>`
 * or `Image #2` itself.
 */
export function readJobText(content: string): JobTextOutcome {
  const whole = readSplit(content)
  if (whole.is === 'job') return whole
  // Only if the footer itself has `**`, which none is known to have.
  const cut = content.replace(/(?:\n+-# [^\n]*)+\s*$/, '')
  const shorter = cut === content ? whole : readSplit(cut)
  return shorter.is === 'job' ? shorter : whole
}

function readSplit(content: string): JobTextOutcome {
  const first = content.indexOf('**')
  const last = content.lastIndexOf('**')
  if (last < first + 2) return { is: 'other' }
  const tailText = withoutFooter(content.slice(last + 2))
  if (!tailText.startsWith(' - ')) return { is: 'other' }

  const prefix = readPrefix(content.slice(0, first))
  if (!prefix) return { is: 'job-like', why: `words before the prompt: ${quote(content.slice(0, first))}` }
  const tail = tailPattern.exec(tailText)?.groups
  if (!tail) return { is: 'job-like', why: `words after the prompt: ${quote(tailText)}` }
  const groups = readGroups(tail['groups'] ?? '')
  if (!groups) return { is: 'job-like', why: `parentheses after the prompt: ${quote(tailText)}` }
  const text: JobText = {
    ...prefix,
    ...readKind(tail['kind'] ?? ''),
    ...groups,
    prompt: content.slice(first + 2, last),
    userId: tail['user'] ?? '',
    link: tail['url'] ?? null,
  }
  return { is: 'job', text }
}

/** Small-print lines at the end (mid-2025, protocol page §4.1). */
const withoutFooter = (tail: string): string => (tail.split(/\n+-# /)[0] ?? '').trimEnd()

function readPrefix(words: string): Pick<JobText, 'prefix' | 'prefixIndex'> | null {
  for (const { pattern, prefix } of prefixes) {
    const match = pattern.exec(words)
    if (match) return { prefix, prefixIndex: match[1] === undefined ? null : Number(match[1]) }
  }
  return null
}

function readKind(words: string): KindFacts & { unfinished: boolean } {
  for (const { pattern, kind, unfinished = false } of kinds) {
    const match = pattern.exec(words)
    if (!match) continue
    const { index, strength, direction } = match.groups ?? {}
    return {
      kind,
      kindText: words,
      strength: asStrength(strength),
      direction: asDirection(direction),
      index: index === undefined ? null : Number(index),
      unfinished,
    }
  }
  return { kind: 'other', kindText: words, strength: null, direction: null, index: null, unfinished: false }
}

/** The parentheses of the tail: the mode is the last one, the progress any before or instead of it. */
function readGroups(groups: string): Pick<JobText, 'progress' | 'mode' | 'stealth'> | null {
  const words = [...groups.matchAll(/\(([^()]*)\)/g)].map((group) => group[1] ?? '')
  const mode = readMode(words.at(-1) ?? '')
  if (mode) words.pop()
  let progress: Progress | null = null
  for (const word of words) {
    if (bareLink.test(word)) continue
    const row = progresses.find(({ pattern }) => pattern.test(word))
    const match = row?.pattern.exec(word)
    if (!row || !match) return null
    progress = row.read(match)
  }
  return { progress, mode: mode?.mode ?? null, stealth: mode?.stealth ?? false }
}

function readMode(words: string): { mode: Mode; stealth: boolean } | null {
  const [first = '', ...others] = words.split(',').map((word) => word.trim().toLowerCase())
  const mode = modes.get(first)
  return mode ? { mode, stealth: others.includes('stealth') } : null
}

const quote = (text: string): string => JSON.stringify(text.slice(0, 80))
