/**
 * What ended jobs have in common, as packed-job.ts writes them; what is likeliest stands last, where it costs least to point
 * at. Records are read with the dictionary that they were written with: never change one, add the next.
 */

const uuid = '\u0001'
const end = '\u0000'

const button = (label: string, customId: string) => ({ label, customId })
const solo = (label: string, action: string) => button(label, `MJ::${action}::1::${uuid}::SOLO`)
const json = (value: unknown): string => JSON.stringify(value)

/** Buttons under a single picture and under videos. */
const single = [
  [
    ...[1, 2, 3, 4].map((n) => button(`U${n}`, `MJ::JOB::video_virtual_upscale::${n}::${uuid}`)),
    solo('Extend (High motion)', 'JOB::animate_high_extend'),
    solo('Extend (Low motion)', 'JOB::animate_low_extend'),
    solo('Make Variations', 'JOB::variation'),
    solo('Redo Upscale (Subtle)', 'JOB::upsample_v6_2x_subtle'),
    solo('Redo Upscale (Creative)', 'JOB::upsample_v6_2x_creative'),
    solo('Upscale (2x)', 'JOB::upsample_v5_2x'),
    solo('Upscale (4x)', 'JOB::upsample_v5_4x'),
    solo('Upscale (Subtle)', 'JOB::upsample_v7_2x_subtle'),
    solo('Upscale (Creative)', 'JOB::upsample_v7_2x_creative'),
  ],
  [
    solo('Vary (Subtle)', 'JOB::low_variation'),
    solo('Vary (Strong)', 'JOB::high_variation'),
    solo('Vary (Region)', 'Inpaint'),
  ],
  [
    button('Zoom Out 2x', `MJ::Outpaint::50::1::${uuid}::SOLO`),
    button('Zoom Out 1.5x', `MJ::Outpaint::75::1::${uuid}::SOLO`),
    button('Custom Zoom', `MJ::CustomZoom::${uuid}`),
    button('Make Square', `MJ::Outpaint::100::1::${uuid}::SOLO`),
  ],
  [
    solo('⬅️', 'JOB::pan_left'),
    solo('➡️', 'JOB::pan_right'),
    solo('⬆️', 'JOB::pan_up'),
    solo('⬇️', 'JOB::pan_down'),
  ],
  [
    solo('Animate (High motion)', 'JOB::animate_high'),
    solo('Animate (Low motion)', 'JOB::animate_low'),
    button('❤️', `MJ::BOOKMARK::${uuid}`),
  ],
]

const grid = [
  [
    ...[1, 2, 3, 4].map((n) => button(`U${n}`, `MJ::JOB::upsample::${n}::${uuid}`)),
    button('🔄', `MJ::JOB::reroll::0::${uuid}::SOLO`),
  ],
  [1, 2, 3, 4].map((n) => button(`V${n}`, `MJ::JOB::variation::${n}::${uuid}`)),
]

const rare = [
  json({ code: 'job-timeout', message: 'The caller cancelled the job.' }),
  json({ kind: 'describe', picture: { filename: 'picture.png', contentType: 'image/png' } }),
  json({ kind: 'blend', pictures: [{ filename: 'image.jpeg', contentType: 'image/jpeg' }], shape: 'square' }),
  json([{ id: '', title: 'Action needed to continue', text: '', at: 17, final: true }]),
  json({
    family: 'mj-proxy',
    alias: '17',
    state: '',
    notes: { action: 'IMAGINE', botType: 'MID_JOURNEY', promptEn: '' },
    warnings: [],
  }),
  json({ shape: 'trigger', events: ['job.progress', 'job.done'], only: true }),
  json({ nonces: [], botQueuedAt: 17, stopAskedAt: 17, answered: true, text: '', children: [] }),
  ': slot free, first in line; : ranked behind; : no free slot; : no hours for this mode; : owns the picture',
  ' - Upscaled (Subtle) by <@> - Variations (Strong) by <@> - Image #1 <@> (relaxed) (turbo) Zoom Out by <@> Pan Left by',
  json({ contentType: 'image/webp', upscaled: true, index: 1, mode: 'relax', buttons: single }),
  json({
    kind: 'action',
    parent: '',
    messageId: '1',
    messageFlags: 0,
    customId: `MJ::JOB::upsample::1::${uuid}`,
    prompt: '',
  }),
]

const cdn = 'https://cdn.discordapp.com/attachments/1'
const signed = '?ex=6&is=6&hm='

const usual = [
  ['assignedAt', '17'],
  ['attempts', '1'],
  ['charge', '1'],
  ['finishedAt', '17'],
  ['firstEvent', '17-0'],
  ['ledger', 'settled'],
  [
    'outcome',
    `{"messageId":"1","messageFlags":0,"uuid":"${uuid}","content":"**a photo of, cinematic lighting, highly detailed --ar 16:9 --ar 3:2 --v 7.0 --v 6.1 --style raw --stylize --chaos --niji 6** - <@1> (fast)","prompt":"","url":"${cdn}/_${uuid}.png${signed}&","filename":"_${uuid}.png","width":1024,"height":1024,"size":1,"contentType":"image/png","upscaled":false,"index":null,"mode":"fast","buttons":${json(grid)}}`,
  ],
  ['queuedAt', '17'],
  ['request', '{"kind":"imagine","prompt":"'],
  ['root', ''],
  ['sendingAt', '17'],
  ['startedAt', '17'],
  ['tag', '1'],
  ['token', ''],
  [
    'track',
    `{"nonces":["1"],"sentAfter":"1","interactionId":"1","acknowledged":true,"progressId":"1","uuid":"${uuid}","percent":93,"previewUrl":"${cdn}/${uuid}_grid_0.webp${signed}&"}`,
  ],
  ['why', ': best ranked'],
]

const first = Buffer.from([...rare, ...usual.map((field) => field.join(end))].join(end))

/** By the byte in front of each packed record. */
export const dictionaries: readonly (Buffer | undefined)[] = [undefined, first]
export const newestDictionary = 1
