import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SimulatedJob, type Simulator, startSimulator } from '../../../src/simulator/simulator.ts'
import type { Message } from '../../../src/simulator/world/message.ts'
import { until } from '../../helpers/until.ts'
import { buttonOf, User } from './raw-client.ts'

const options = {
  speed: 100,
  pictureSize: 'tiny',
  loadingFirstRate: 0,
  progressDeletion: 'before',
  manualAnimate: true,
} as const

const labelsOf = ({ components }: Message): string[][] =>
  components.map((row) =>
    row.components.flatMap((one) => (one.type === 2 ? [one.label ?? one.emoji?.name ?? ''] : [])),
  )
const uuidOf = ({ components }: Message) => /[0-9a-f-]{36}/.exec(JSON.stringify(components))?.[0] ?? ''

/** Presses a button and follows its job to the end. */
async function press(sim: Simulator, user: User, clicked: Message, label: string) {
  const customId = buttonOf(clicked, label)
  const nonce = await user.click(clicked, customId)
  const final = await user.final(nonce)
  const job = sim.truth.jobs().find((one) => one.nonce === nonce) as SimulatedJob
  const said = user.gateway.received.filter(
    ({ t, d }) => t?.startsWith('MESSAGE_') && d.id === job.progressMessageId,
  )
  const waiting = said[0]?.d as Message
  const edits = said.filter(({ t }) => t === 'MESSAGE_UPDATE').map(({ d }) => d)
  return { customId, job, waiting, edits, final }
}

const four = ['1', '2', '3', '4']
const pans = ['⬅️', '➡️', '⬆️', '⬇️']
const zooms = ['Zoom Out 2x', 'Zoom Out 1.5x', 'Custom Zoom']
const varies = ['Vary (Subtle)', 'Vary (Strong)']
const animates = ['Animate (High motion)', 'Animate (Low motion)']

interface Case {
  label: string
  kind: string
  waits: string
  runs: string | null
  ends: string
  link?: boolean
  index?: number | null
}

const variations = 'Making variations for image #1 with prompt '
const upscaling = 'Upscaling image #1 with '
const common: Case[] = [
  {
    label: 'Vary (Strong)',
    kind: 'vary-strong',
    waits: variations,
    runs: 'Variations (Strong) by ',
    ends: 'Variations (Strong) by ',
  },
  {
    label: 'Vary (Subtle)',
    kind: 'vary-subtle',
    waits: variations,
    runs: 'Variations (Subtle) by ',
    ends: 'Variations (Subtle) by ',
  },
  { label: 'Zoom Out 2x', kind: 'zoom', waits: '', runs: 'Zoom Out by ', ends: 'Zoom Out by ' },
  { label: 'Zoom Out 1.5x', kind: 'zoom', waits: '', runs: 'Zoom Out by ', ends: 'Zoom Out by ' },
  { label: 'Make Square', kind: 'zoom', waits: '', runs: 'Zoom Out by ', ends: 'Zoom Out by ' },
  { label: '⬅️', kind: 'pan', waits: '', runs: 'Pan Left by ', ends: 'Pan Left by ' },
  { label: '➡️', kind: 'pan', waits: '', runs: 'Pan Right by ', ends: 'Pan Right by ' },
  { label: '⬆️', kind: 'pan', waits: '', runs: 'Pan Up by ', ends: 'Pan Up by ' },
  { label: '⬇️', kind: 'pan', waits: '', runs: 'Pan Down by ', ends: 'Pan Down by ' },
]
const shape: Record<string, string> = { 'Make Square': '1:1', '⬅️': '9:4', '➡️': '9:4', '⬆️': '1:1', '⬇️': '1:1' }

