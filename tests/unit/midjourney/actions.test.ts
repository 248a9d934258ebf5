import { describe, expect, test } from 'vitest'
import { actionRows, describeAction } from '../../../src/midjourney/actions.ts'
import { dialogs, parseDialog } from '../../../src/midjourney/parse/dialog.ts'
import { jobUuid, nonce } from '../../fixtures/messages/write.ts'

/** Protocol page §3.1, type 3. */
const buttons: [customId: string, expected: Partial<ReturnType<typeof describeAction>>][] = [
  [
    'MJ::JOB::upsample::3::U',
    { action: 'upscale', index: 3, waiting: 'upscaling', kinds: ['upscale'], opensModal: null },
  ],
  [
    'MJ::JOB::variation::2::U',
    {
      action: 'variation',
      index: 2,
      waiting: 'variations',
      kinds: ['variation', 'remix'],
      opensModal: { modal: 'remix', when: 'with-remix' },
    },
  ],
  ['MJ::JOB::variation::1::U::SOLO', { action: 'variation', index: 1 }],
  [
    'MJ::JOB::reroll::0::U::SOLO',
    { action: 'reroll', index: null, waiting: 'none', kinds: ['imagine', 'video'] },
  ],
  [
    'MJ::JOB::upsample_v7_2x_subtle::1::U::SOLO',
    { action: 'hd-upscale', strength: 'subtle', waiting: 'upscaling' },
  ],
  ['MJ::JOB::upsample_v7_2x_creative::1::U::SOLO', { action: 'hd-upscale', strength: 'creative' }],
  ['MJ::JOB::upsample_v6r1_2x_subtle::1::U::SOLO', { action: 'hd-upscale', strength: 'subtle' }],
  ['MJ::JOB::upsample_v6_2x_creative::1::U::SOLO', { action: 'hd-upscale', strength: 'creative' }],
  ['MJ::JOB::upsample_v5_2x::1::U::SOLO', { action: 'hd-upscale', strength: '2x' }],
  ['MJ::JOB::upsample_v5_4x::1::U::SOLO', { action: 'hd-upscale', strength: '4x' }],
  ['MJ::JOB::upsample_max::1::U::SOLO', { action: 'hd-upscale', strength: 'max' }],
  ['MJ::JOB::upsample_light::1::U', { action: 'hd-upscale', strength: 'light' }],
  ['MJ::JOB::upsample_beta::1::U', { action: 'hd-upscale', strength: 'beta', kinds: ['hd-upscale'] }],
  ['MJ::JOB::low_variation::1::U::SOLO', { action: 'vary', strength: 'subtle', index: 1 }],
  ['MJ::JOB::high_variation::1::U::SOLO', { action: 'vary', strength: 'strong', waiting: 'variations' }],
  ['MJ::Inpaint::1::U::SOLO', { action: 'region', opensModal: { modal: 'region', when: 'always' } }],
  [
    'MJ::Outpaint::50::1::U::SOLO',
    { action: 'zoom', zoom: '2x', index: 1, waiting: 'none', kinds: ['zoom'] },
  ],
  ['MJ::Outpaint::75::1::U::SOLO', { action: 'zoom', zoom: '1.5x' }],
  ['MJ::Outpaint::100::1::U::SOLO', { action: 'zoom', zoom: 'square' }],
  ['MJ::CustomZoom::U', { action: 'custom-zoom', opensModal: { modal: 'custom-zoom', when: 'always' } }],
  ['MJ::JOB::pan_left::1::U::SOLO', { action: 'pan', direction: 'left', kinds: ['pan'], waiting: 'none' }],
  ['MJ::JOB::pan_up::1::U::SOLO', { action: 'pan', direction: 'up' }],
  [
    'MJ::JOB::animate_high::1::U::SOLO',
    { action: 'animate', motion: 'high', waiting: 'video', kinds: ['video'] },
  ],
  ['MJ::JOB::animate_low::1::U::SOLO', { action: 'animate', motion: 'low' }],
  ['MJ::JOB::video::1::U::manual', { action: 'animate', opensModal: { modal: 'animate', when: 'always' } }],
  ['MJ::JOB::video_virtual_upscale::4::U', { action: 'video-upscale', index: 4 }],
  ['MJ::JOB::animate_high_extend::2::U', { action: 'extend', motion: 'high', index: 2 }],
  ['MJ::JOB::animate_low_extend::1::U::SOLO', { action: 'extend', motion: 'low' }],
  ['MJ::CancelJob::ByJobid::U', { action: 'cancel', kinds: [], waiting: null, answer: 'edit' }],
  ['MJ::BOOKMARK::U', { action: 'bookmark', kinds: [], answer: 'text' }],
  ['MJ::Settings::RemixMode', { action: 'settings', uuid: null }],
  ['MJ::JOB::upsample_v9_8x_dreamy::1::U::SOLO', { action: 'unknown', kinds: [], answer: 'unknown' }],
  ['MJ::Retexture::1::U', { action: 'unknown' }],
]

