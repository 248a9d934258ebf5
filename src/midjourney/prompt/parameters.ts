/** What stands behind a parameter. */
export type ValueRule =
  | { type: 'none' }
  /** `hard`: what lies outside is refused by every version; else only unusual. */
  | { type: 'number'; min: number; max: number; whole?: true; hard?: true; optional?: true }
  | { type: 'ratio' }
  /** One word, of a list where nothing else is taken. */
  | { type: 'word'; of?: readonly string[] }
  /** Any words up to the next parameter. */
  | { type: 'text'; optional?: true }

export interface Parameter {
  name: string
  aliases: readonly string[]
  value: ValueRule
}

const flag: ValueRule = { type: 'none' }
const words: ValueRule = { type: 'text' }
const maybeWords: ValueRule = { type: 'text', optional: true }
const number = (min: number, max: number): ValueRule => ({ type: 'number', min, max })
const hardWhole = (min: number, max: number): ValueRule => ({
  type: 'number',
  min,
  max,
  whole: true,
  hard: true,
})

const row = (name: string, value: ValueRule, ...aliases: string[]): Parameter => ({ name, aliases, value })

/**
 * Midjourney's parameters with their ranges, of all versions together: what any version takes is no mistake. Ranges that
 * changed over the years are unusual outside the present one, not wrong.
 */
export const parameters: readonly Parameter[] = [
  row('aspect', { type: 'ratio' }, 'ar'),
  row('chaos', hardWhole(0, 100), 'c'),
  row('no', words),
  row('quality', number(0.25, 4), 'q'),
  row('repeat', hardWhole(1, 40), 'r'),
  row('seed', hardWhole(0, 4_294_967_295)),
  row('sameseed', hardWhole(0, 4_294_967_295)),
  row('stop', hardWhole(10, 100)),
  row('style', { type: 'word' }),
  row('stylize', number(0, 1000), 's'),
  row('tile', flag),
  row('version', number(1, 9), 'v'),
  row('niji', { type: 'number', min: 4, max: 9, optional: true }),
  row('weird', number(0, 3000), 'w'),
  row('iw', number(0, 3)),
  row('cref', words),
  row('cw', number(0, 100)),
  row('sref', words),
  row('sw', number(0, 1000)),
  row('sv', number(1, 9)),
  row('oref', words),
  row('ow', number(0, 1000)),
  row('profile', maybeWords, 'p'),
  row('personalize', maybeWords),
  row('exp', number(0, 100)),
  row('raw', flag),
  row('draft', flag),
  row('hd', flag),
  row('sd', flag),
  row('video', { type: 'number', min: 1, max: 2, optional: true }),
  row('motion', { type: 'word', of: ['low', 'high'] }),
  row('loop', flag),
  row('end', words),
  row('bs', number(1, 4)),
  row('fast', flag),
  row('relax', flag),
  row('turbo', flag),
  row('stealth', flag),
  row('public', flag),
  row('upbeta', flag),
  row('uplight', flag),
  row('upanime', flag),
  row('beta', flag),
  row('test', flag),
  row('testp', flag),
  row('creative', flag),
  row('hq', flag),
  row('zoom', number(1, 2)),
]

const byName = new Map(
  parameters.flatMap((one) => [one.name, ...one.aliases].map((name) => [name, one] as const)),
)

/** The names and aliases behind which only a number or a ratio can stand. */
export const namesOfNumbers: readonly string[] = parameters
  .filter(({ value }) => value.type === 'number' || value.type === 'ratio')
  .flatMap(({ name, aliases }) => [name, ...aliases])

/** Every name and alias. */
export const namesOfAny: readonly string[] = [...byName.keys()]

/** The parameter by its name or an alias, in any case; undefined for one that is not known. */
export const findParameter = (name: string): Parameter | undefined => byName.get(name.toLowerCase())
