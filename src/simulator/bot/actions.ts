import type { JobKind } from '../control.ts'

/** What a button of a finished picture asks for. */
export interface JobAction {
  kind: Exclude<JobKind, 'imagine'>
  jobUuid: string
  index: number | null
  /** Words of the final text, such as `Pan Left by `, or the motion of a video; empty where the kind alone says it. */
  detail: string
}

type Rule = [pattern: RegExp, kind: JobAction['kind'], detail?: (match: RegExpExecArray) => string]

const uuid = '([0-9a-f-]{36})'
const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

const motionOf = (match: RegExpExecArray) => (match[0].includes('animate_high') ? 'high' : 'low')

/** custom_ids that start a job (protocol page §3.1). `(\d)` is the picture's place in its grid. */
const rules: Rule[] = [
  [new RegExp(`^MJ::JOB::upsample::(\\d)::${uuid}$`), 'upscale'],
  [new RegExp(`^MJ::JOB::variation::(\\d)::${uuid}$`), 'variation'],
  [new RegExp(`^MJ::JOB::reroll::(0)::${uuid}::SOLO$`), 'reroll'],
  [new RegExp(`^MJ::JOB::low_variation::(1)::${uuid}::SOLO$`), 'vary-subtle'],
  [new RegExp(`^MJ::JOB::high_variation::(1)::${uuid}::SOLO$`), 'vary-strong'],
  [new RegExp(`^MJ::CustomZoom::${uuid}$`), 'zoom'],
  [new RegExp(`^MJ::Inpaint::(1)::${uuid}::SOLO$`), 'vary-region'],
  [new RegExp(`^MJ::JOB::animate_(?:low|high)::(1)::${uuid}::SOLO$`), 'animate', motionOf],
  [new RegExp(`^MJ::JOB::animate_(?:low|high)_extend::(\\d)::${uuid}(?:::SOLO)?$`), 'extend', motionOf],
  [new RegExp(`^MJ::JOB::video_virtual_upscale::(\\d)::${uuid}$`), 'video-upscale'],
  [new RegExp(`^MJ::Outpaint::(?:50|75|100)::(1)::${uuid}::SOLO$`), 'zoom'],
  [
    new RegExp(`^MJ::JOB::pan_(?:left|right|up|down)::(1)::${uuid}::SOLO$`),
    'pan',
    (match) => `Pan ${capital(/pan_(\w+?)::/.exec(match[0])?.[1] ?? '')} by `,
  ],
  [
    new RegExp(
      `^MJ::JOB::upsample_(?:v\\w+_[24]x(?:_subtle|_creative)?|max|light|beta)::(1)::${uuid}::SOLO$`,
    ),
    'hd-upscale',
  ],
]

/** Null for buttons that start no job, or none that the simulator knows yet. */
export function readJobAction(customId: string): JobAction | null {
  for (const [pattern, kind, detail] of rules) {
    const match = pattern.exec(customId)
    if (!match) continue
    const [first = '', second] = match.slice(1)
    // A custom zoom names no picture: there is only one.
    const index = second === undefined ? 1 : Number(first)
    return {
      kind,
      jobUuid: second ?? first,
      index: index === 0 ? null : index,
      detail: detail?.(match) ?? '',
    }
  }
  return null
}

/** The uuid of `MJ::CancelJob::ByJobid::…`. */
export function readCancel(customId: string): string | null {
  return new RegExp(`^MJ::CancelJob::ByJobid::${uuid}$`).exec(customId)?.[1] ?? null
}

/** The uuid of the ❤️ button. */
export function readBookmark(customId: string): string | null {
  return new RegExp(`^MJ::BOOKMARK::${uuid}$`).exec(customId)?.[1] ?? null
}
