import type { Era } from '../options.ts'

/** One of the ways in which a model enlarges a single picture (protocol page §3.1). */
export interface Upscaler {
  /** Between `MJ::JOB::` and `::1::`. */
  action: string
  label: string
}

const subtleAndCreative = (generation: string): Upscaler[] =>
  ['subtle', 'creative'].map((way) => ({
    action: `upsample_${generation}_2x_${way}`,
    label: `Upscale (${capital(way)})`,
  }))

const timesTwoAndFour: Upscaler[] = [
  { action: 'upsample_v5_2x', label: 'Upscale (2x)' },
  { action: 'upsample_v5_4x', label: 'Upscale (4x)' },
]

/** Labels are a guess: the page knows the custom_ids alone. */
const veryOld: Upscaler[] = [
  { action: 'upsample_max', label: 'Upscale to Max' },
  { action: 'upsample_light', label: 'Light Upscale Redo' },
  { action: 'upsample_beta', label: 'Beta Upscale Redo' },
]

/** The number of the model that a shown prompt names; 7 where it names none. */
export function modelOf(prompt: string): number {
  return Number(/ --(?:v|niji) (\d+(?:\.\d+)?)/.exec(prompt)?.[1] ?? 7)
}

/** Which ways a model has: v8 has none (§8), and v5 got its own after the recording of July 2023. */
export function upscalersOf(prompt: string, era: Era): readonly Upscaler[] {
  const model = modelOf(prompt)
  if (model >= 8) return []
  if (model >= 7) return subtleAndCreative('v7')
  if (model >= 6.1) return subtleAndCreative('v6r1')
  if (model >= 6) return subtleAndCreative('v6')
  if (model >= 5) return era === '2026' ? timesTwoAndFour : []
  return veryOld
}

/** What progress and final say: in 2026 nothing of Subtle or Creative, before then the way (§4.2). */
export function upscaleWords(way: string, era: Era): { progress: string; final: string } {
  const silent = era === '2026' && (way === 'Subtle' || way === 'Creative')
  const named = silent ? '' : `(${way}) `
  return { progress: `Upscaling ${named}by `, final: `Upscaled ${named}by ` }
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
