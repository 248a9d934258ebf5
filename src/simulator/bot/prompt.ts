import type { BotName, Era, Mode } from '../options.ts'
import { Random } from '../random.ts'

export interface PromptContext {
  bot: BotName
  era: Era
  /** Appended where the prompt sets none of the same parameters. */
  defaults: string
  suffix: string
  bannedWords: readonly string[]
  /** What the user has made `--name` stand for. */
  options?: ReadonlyMap<string, string>
}

export type PromptVerdict =
  | { ok: true; prompt: string; mode: Mode | null; stealth: boolean | null; aspect: [number, number] }
  | {
      ok: false
      news: 'invalid-parameter' | 'empty-prompt' | 'banned-prompt-detected' | 'invalid-link' | 'invalid-link!'
      detail: string
    }

const aliases: Record<string, string> = {
  aspect: 'ar',
  version: 'v',
  stylize: 's',
  chaos: 'c',
  quality: 'q',
  weird: 'w',
  repeat: 'r',
}

/** Parameters that take a value, with a test for it; null takes none. */
const parameters: Record<string, RegExp | null> = {
  ar: /^\d{1,3}:\d{1,3}$/,
  v: /^\d(\.\d)?$/,
  niji: /^\d?$/,
  s: /^\d{1,4}$/,
  c: /^\d{1,3}$/,
  q: /^(\.25|\.5|0?\.\d+|\d)$/,
  w: /^\d{1,4}$/,
  r: /^\d{1,2}$/,
  seed: /^\d{1,10}$/,
  stop: /^\d{1,3}$/,
  iw: /^\d?(\.\d+)?$/,
  no: /./s,
  style: /^[\w-]+$/,
  sref: /./,
  sw: /^\d{1,4}$/,
  cref: /./,
  cw: /^\d{1,3}$/,
  oref: /./,
  ow: /^\d{1,4}$/,
  p: /^.*$/,
  profile: /./,
  exp: /^\d{1,3}$/,
  zoom: /^[12](\.\d+)?$/,
  motion: /^(low|high)$/,
  bs: /^\d$/,
  end: /./,
  video: /^\d?$/,
  loop: null,
  raw: null,
  tile: null,
  hd: null,
  draft: null,
  fast: null,
  relax: null,
  turbo: null,
  stealth: null,
  public: null,
  test: null,
  testp: null,
}

interface Parameter {
  name: string
  value: string
}

/** Turns what the user typed into what the bot shows (protocol page §4.6), or says why it will not. */
export function readPrompt(typed: string, context: PromptContext): PromptVerdict {
  const tidy = tidyUp(withOptions(tidyUp(`${typed} ${context.suffix}`), context.options))
  const { text, given } = split(tidy)
  const bad = given.filter(({ name, value }) => !isKnown(name, value))
  if (bad.length > 0) return refused('invalid-parameter', complain(bad))
  if (text === '') return refused('empty-prompt', 'You cannot submit an empty prompt.')
  const banned = context.bannedWords.find((word) =>
    new RegExp(`(?<![\\p{L}])${word}(?![\\p{L}])`, 'iu').test(text),
  )
  if (banned) return refused('banned-prompt-detected', `The word \`${banned}\` is banned.`)
  const modes = given
    .map(({ name }) => name)
    .filter((name) => name === 'fast' || name === 'relax' || name === 'turbo')
  const kept = given.filter(
    ({ name }) => !['fast', 'relax', 'turbo', 'stealth', 'public', 'r'].includes(name),
  )
  const all = withDefaults(
    kept.map((entry) => rewrite(entry, context.era)),
    context,
  )
  return {
    ok: true,
    prompt: [shortenUrls(text), ...all.map(print)].join(' '),
    mode: (modes.at(-1) as Mode | undefined) ?? null,
    stealth: visibilityOf(given),
    aspect: aspectOf(all),
  }
}