describe.each(['2023', '2026'] as const)('under a single picture of 3:2 in %s', (era) => {
  let sim: Simulator
  let user: User
  let single: Message
  beforeAll(async () => {
    sim = await startSimulator({ ...options, era })
    user = await User.join(sim)
    const grid = await user.final(await user.imagine('a wide fox --ar 3:2'))
    single = await user.final(await user.click(grid, buttonOf(grid, 'U1')))
  })
  afterAll(() => sim.close())

  const model = era === '2026' ? '7.0' : '5.2'
  const upscales: Case[] =
    era === '2026'
      ? ['Upscale (Subtle)', 'Upscale (Creative)'].map((label) => ({
          label,
          kind: 'hd-upscale',
          waits: upscaling,
          runs: 'Upscaling by ',
          ends: 'Upscaled by ',
          link: false,
        }))
      : []

  test('the rows are those of the era', () => {
    const zoom = [...zooms, 'Make Square']
    expect(labelsOf(single)).toEqual(
      era === '2026'
        ? [
            ['Upscale (Subtle)', 'Upscale (Creative)'],
            [...varies, 'Vary (Region)'],
            zoom,
            pans,
            [...animates, 'Animate (Manual)', '❤️', 'Web'],
          ]
        : [[...varies].reverse(), zoom, pans, ['❤️', 'Web']],
    )
  })

  test.each([...upscales, ...common])(
    '$label says what §4.2 says',
    async ({ label, kind, waits, runs, ends, link = true }) => {
      const { customId, job, waiting, edits, final } = await press(sim, user, single, label)
      const mention = `<@${user.account.userId}>`
      const prompt = `**a wide fox --ar ${shape[label] ?? '3:2'} --v ${model}**`
      expect(waiting).toMatchObject({
        content: `${waits}${prompt} - ${mention} (Waiting to start)`,
        flags: 0,
        message_reference: { message_id: single.id },
      })
      expect(buttonOf(waiting, 'Cancel Job')).toBe(`MJ::CancelJob::ByJobid::${job.jobUuid}`)
      expect(edits[0]?.content).toMatch(/ \(\d+%\) \(fast\)$/)
      expect(edits[0]?.content).toContain(`${prompt} - ${runs}${mention} (`)
      expect(edits.every(({ components }) => components.length === 1)).toBe(true)
      const site =
        link && era === '2026'
          ? ` [(Open on website for full quality)](<https://midjourney.com/jobs/${job.jobUuid}>)`
          : ''
      expect(final.content).toBe(`${prompt} - ${ends}${mention}${site} (fast)`)
      expect(final.message_reference?.message_id).toBe(single.id)
      expect(final.attachments[0]?.filename).toMatch(
        `${job.jobUuid}.${era === '2026' && link ? 'webp' : 'png'}`,
      )
      expect(job).toMatchObject({ kind, index: 1, parentMessageId: single.id, parentJobUuid: uuidOf(single) })
      expect(labelsOf(final)[0]?.slice(0, 4)).toEqual(
        kind === 'hd-upscale'
          ? ['Redo Upscale (Subtle)', 'Redo Upscale (Creative)']
          : four.map((n) => `U${n}`),
      )
      const pressed = await until(() =>
        user.gateway
          .dispatches('MESSAGE_UPDATE')
          .findLast(
            ({ id, components }) =>
              id === single.id &&
              components.some((row) =>
                row.components.some((one) => one.type === 2 && one.custom_id === customId && one.style === 1),
              ),
          ),
      )
      expect(pressed.content).toBe(single.content)
    },
  )

  test('❤️ rates and draws nothing', async () => {
    const before = sim.truth.jobs().length
    await user.click(single, buttonOf(single, '❤️'))
    const { guildId, channelId } = user.account
    const answer = await user.gateway.dispatched('MESSAGE_CREATE', ({ content }) =>
      content.startsWith('You have successfully rated'),
    )
    expect(answer.content).toBe(
      `You have successfully rated [this job](https://discord.com/channels/${guildId}/${channelId}/${single.id}) with 😍`,
    )
    expect(answer.message_reference?.message_id).toBe(single.id)
    expect(sim.truth.jobs()).toHaveLength(before)
  })

  test('Cancel Job ends it as (Stopped), without a final', async () => {
    const nonce = await user.click(single, buttonOf(single, 'Vary (Strong)'))
    const job = await until(() =>
      sim.truth.jobs().find((one) => one.nonce === nonce && one.progressMessageId !== null),
    )
    const waiting = await user.gateway.dispatched('MESSAGE_CREATE', ({ id }) => id === job.progressMessageId)
    await user.click(waiting, buttonOf(waiting, 'Cancel Job'))
    const stopped = await user.gateway.dispatched(
      'MESSAGE_UPDATE',
      ({ id, content }) => id === waiting.id && content.endsWith('(Stopped)'),
    )
    expect(stopped).toMatchObject({
      content: `**a wide fox --ar 3:2 --v ${model}** - <@${user.account.userId}> (Stopped)`,
      components: [],
    })
    expect(sim.truth.job(job.jobUuid)).toMatchObject({ state: 'stopped', finalMessageId: null })
  })
})

