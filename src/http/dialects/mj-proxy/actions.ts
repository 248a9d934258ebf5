import type { Job, Question } from '../../../jobs/job.ts'

export type Action =
  | 'IMAGINE'
  | 'UPSCALE'
  | 'VARIATION'
  | 'REROLL'
  | 'DESCRIBE'
  | 'BLEND'
  | 'ACTION'
  | 'PAN'
  | 'ZOOM'
  | 'SHOW'
  | 'SHORTEN'
  | 'VIDEO'
  | 'VIDEO_EXTEND'
  | 'UPSCALE_HD'

interface ActionRow {
  pattern: RegExp
  action: Action
  /** What the button surely asks first, so that its task waits for the modal from the start. */
  asks?: Question['dialog']
}

/** Buttons by what clients of this family call what they make. */
const rows: readonly ActionRow[] = [
  { pattern: /^MJ::JOB::upsample::/, action: 'UPSCALE' },
  { pattern: /^MJ::JOB::video_virtual_upscale::/, action: 'UPSCALE' },
  { pattern: /^MJ::JOB::upsample_/, action: 'UPSCALE_HD' },
  { pattern: /^MJ::JOB::(variation|high_variation|low_variation)::/, action: 'VARIATION' },
  { pattern: /^MJ::JOB::reroll::/, action: 'REROLL' },
  { pattern: /^MJ::Outpaint::/, action: 'ZOOM' },
  { pattern: /^MJ::CustomZoom::/, action: 'ZOOM', asks: 'custom-zoom' },
  { pattern: /^MJ::Inpaint::/, action: 'VARIATION', asks: 'region' },
  { pattern: /^MJ::JOB::pan_/, action: 'PAN' },
  { pattern: /^MJ::JOB::animate_(high|low)_extend/, action: 'VIDEO_EXTEND' },
  { pattern: /^MJ::JOB::(animate_|video)/, action: 'VIDEO' },
  { pattern: /^MJ::Job::PicReader::\d/, action: 'IMAGINE', asks: 'describe' },
  { pattern: /Picread::Retry/, action: 'DESCRIBE' },
  { pattern: /^MJ::Job::PromptAnalyzer::\d/, action: 'IMAGINE', asks: 'imagine' },
]

const kinds = {
  imagine: 'IMAGINE',
  batch: 'IMAGINE',
  blend: 'BLEND',
  describe: 'DESCRIBE',
  shorten: 'SHORTEN',
  show: 'SHOW',
} as const

export function actionOf({ request }: Job): Action {
  return request.kind === 'action' ? rowOf(request.customId).action : kinds[request.kind]
}

/** What the button asks before it does anything; undefined when it need not. */
export const asksFirst = (customId: string): Question['dialog'] | undefined => rowOf(customId).asks

function rowOf(customId: string): ActionRow {
  return rows.find(({ pattern }) => pattern.test(customId)) ?? { pattern: /^/, action: 'ACTION' }
}
