import type { Direction, Kind, Strength, WaitingPrefix } from './parse/bot-message.ts'
import { firstUuid } from './uuid.ts'

export type Action =
  | 'upscale'
  | 'variation'
  | 'reroll'
  | 'hd-upscale'
  | 'vary'
  | 'region'
  | 'zoom'
  | 'custom-zoom'
  | 'pan'
  | 'animate'
  | 'video-upscale'
  | 'extend'
  | 'cancel'
  | 'bookmark'
  | 'describe-imagine'
  | 'describe-all'
  | 'describe-retry'
  | 'shorten-imagine'
  | 'shorten-details'
  | 'settings'
  | 'unknown'

/** The dialogs that a click can open (protocol page §3.1, type 5). `region` is a window with the editor. */
export type Dialog = 'remix' | 'pan' | 'custom-zoom' | 'describe' | 'imagine' | 'animate' | 'region'

export interface ActionRow {
  pattern: RegExp
  action: Action
  /** The words of the waiting message; null = there is none, or we do not know. */
  waiting: WaitingPrefix | null
  /** What the answer can call itself; empty = no picture comes of it, or (unknown) any. */
  kinds: readonly Kind[]
  opensModal: { modal: Dialog; when: 'always' | 'with-remix' } | null
  /** Pictures, a text of its own, an edit of the clicked or the progress message, or we do not know. */
  answer: 'pictures' | 'text' | 'edit' | 'unknown'
}

export interface DescribedAction extends Omit<ActionRow, 'pattern'> {
  /** Which picture, or which line of a list: 1 to 9. */
  index: number | null
  /** The job that the button belongs to. */
  uuid: string | null
  strength: Strength | null
  direction: Direction | null
  motion: 'high' | 'low' | null
  /** Of a zoom. */
  zoom: '2x' | '1.5x' | 'square' | null
}

const withRemix = (modal: Dialog) => ({ modal, when: 'with-remix' }) as const
const always = (modal: Dialog) => ({ modal, when: 'always' }) as const
const drawn = ['variation', 'remix'] as const

/**
 * The buttons of protocol page §3.1. Never the source of a custom_id, which comes from the message that shows the button:
 * they only tell what to expect. Named groups: `index`, `strength`, `direction`, `motion`, `zoom`.
 */
export const actionRows: readonly ActionRow[] = [
  row(/^MJ::JOB::upsample::(?<index>\d)::/, 'upscale', 'upscaling', ['upscale']),
  row(/^MJ::JOB::variation::(?<index>\d)::/, 'variation', 'variations', drawn, withRemix('remix')),
  row(/^MJ::JOB::reroll::\d::/, 'reroll', 'none', ['imagine', 'video'], withRemix('imagine')),
  row(
    /^MJ::JOB::upsample_(?:v\d\w*?_)?(?:(?<scale>[24]x)_)?(?<strength>subtle|creative|[24]x|max|light|beta)::(?<index>\d)::/,
    'hd-upscale',
    'upscaling',
    ['hd-upscale'],
  ),
  row(
    /^MJ::JOB::(?<strength>low|high)_variation::(?<index>\d)::/,
    'vary',
    'variations',
    drawn,
    withRemix('remix'),
  ),
  row(/^MJ::Inpaint::(?<index>\d)::/, 'region', 'variations', drawn, always('region')),
  row(/^MJ::Outpaint::(?<zoom>50|75|100)::(?<index>\d)::/, 'zoom', 'none', ['zoom']),
  row(/^MJ::CustomZoom::/, 'custom-zoom', 'none', ['zoom'], always('custom-zoom')),
  row(
    /^MJ::JOB::pan_(?<direction>left|right|up|down)::(?<index>\d)::/,
    'pan',
    'none',
    ['pan'],
    withRemix('pan'),
  ),
  row(
    /^MJ::JOB::animate_(?<motion>high|low)::(?<index>\d)::/,
    'animate',
    'video',
    ['video'],
    withRemix('animate'),
  ),
  row(/^MJ::JOB::video::(?:(?<index>\d)::)?.*::manual$/, 'animate', 'video', ['video'], always('animate')),
  // How a single video calls itself is not settled (protocol page §10), so neither is it here.
  row(/^MJ::JOB::video_virtual_upscale::(?<index>\d)::/, 'video-upscale', 'upscaling', [
    'video-upscale',
    'upscale',
    'video',
  ]),
  row(
    /^MJ::JOB::animate_(?<motion>high|low)_extend::(?<index>\d)::/,
    'extend',
    'video',
    ['video', 'video-upscale'],
    withRemix('animate'),
  ),
  row(/^MJ::CancelJob::ByJobid::/, 'cancel', null, [], null, 'edit'),
  row(/^MJ::BOOKMARK::/, 'bookmark', null, [], null, 'text'),
  row(/^MJ::Job::PicReader::(?<index>\d)$/, 'describe-imagine', 'none', ['imagine'], always('describe')),
  row(/^MJ::Job::PicReader::all$/, 'describe-all', 'none', ['imagine']),
  row(/^MJ::Picread::Retry/, 'describe-retry', null, [], null, 'edit'),
  row(/^MJ::Job::PromptAnalyzer::(?<index>\d)$/, 'shorten-imagine', 'none', ['imagine'], always('imagine')),
  row(/^MJ::Job::PromptAnalyzerExtended/, 'shorten-details', null, [], null, 'edit'),
  row(/^MJ::Settings::/, 'settings', null, [], null, 'edit'),
]

const unknown = row(/^/, 'unknown', null, [], null, 'unknown')

const strengths: Record<string, Strength> = { low: 'subtle', high: 'strong' }
const zooms: Record<string, DescribedAction['zoom']> = { '50': '2x', '75': '1.5x', '100': 'square' }

/** What a click on the button brings. A button that we have never seen is `unknown` and passes through by its id. */
export function describeAction(customId: string): DescribedAction {
  const found = actionRows.find(({ pattern }) => pattern.test(customId)) ?? unknown
  const { action, waiting, kinds, opensModal, answer } = found
  const { index, strength, direction, motion, zoom } = found.pattern.exec(customId)?.groups ?? {}
  return {
    action,
    waiting,
    kinds,
    opensModal,
    answer,
    index: index === undefined ? null : Number(index),
    uuid: firstUuid(customId),
    strength: strength === undefined ? null : (strengths[strength] ?? (strength as Strength)),
    direction: (direction as Direction | undefined) ?? null,
    motion: (motion as 'high' | 'low' | undefined) ?? null,
    zoom: zoom === undefined ? null : (zooms[zoom] ?? null),
  }
}

function row(
  pattern: RegExp,
  action: Action,
  waiting: WaitingPrefix | null,
  kinds: readonly Kind[],
  opensModal: ActionRow['opensModal'] = null,
  answer: ActionRow['answer'] = 'pictures',
): ActionRow {
  return { pattern, action, waiting, kinds, opensModal, answer }
}