describe.each(['2023', '2026'] as const)('under a grid in %s', (era) => {
  test('every button of it', async () => {
    const sim = await startSimulator({ ...options, era })
    const user = await User.join(sim)
    const grid = await user.final(await user.imagine('a plain fox'))
    expect(labelsOf(grid)).toEqual([
      [...four.map((n) => `U${n}`), '🔄'],
      [...four.map((n) => `V${n}`), ...(era === '2026' ? ['\u200b'] : [])],
    ])
    for (const n of four) {
      const { job, waiting, final } = await press(sim, user, grid, `U${n}`)
      expect(job).toMatchObject({ kind: 'upscale', index: Number(n), parentJobUuid: uuidOf(grid) })
      expect(waiting.flags).toBe(era === '2023' ? 64 : 0)
      expect(final.content).toBe(`${grid.content.split(' - ')[0]} - Image #${n} <@${user.account.userId}>`)
    }
    for (const n of four) {
      const { job, waiting, final } = await press(sim, user, grid, `V${n}`)
      expect(job).toMatchObject({ kind: 'variation', index: Number(n), parentJobUuid: uuidOf(grid) })
      expect(waiting.content).toMatch(`Making variations for image #${n} with prompt **a plain fox`)
      expect(final.content).toContain(
        era === '2026' ? '** - Variations (Strong) by <' : '** - Variations by <',
      )
    }
    const again = await press(sim, user, grid, '🔄')
    expect(again.job).toMatchObject({ kind: 'reroll', index: null, parentJobUuid: uuidOf(grid) })
    expect(again.waiting.content).toMatch(/^\*\*a plain fox .* \(Waiting to start\)$/)
    expect(again.final.message_reference?.message_id).toBe(grid.id)
    await sim.close()
  })
})

describe('upscales of other models', () => {
  const ways: [era: '2023' | '2026', version: string, label: string, customId: string, way: string][] = [
    ['2026', '--v 6.1', 'Upscale (Creative)', 'MJ::JOB::upsample_v6r1_2x_creative::1::$::SOLO', ''],
    ['2026', '--v 6', 'Upscale (Subtle)', 'MJ::JOB::upsample_v6_2x_subtle::1::$::SOLO', ''],
    ['2026', '--v 5.2', 'Upscale (2x)', 'MJ::JOB::upsample_v5_2x::1::$::SOLO', '(2x) '],
    ['2026', '--v 5', 'Upscale (4x)', 'MJ::JOB::upsample_v5_4x::1::$::SOLO', '(4x) '],
    ['2026', '--v 4', 'Upscale to Max', 'MJ::JOB::upsample_max::1::$::SOLO', '(Max) '],
    ['2023', '--v 4', 'Light Upscale Redo', 'MJ::JOB::upsample_light::1::$::SOLO', '(Light) '],
    ['2023', '--v 3', 'Beta Upscale Redo', 'MJ::JOB::upsample_beta::1::$::SOLO', '(Beta) '],
    ['2023', '--v 6', 'Upscale (Creative)', 'MJ::JOB::upsample_v6_2x_creative::1::$::SOLO', '(Creative) '],
  ]
  test.each(ways)('in %s, %s: %s', async (era, version, label, customId, way) => {
    const sim = await startSimulator({ ...options, era })
    const user = await User.join(sim)
    const grid = await user.final(await user.imagine(`a fox ${version}`))
    const single = await user.final(await user.click(grid, buttonOf(grid, 'U3')))
    expect(buttonOf(single, label)).toBe(customId.replace('$', uuidOf(single)))
    const { edits, final, job } = await press(sim, user, single, label)
    expect(edits[0]?.content).toContain(`** - Upscaling ${way}by <@`)
    expect(final.content).toContain(`** - Upscaled ${way}by <@`)
    expect(final.content).not.toContain('Open on website')
    expect(job).toMatchObject({ kind: 'hd-upscale', parentJobUuid: uuidOf(single) })
    const again = await press(sim, user, final, `Redo ${label}`)
    expect(again.job).toMatchObject({ kind: 'hd-upscale', parentJobUuid: job.jobUuid })
    await sim.close()
  })

  test('version 8 has none, version 4 makes variations', async () => {
    const sim = await startSimulator(options)
    const user = await User.join(sim)
    const singleWith = async (prompt: string) => {
      const grid = await user.final(await user.imagine(prompt))
      return user.final(await user.click(grid, buttonOf(grid, 'U1')))
    }
    expect(
      labelsOf(await singleWith('a fox --v 8.1'))
        .flat()
        .filter((label) => label.startsWith('Upscale')),
    ).toEqual([])
    const old = await singleWith('a fox --v 4')
    const { final, job } = await press(sim, user, old, 'Make Variations')
    expect(job).toMatchObject({ kind: 'variation', index: 1 })
    expect(final.content).toContain('Variations (Strong) by')
    await sim.close()
  })
})