const lists: typeof buttons = [
  ['MJ::Job::PicReader::2', { action: 'describe-imagine', index: 2, uuid: null, kinds: ['imagine'] }],
  ['MJ::Job::PicReader::all', { action: 'describe-all', index: null, kinds: ['imagine'] }],
  ['MJ::Picread::Retry', { action: 'describe-retry', kinds: [] }],
  ['MJ::Job::PromptAnalyzer::5', { action: 'shorten-imagine', index: 5 }],
  ['MJ::Job::PromptAnalyzerExtended', { action: 'shorten-details', kinds: [] }],
  ['MJ::Settings::Style::raw', { action: 'settings' }],
  ['', { action: 'unknown' }],
]

const withUuid = (customId: string) => customId.replace('::U', `::${jobUuid}`)

describe('describeAction', () => {
  test.each([...buttons, ...lists])('%s', (customId, expected) => {
    expect(describeAction(withUuid(customId))).toMatchObject(expected)
  })

  test.each(buttons.filter(([customId]) => customId.includes('::U')))('finds the job of %s', (customId) => {
    expect(describeAction(withUuid(customId)).uuid).toBe(jobUuid)
  })

  test('knows every row by a button', () => {
    const ids = [...buttons, ...lists].map(([customId]) => withUuid(customId))
    expect(actionRows.filter(({ pattern }) => !ids.some((id) => pattern.test(id)))).toEqual([])
  })
})

describe('parseDialog', () => {
  const field = { type: 4, custom_id: 'MJ::RemixModal::new_prompt', label: 'Prompt', value: 'a fox' }
  const opened = (custom_id: string) => ({
    id: '1247000000000000098',
    nonce,
    channel_id: '1',
    custom_id,
    title: 'Remix Prompt',
    components: [{ type: 1, components: [field] }],
  })

  test('reads what a submit needs', () => {
    expect(parseDialog(opened(`MJ::RemixModal::${jobUuid}::1::1`))).toEqual({
      id: '1247000000000000098',
      nonce,
      channelId: '1',
      dialog: 'remix',
      customId: `MJ::RemixModal::${jobUuid}::1::1`,
      title: 'Remix Prompt',
      uuid: jobUuid,
      fields: [{ customId: 'MJ::RemixModal::new_prompt', label: 'Prompt', value: 'a fox' }],
      iframePath: null,
      token: null,
    })
  })

  test.each([
    ['MJ::RemixModal::U::1::0', 'remix'],
    ['MJ::PanModal::left::U::1', 'pan'],
    ['MJ::OutpaintCustomZoomModal::U', 'custom-zoom'],
    ['MJ::Picreader::Modal::1', 'describe'],
    ['MJ::ImagineModal::1247000000000000001', 'imagine'],
    ['MJ::AnimateModal::U::1::low::0', 'animate'],
    ['MJ::iframe::abc', 'region'],
    ['MJ::SomethingNew::U', null],
  ])('%s is %s', (customId, dialog) => {
    expect(parseDialog(opened(withUuid(customId)))?.dialog).toBe(dialog)
  })

  test('has every row of its table above', () => {
    expect(dialogs).toHaveLength(7)
  })

  test('keeps the token of the region editor', () => {
    const event = { id: '1', custom_id: 'MJ::iframe::a::b', iframe_path: '/inpaint' }
    expect(parseDialog(event)).toMatchObject({ token: 'a::b', iframePath: '/inpaint', fields: [] })
  })

  test.each([null, {}, { id: '1' }, { id: 'x', custom_id: 'y' }])('%j is none', (raw) => {
    expect(parseDialog(raw)).toBeNull()
  })
})
