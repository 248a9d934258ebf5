import type { JobKind } from '../control.ts'

/** What a button of a finished picture asks for. */
export interface JobAction {
  kind: Exclude<JobKind, 'imagine'>
  jobUuid: string
  index: number | null
  /** Words of the final text, such as `Pan Left by `; empty where the kind alone says it. */
  detail: string
}

type Rule = [pattern: RegExp, kind: JobAction['kind'], detail?: (match: RegExpExecArray) => string]

const uuid = '([0-9a-f-]{36})'
const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

/** custom_ids that start a job (protocol page §3.1). `(\d)` is the picture's place in its grid. */
const rules: Rule[] = [
  [new RegExp(`^MJ::JOB::upsample::(\\d)::${uuid}$`), 'upscale'],
  [new RegExp(`^MJ::JOB::variation::(\\d)::${uuid}$`), 'variation'],
  [new RegExp(`^MJ::JOB::reroll::(0)::${uuid}::SOLO$`), 'reroll'],
  [new RegExp(`^MJ::JOB::low_variation::(1)::${uuid}::SOLO$`), 'vary-subtle'],
  [new RegExp(`^MJ::JOB::high_variation::(1)::${uuid}::SOLO$`), 'vary-strong'],
  [new RegExp(`^MJ::Outpaint::(?:50|75|100)::(1)::${uuid}::SOLO$`), 'zoom'],
  [
    new RegExp(`^MJ::JOB::pan_(?:left|right|up|down)::(1)::${uuid}::SOLO$`),
    'pan',
    (match) => `Pan ${capital(/pan_(\w+?)::/.exec(match[0])?.[1] ?? '')} by `,
  ],
  [new RegExp(`^MJ::JOB::upsample_v\\w+_2x_(?:subtle|creative)::(1)::${uuid}::SOLO$`), 'hd-upscale'],
]

/** Null for buttons that start no job, or none that the simulator knows yet. */
export function readJobAction(customId: string): JobAction | null {
  for (const [pattern, kind, detail] of rules) {
    const match = pattern.exec(customId)
    if (!match) continue
    const index = Number(match[1])
    return { kind, jobUuid: match[2] ?? '', index: index === 0 ? null : index, detail: detail?.(match) ?? '' }
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