describe('videos', () => {
  let sim: Simulator
  let user: User
  let single: Message
  beforeAll(async () => {
    sim = await startSimulator({ ...options, speed: 50, pictureSize: 'small' })
    user = await User.join(sim)
    const grid = await user.final(await user.imagine('a moving fox --no hats --s 50'))
    single = await user.final(await user.click(grid, buttonOf(grid, 'U4')))
  })
  afterAll(() => sim.close())

  const download = async ({ attachments }: Message) =>
    Buffer.from(await (await fetch(attachments[0]?.url ?? '')).arrayBuffer())
  const prompt = (motion: string) => `**a moving fox --s 50 --motion ${motion} --video 1 --aspect 1:1**`

  test.each(['high', 'low'])('Animate (%s): opening, waiting text, steps, one animation', async (motion) => {
    const label = motion === 'high' ? 'Animate (High motion)' : 'Animate (Low motion)'
    const { job, waiting, edits, final } = await press(sim, user, single, label)
    const mention = `<@${user.account.userId}>`
    expect(waiting).toMatchObject({
      content: 'Animating...',
      components: [],
      message_reference: { message_id: single.id },
    })
    expect(edits[0]?.content).toBe(
      `Creating video with prompt ${prompt(motion)} - ${mention} (Waiting to start)`,
    )
    expect(edits[1]?.content).toBe(`${prompt(motion)} - ${mention} (12%) (fast)`)
    expect(edits.every(({ components }) => components.length === 0)).toBe(true)
    const shown = edits.filter(({ attachments }) => attachments.length > 0)
    expect(shown[0]?.attachments.map(({ filename }) => filename)).toEqual(
      [0, 1, 2, 3].map((n) => `${job.jobUuid}_${n}_step_0.jpeg`),
    )
    expect(shown[0]?.attachments[0]).toMatchObject({ content_type: 'image/jpeg', width: 64, height: 64 })
    expect(final.content).toContain(`${prompt(motion)} - ${mention} [(Open`)
    expect(final.message_reference?.message_id).toBe(single.id)
    expect(labelsOf(final)).toEqual([[...four.map((n) => `U${n}`), '🔄'], ['\u200b']])
    const bytes = await download(final)
    const { format, pages, width } = await sharp(bytes).metadata()
    expect({ format, pages, width }).toEqual({ format: 'webp', pages: 2, width: 156 })
    expect(await sim.pictures.identify(bytes)).toMatchObject({ jobUuid: job.jobUuid })
    expect(job).toMatchObject({ kind: 'animate', index: 1, parentJobUuid: uuidOf(single) })
  })

  test('U gives one video, which goes on; 🔄 animates again', async () => {
    const { final: video } = await press(sim, user, single, 'Animate (High motion)')
    const upscaled = await press(sim, user, video, 'U3')
    expect(upscaled.customId).toBe(`MJ::JOB::video_virtual_upscale::3::${uuidOf(video)}`)
    expect(upscaled.job).toMatchObject({ kind: 'video-upscale', index: 3, parentJobUuid: uuidOf(video) })
    expect(upscaled.final.attachments[0]).toMatchObject({ content_type: 'video/mp4', width: 156 })
    expect(upscaled.final.attachments[0]?.filename).toMatch(/\.mp4$/)
    expect(await sim.pictures.identify(await download(upscaled.final))).toEqual({
      jobUuid: upscaled.job.jobUuid,
      index: 3,
    })
    for (const motion of ['High', 'Low']) {
      const extended = await press(sim, user, upscaled.final, `Extend (${motion} motion)`)
      expect(extended.waiting.content).toBe('Animating...')
      expect(extended.job).toMatchObject({ kind: 'extend', parentJobUuid: upscaled.job.jobUuid })
      expect(extended.final.content).toContain(prompt(motion.toLowerCase()))
      expect(labelsOf(extended.final)[0]).toContain('U1')
    }
    const again = await press(sim, user, video, '🔄')
    expect(again.job).toMatchObject({ kind: 'animate', index: null, parentJobUuid: uuidOf(video) })
    expect(again.final.content).toContain(prompt('high'))
  })

  test('--video makes one from a picture’s address', async () => {
    const nonce = await user.imagine('https://example.com/a.png runs --loop --video --ar 3:2')
    const final = await user.final(nonce)
    const job = sim.truth.jobs().find((one) => one.nonce === nonce) as SimulatedJob
    expect(job).toMatchObject({ kind: 'animate', parentJobUuid: null })
    expect(job.finalPrompt).toMatch(/^<https:\/\/s\.mj\.run\/\w+> runs --end loop --video 1 --aspect 3:2$/)
    const waits = await user.gateway.dispatched('MESSAGE_UPDATE', ({ id }) => id === job.progressMessageId)
    expect(waits.content).toContain(`Creating video with prompt **${job.finalPrompt}** - <@`)
    expect(final.message_reference?.message_id).toBe(job.progressMessageId)
    expect(labelsOf(final)[0]).toContain('U1')
  })

  test('a manual one always asks for its prompt, in which motion may be named', async () => {
    const dialog = await user.dialog(await user.click(single, buttonOf(single, 'Animate (Manual)')))
    expect(dialog.custom_id).toBe(`MJ::AnimateModal::${uuidOf(single)}::1::low::0`)
    const final = await user.final(await user.fill(dialog, 'the fox runs away --motion high'))
    expect(final.content).toContain('**the fox runs away --motion high --video 1 --aspect 1:1**')
  })

  test('remix asks for a prompt before it extends', async () => {
    const { final: video } = await press(sim, user, single, 'Animate (Low motion)')
    const { final: one } = await press(sim, user, video, 'U1')
    sim.setAccount(0, { remix: true })
    const dialog = await user.dialog(await user.click(one, buttonOf(one, 'Extend (High motion)')))
    expect(dialog.custom_id).toBe(`MJ::AnimateModal::${uuidOf(one)}::1::high::1`)
    const final = await user.final(await user.fill(dialog, 'the fox sits down'))
    expect(final.content).toContain('**the fox sits down --motion high --video 1 --aspect 1:1**')
    sim.setAccount(0, { remix: false })
  })
})

test('a button of a job that the bot has forgotten fails as if it had not answered', async () => {
  const sim = await startSimulator({ ...options, memory: 2, previews: false })
  const user = await User.join(sim)
  const grid = await user.final(await user.imagine('a fox of long ago'))
  sim.faults.once({ kind: 'job', does: 'vanish', times: 2 })
  for (const n of [1, 2]) {
    const nonce = await user.imagine(`newer fox ${n}`)
    await until(() => sim.truth.jobs().some((job) => job.nonce === nonce && job.state === 'failed'))
  }
  const click = await user.click(grid, buttonOf(grid, 'U1'))
  expect(await user.gateway.dispatched('INTERACTION_FAILURE', (d) => d.nonce === click)).toMatchObject({
    reason_code: 2,
  })
  expect(sim.truth.interactions().at(-1)).toMatchObject({ outcome: 'unsupported', jobUuid: null })
  await sim.close()
})
