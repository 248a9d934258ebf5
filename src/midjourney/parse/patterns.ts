import type { Direction, Kind, Mode, Strength, WaitingPrefix } from './bot-message.ts'

/** What stands before the first `**` (protocol page §4.1); group 1 is the picture's number. */
export const prefixes: { pattern: RegExp; prefix: WaitingPrefix }[] = [
  { pattern: /^$/, prefix: 'none' },
  { pattern: /^Upscaling image #(\d+) with $/, prefix: 'upscaling' },
  { pattern: /^Making variations for image #(\d+) with prompt $/, prefix: 'variations' },
  { pattern: /^Creating video with prompt $/, prefix: 'video' },
]

export interface KindRow {
  pattern: RegExp
  kind: Kind
  /** Only progress says so; a final never does. */
  unfinished?: true
}

/**
 * The words between ` - ` and the user (protocol page §4.1). Named groups: `index`, `strength`, `direction`. The strength
 * of an HD upscale comes and goes with the years, so it is never needed.
 */
export const kinds: KindRow[] = [
  { pattern: /^$/, kind: 'imagine' },
  { pattern: /^Image #(?<index>\d+)$/, kind: 'upscale' },
  { pattern: /^Video #(?<index>\d+)$/, kind: 'video-upscale' },
  { pattern: /^Variations(?: \((?<strength>\w+)\))? by$/, kind: 'variation' },
  { pattern: /^Remix(?: \((?<strength>\w+)\))? by$/, kind: 'remix' },
  { pattern: /^Zoom Out by$/, kind: 'zoom' },
  { pattern: /^Pan (?<direction>Left|Right|Up|Down) by$/, kind: 'pan' },
  { pattern: /^Upscaling(?: \((?<strength>\w+)\))? by$/, kind: 'hd-upscale', unfinished: true },
  { pattern: /^Upscaled(?: \((?<strength>\w+)\))? by$/, kind: 'hd-upscale' },
]

const strengths = new Set<string>([
  'strong',
  'subtle',
  'region',
  'creative',
  '2x',
  '4x',
  'beta',
  'light',
  'max',
] satisfies Strength[])
const directions = new Set<string>(['left', 'right', 'up', 'down'] satisfies Direction[])

export const asStrength = (word: string | undefined): Strength | null =>
  word !== undefined && strengths.has(word.toLowerCase()) ? (word.toLowerCase() as Strength) : null
export const asDirection = (word: string | undefined): Direction | null =>
  word !== undefined && directions.has(word.toLowerCase()) ? (word.toLowerCase() as Direction) : null

export type Progress =
  | { state: 'waiting' }
  | { state: 'percent'; percent: number }
  | { state: 'paused' }
  | { state: 'stopped' }

/** What a parenthesis of the tail says of the progress (protocol page §4.1); without any the work is done. */
export const progresses: { pattern: RegExp; read: (match: RegExpMatchArray) => Progress }[] = [
  { pattern: /^Waiting to start$/i, read: () => ({ state: 'waiting' }) },
  { pattern: /^(\d{1,4})%$/, read: (match) => ({ state: 'percent', percent: Number(match[1]) }) },
  { pattern: /^paused$/i, read: () => ({ state: 'paused' }) },
  { pattern: /^Stopped$/i, read: () => ({ state: 'stopped' }) },
]

/** The first word of the last parenthesis (protocol page §4.1). */
export const modes: ReadonlyMap<string, Mode> = new Map([
  ['fast', 'fast'],
  ['relaxed', 'relax'],
  ['relax', 'relax'],
  ['turbo', 'turbo'],
])

/** Whole texts that mean that an answer is on its way (protocol page §4.2, animate and /show). */
export const interim: { pattern: RegExp; type: 'animating' | 'thinking' }[] = [
  { pattern: /^Animating(?:\.{3}|…)$/, type: 'animating' },
  { pattern: /^Displaying(?:\.{3}|…)$/, type: 'thinking' },
]
