import type { JobKind } from '../control.ts'

/** What a button of a finished picture asks for. */
export interface JobAction {
  kind: Exclude<JobKind, 'imagine'>
  jobUuid: string
  /** The picture's place in its grid; null for the whole. */
  index: number | null
  /** Which of several: the side of a pan, the motion of a video, the way of an upscale, the percent of a zoom; else empty. */
  detail: string
}

const uuid = '(?<uuid>[0-9a-f-]{36})'
const job = (pattern: string) => new RegExp(`^MJ::JOB::${pattern}$`)

/** custom_ids that start a job (protocol page §3.1). */
const rules: [pattern: RegExp, kind: JobAction['kind']][] = [
  [job(`upsample::(?<index>\\d)::${uuid}`), 'upscale'],
  [job(`variation::(?<index>\\d)::${uuid}(?:::SOLO)?`), 'variation'],
  [job(`reroll::(?<index>0)::${uuid}::SOLO`), 'reroll'],
  [job(`low_variation::(?<index>1)::${uuid}::SOLO`), 'vary-subtle'],
  [job(`high_variation::(?<index>1)::${uuid}::SOLO`), 'vary-strong'],
  [job(`pan_(?<detail>left|right|up|down)::(?<index>1)::${uuid}::SOLO`), 'pan'],
  [job(`upsample_v[0-9r]+_2x_(?<detail>subtle|creative)::(?<index>1)::${uuid}::SOLO`), 'hd-upscale'],
  [job(`upsample_v5_(?<detail>2x|4x)::(?<index>1)::${uuid}::SOLO`), 'hd-upscale'],
  [job(`upsample_(?<detail>max|light|beta)::(?<index>1)::${uuid}::SOLO`), 'hd-upscale'],
  [job(`animate_(?<detail>low|high)::(?<index>1)::${uuid}::SOLO`), 'animate'],
  [job(`video::(?<index>1)::${uuid}::SOLO::manual`), 'animate'],
  [job(`animate_(?<detail>low|high)_extend::(?<index>\\d)::${uuid}(?:::SOLO)?`), 'extend'],
  [job(`video_virtual_upscale::(?<index>\\d)::${uuid}`), 'video-upscale'],
  [new RegExp(`^MJ::Outpaint::(?<detail>50|75|100)::(?<index>1)::${uuid}::SOLO$`), 'zoom'],
  // A custom zoom names no picture: there is only one.
  [new RegExp(`^MJ::CustomZoom::${uuid}$`), 'zoom'],
  [new RegExp(`^MJ::Inpaint::(?<index>1)::${uuid}::SOLO$`), 'vary-region'],
]

/** Null for buttons that start no job, or none that the simulator knows. */
export function readJobAction(customId: string): JobAction | null {
  for (const [pattern, kind] of rules) {
    const groups = pattern.exec(customId)?.groups
    if (!groups) continue
    const { uuid: jobUuid = '', index = '1', detail = '' } = groups
    return { kind, jobUuid, index: index === '0' ? null : Number(index), detail }
  }
  return null
}

/** The uuid of `MJ::CancelJob::ByJobid::…`. */
export function readCancel(customId: string): string | null {
  return new RegExp(`^MJ::CancelJob::ByJobid::${uuid}$`).exec(customId)?.groups?.['uuid'] ?? null
}

/** The uuid of the ❤️ button. */
export function readBookmark(customId: string): string | null {
  return new RegExp(`^MJ::BOOKMARK::${uuid}$`).exec(customId)?.groups?.['uuid'] ?? null
}