/** `--name` becomes what /prefer option set has made of it, once: an option in an option stays as it is. */
function withOptions(prompt: string, options: ReadonlyMap<string, string> = new Map()): string {
  return prompt.replace(/ --([\w-]+)(?= |$)/g, (whole, name: string) => {
    const stands = options.get(name.toLowerCase())
    return stands === undefined ? whole : ` ${stands}`
  })
}

function visibilityOf(given: readonly Parameter[]): boolean | null {
  const last = given.findLast(({ name }) => name === 'stealth' || name === 'public')
  return last ? last.name === 'stealth' : null
}

/** Em dashes, smart quotes, blanks and newlines. */
function tidyUp(text: string): string {
  return text.replace(/—/g, '--').replace(/[“”]/g, '"').replace(/[‘’]/g, "'").replace(/\s+/gu, ' ').trim()
}

function split(prompt: string): { text: string; given: Parameter[] } {
  const [text = '', ...rest] = ` ${prompt}`.split(/ --(?=[a-z])/i)
  const given = rest.map((part) => {
    const [name = '', ...value] = part.trim().split(' ')
    const lower = name.toLowerCase()
    return { name: aliases[lower] ?? lower, value: value.join(' ') }
  })
  return { text: text.trim(), given }
}

function isKnown(name: string, value: string): boolean {
  const rule = Object.hasOwn(parameters, name) ? parameters[name] : undefined
  if (rule === undefined) return false
  return rule === null ? value === '' : rule.test(value)
}

function complain(bad: readonly Parameter[]): string {
  const unknown = bad.filter(({ name }) => !Object.hasOwn(parameters, name))
  if (unknown.length > 0)
    return `Unrecognized parameter(s): ${unknown.map(({ name }) => `\`--${name}\``).join(', ')}`
  return bad
    .map((entry) => `Invalid value provided for argument \`--${entry.name}\`: \`${entry.value}\``)
    .join('\n')
}

/** `--v 7` becomes `--v 7.0`; `--style raw` became `--raw` with v7. */
function rewrite({ name, value }: Parameter, era: Era): Parameter {
  if (name === 'v' && /^\d$/.test(value)) return { name, value: `${value}.0` }
  if (name === 'style' && value === 'raw' && era === '2026') return { name: 'raw', value: '' }
  return { name, value }
}

function withDefaults(given: Parameter[], { bot, era, defaults }: PromptContext): Parameter[] {
  const own = bot === 'niji' ? forNiji(defaults, era) : defaults
  const has = (name: string) => given.some((entry) => entry.name === name)
  const missing = split(own).given.filter(
    ({ name }) => !has(name) && !((name === 'v' || name === 'niji') && (has('v') || has('niji'))),
  )
  return [...given, ...missing.map((entry) => rewrite(entry, era))]
}

/** Niji has no model of Midjourney's. */
function forNiji(defaults: string, era: Era): string {
  const newest = `--niji ${era === '2026' ? '6' : '5'}`
  return defaults.includes('--niji') ? defaults : `${newest} ${defaults.replace(/--v \S+/, '')}`
}

const print = ({ name, value }: Parameter): string => (value === '' ? `--${name}` : `--${name} ${value}`)

/** Links become short ones in angle brackets; the same link always the same. */
function shortenUrls(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
  return text.replace(/<?https?:\/\/[^\s<>]+>?/g, (url) => {
    if (url.startsWith('<https://s.mj.run/')) return url
    return `<https://s.mj.run/${new Random(`url:${url}`).characters(alphabet, 11)}>`
  })
}

function aspectOf(all: readonly Parameter[]): [number, number] {
  const [width = 1, height = 1] = (all.find(({ name }) => name === 'ar')?.value ?? '1:1')
    .split(':')
    .map(Number)
  return width > 0 && height > 0 ? [width, height] : [1, 1]
}

function refused(news: Extract<PromptVerdict, { ok: false }>['news'], detail: string): PromptVerdict {
  return { ok: false, news, detail }
}
