import type { JobKind } from '../control.ts'
import type { Era, Mode } from '../options.ts'
import type { JobAction } from './actions.ts'
import type { Job } from './job.ts'
import type { PromptVerdict } from './prompt.ts'
import { upscaleWords } from './upscalers.ts'

type GoodPrompt = Extract<PromptVerdict, { ok: true }>
type Aspect = readonly [width: number, height: number]

/** What came back from a dialog. */
export interface Rewording {
  typed: string
  verdict: GoodPrompt
  /** Whether it is another prompt than the dialog offered. */
  changed: boolean
}

/** Between the prompt and the requester, while a job runs and when it is done. */
export interface KindWords {
  progress: string
  final: string
}

export interface FollowUp {
  kind: JobKind
  finalPrompt: string
  aspect: Aspect
  /** Chosen by the new prompt; null leaves it to the account. */
  mode: Mode | null
  /** Null where the words of the kind's plan stand. */
  words: KindWords | null
}

interface Asked {
  action: JobAction
  parent: Job
  reworded: Rewording | null
  /** Whether V1–V4 vary strongly. */
  strong: boolean
  era: Era
}

/** What a button makes of a finished picture (protocol page §4.2). */
export function followUp({ action, parent, reworded, strong, era }: Asked): FollowUp {
  const kind = kindOf(action, parent)
  // What a zoom says of itself stands in its prompt, so that it is new each time.
  const changed = reworded && (reworded.changed || kind === 'zoom') ? reworded.verdict : null
  const prompt = changed?.prompt ?? parent.truth.finalPrompt
  const mode = changed?.mode ?? null
  const given = changed?.aspect ?? parent.aspect
  if (kind === 'animate' || kind === 'extend') {
    // Motion may be typed as well.
    const motion =
      motionIn(reworded?.typed ?? '') ?? (action.detail || motionIn(parent.truth.finalPrompt) || 'low')
    return {
      kind,
      finalPrompt: videoPrompt(prompt, motion, parent.aspect),
      aspect: parent.aspect,
      mode,
      words: null,
    }
  }
  const aspect = kind === 'pan' ? panned(parent.aspect, action.detail) : isSquare(action) ? square : given
  const finalPrompt = kind === 'pan' || isSquare(action) ? withAspect(prompt, aspect) : prompt
  return { kind, finalPrompt, aspect, mode, words: wordsOf(kind, action, changed !== null, strong, era) }
}

const motionIn = (prompt: string): string | undefined => / --motion (low|high)/.exec(prompt)?.[1]

const square: Aspect = [1, 1]
const isSquare = ({ kind, detail }: JobAction): boolean => kind === 'zoom' && detail === '100'

/** Another take of a video is a video. */
const kindOf = ({ kind }: JobAction, { plan }: Job): JobKind =>
  kind === 'reroll' && plan.picture === 'video-grid' ? 'animate' : kind

/** A pan makes the picture half as long again on its side: 1:1 becomes 3:2 (§4.2). */
function panned([width, height]: Aspect, side: string): Aspect {
  const wide = side === 'left' || side === 'right'
  const [w, h] = wide ? [width * 3, height * 2] : [width * 2, height * 3]
  const common = greatestCommonDivisor(w, h)
  return [w / common, h / common]
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

function withAspect(prompt: string, [width, height]: Aspect): string {
  const aspect = `--ar ${width}:${height}`
  if (/ --ar \d+:\d+/.test(prompt)) return prompt.replace(/--ar \d+:\d+/, aspect)
  const at = prompt.indexOf(' --')
  return at === -1 ? `${prompt} ${aspect}` : `${prompt.slice(0, at)} ${aspect}${prompt.slice(at)}`
}

/** A video's prompt loses the picture's `--ar`, `--v` and `--no` and gets parameters of its own (§4.2). */
function videoPrompt(prompt: string, motion: string, aspect: Aspect): string {
  return filmed(prompt.replace(/ --motion \w+/, ''), ` --motion ${motion}`, aspect)
}

/** The same for a video that was asked for by `--video`; null for a picture. `--loop` becomes `--end loop`. */
export function typedVideo({ prompt, aspect }: GoodPrompt): string | null {
  return / --video(?= |$)/.test(prompt)
    ? filmed(prompt.replace(/ --loop(?= |$)/, ' --end loop'), '', aspect)
    : null
}

function filmed(prompt: string, motion: string, [width, height]: Aspect): string {
  const kept = prompt.replace(/ --(?:ar|aspect|v|niji|no|zoom|video)(?![a-z])(?: (?!--)\S+)*/g, '')
  return `${kept}${motion} --video 1 --aspect ${width}:${height}`
}

function wordsOf(
  kind: JobKind,
  { detail }: JobAction,
  changed: boolean,
  strong: boolean,
  era: Era,
): KindWords | null {
  if (kind === 'pan') return alike(`Pan ${capital(detail)} by `)
  if (kind === 'hd-upscale') return upscaleWords(capital(detail), era)
  // A variation whose prompt a form has changed calls itself a remix.
  const word = changed ? 'Remix' : 'Variations'
  if (kind === 'vary-strong') return alike(`${word} (Strong) by `)
  if (kind === 'vary-subtle') return alike(`${word} (Subtle) by `)
  if (kind !== 'variation') return null
  return alike(era === '2026' ? `${word} (${strong ? 'Strong' : 'Subtle'}) by ` : `${word} by `)
}

const alike = (words: string): KindWords => ({ progress: words, final: words })
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
