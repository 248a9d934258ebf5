import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SimulatedJob, type Simulator, startSimulator } from '../../../src/simulator/simulator.ts'
import type { Message } from '../../../src/simulator/world/message.ts'
import { until } from '../../helpers/until.ts'
import { buttonOf, type Dialog, User } from './raw-client.ts'

const options = { speed: 100, pictureSize: 'tiny', loadingFirstRate: 0, progressDeletion: 'before' } as const

let sim: Simulator
let user: User
let grid: Message
let single: Message
beforeAll(async () => {
  sim = await startSimulator({ ...options, accounts: 2 })
  user = await User.join(sim)
  grid = await user.final(await user.imagine('a red fox'))
  single = await user.final(await user.click(grid, buttonOf(grid, 'U1')))
  sim.setAccount(0, { remix: true })
})
afterAll(() => sim.close())

const jobOf = (nonce: string, of = sim): SimulatedJob => {
  const job = of.truth.jobs().find((one) => one.nonce === nonce)
  if (!job) throw new Error(`no job with nonce ${nonce}`)
  return job
}
const uuidOf = (message: Message) => /[0-9a-f-]{36}/.exec(JSON.stringify(message.components))?.[0] ?? ''
const fieldOf = ({ components }: Dialog) => components?.[0]?.components[0]
const from = (where: string) => (where === 'grid' ? grid : single)
const says = (nonce: string, client = user) =>
  client.gateway.dispatched('MESSAGE_CREATE', (message) => message.nonce === nonce)

describe('with remix on', () => {
  test.each([
    [
      'grid',
      'V2',
      'MJ::RemixModal::$::2::1',
      'MJ::RemixModal::new_prompt',
      'variation',
      'Remix (Strong) by ',
    ],
    [
      'single',
      'Vary (Strong)',
      'MJ::RemixModal::$::1::1',
      'MJ::RemixModal::new_prompt',
      'vary-strong',
      'Remix (Strong) by ',
    ],
    [
      'single',
      'Vary (Subtle)',
      'MJ::RemixModal::$::1::0',
      'MJ::RemixModal::new_prompt',
      'vary-subtle',
      'Remix (Subtle) by ',
    ],
    ['single', '⬆️', 'MJ::PanModal::up::$::1', 'MJ::PanModal::prompt', 'pan', 'Pan Up by '],
    ['grid', '🔄', 'MJ::ImagineModal::#', 'MJ::ImagineModal::new_prompt', 'reroll', ''],
    [
      'single',
      'Animate (Low motion)',
      'MJ::AnimateModal::$::1::low::0',
      'MJ::AnimateModal::prompt',
      'animate',
      '',
    ],
  ])(
    '%s %s opens a form, whose new prompt is drawn',
    async (where, label, customId, fieldId, kind, words) => {
      const clicked = from(where)
      const click = await user.click(clicked, buttonOf(clicked, label))
      const dialog = await user.dialog(click)
      expect(dialog).toMatchObject({
        id: expect.stringMatching(/^\d+$/),
        channel_id: user.account.channelId,
        custom_id: customId.replace('$', uuidOf(clicked)).replace('#', clicked.id),
        application: { id: '936929561302675456' },
        title: expect.stringMatching(/./),
      })
      expect(fieldOf(dialog)).toMatchObject({ type: 4, custom_id: fieldId, value: 'a red fox --v 7.0' })
      expect(
        await user.gateway.dispatched('INTERACTION_SUCCESS', ({ nonce }) => nonce === click),
      ).toMatchObject({ id: dialog.id })

      const nonce = await user.fill(dialog, 'a blue hare')
      const final = await user.final(nonce)
      expect(final.content).toContain('**a blue hare')
      expect(final.content).toContain(`** - ${words}<@`)
      expect(final.message_reference?.message_id).toBe(clicked.id)
      expect(jobOf(nonce)).toMatchObject({
        kind,
        prompt: 'a blue hare',
        finalPrompt: expect.stringMatching(/^a blue hare/),
        parentJobUuid: uuidOf(clicked),
        parentMessageId: clicked.id,
      })
      expect(sim.truth.jobs().some((job) => job.nonce === click)).toBe(false)
      expect(sim.truth.interactions().find((one) => one.nonce === nonce)).toMatchObject({
        type: 5,
        name: dialog.custom_id,
        prompt: 'a blue hare',
        triggeredBy: dialog.id,
        jobUuid: jobOf(nonce).jobUuid,
      })
    },
  )

  test('the waiting message names both interactions', async () => {
    const click = await user.click(grid, buttonOf(grid, 'V1'))
    const dialog = await user.dialog(click)
    const nonce = await user.fill(dialog, 'a green hare')
    const waiting = await says(nonce)
    const { id } = await user.gateway.dispatched('INTERACTION_CREATE', (data) => data.nonce === nonce)
    expect(id).not.toBe(dialog.id)
    expect(waiting).toMatchObject({
      content: `Making variations for image #1 with prompt **a green hare --v 7.0** - <@${user.account.userId}> (Waiting to start)`,
      message_reference: { message_id: grid.id },
      interaction_metadata: {
        id,
        type: 5,
        triggering_interaction_metadata: { id: dialog.id, type: 3, interacted_message_id: grid.id },
      },
    })
    expect(waiting.interaction_metadata).not.toHaveProperty('interacted_message_id')
    expect(buttonOf(waiting, 'Cancel Job')).toContain(jobOf(nonce).jobUuid)
  })

  test('the prompt left as it was makes an ordinary variation', async () => {
    const dialog = await user.dialog(await user.click(grid, buttonOf(grid, 'V4')))
    const final = await user.final(await user.fill(dialog, fieldOf(dialog)?.value ?? ''))
    expect(final.content).toContain('**a red fox --v 7.0** - Variations (Strong) by <@')
  })

  test('V buttons are strong or subtle by the setting', async () => {
    const asked = await user.command('settings')
    const { id } = await says(asked)
    const settings = await user.gateway.dispatched('MESSAGE_UPDATE', (message) => message.id === id)
    await user.click(settings, buttonOf(settings, 'Low Variation Mode'))
    await user.gateway.dispatched('MESSAGE_UPDATE', ({ components }) =>
      components?.some((row) =>
        row.components.some((one) => one.type === 2 && one.style === 3 && one.label === 'Low Variation Mode'),
      ),
    )
    const dialog = await user.dialog(await user.click(grid, buttonOf(grid, 'V3')))
    expect(dialog.custom_id).toBe(`MJ::RemixModal::${uuidOf(grid)}::3::0`)
    const final = await user.final(await user.fill(dialog, 'a subtle hare'))
    expect(final.content).toContain('** - Remix (Subtle) by <@')
    await user.click(settings, buttonOf(settings, 'High Variation Mode'))
  })

  test('a bad word in a form is refused', async () => {
    const dialog = await user.dialog(await user.click(grid, buttonOf(grid, 'V1')))
    const nonce = await user.fill(dialog, 'a lot of gore')
    const answer = await says(nonce)
    expect(answer.embeds[0]?.title).toBe('Banned prompt detected')
    expect(answer.message_reference?.message_id).toBe(grid.id)
    expect(sim.truth.interactions().find((one) => one.nonce === nonce)).toMatchObject({
      type: 5,
      outcome: 'banned-prompt-detected',
      jobUuid: null,
    })
  })

  test('the suffix of the account is not added a second time', async () => {
    sim.setAccount(0, { suffix: '--s 750' })
    const own = await user.final(await user.imagine('a suffixed fox'))
    const dialog = await user.dialog(await user.click(own, buttonOf(own, 'V1')))
    expect(fieldOf(dialog)?.value).toBe('a suffixed fox --s 750 --v 7.0')
    const final = await user.final(await user.fill(dialog, 'a suffixed hare --s 750 --v 7.0'))
    expect(final.content).toContain('**a suffixed hare --s 750 --v 7.0**')
    sim.setAccount(0, { suffix: '' })
  })

  test('U and the buttons that have no form act at once', async () => {
    const final = await user.final(await user.click(grid, buttonOf(grid, 'U2')))
    expect(final.content).toContain('Image #2')
    expect((await user.final(await user.click(single, buttonOf(single, 'Zoom Out 1.5x')))).content).toContain(
      'Zoom Out by',
    )
  })
})

describe('custom zoom', () => {
  test.each([true, false])('always opens its form (remix %s)', async (remix) => {
    sim.setAccount(0, { remix })
    const dialog = await user.dialog(await user.click(single, buttonOf(single, 'Custom Zoom')))
    expect(dialog.custom_id).toBe(`MJ::OutpaintCustomZoomModal::${uuidOf(single)}`)
    expect(fieldOf(dialog)).toMatchObject({
      custom_id: 'MJ::OutpaintCustomZoomModal::prompt',
      value: 'a red fox --v 7.0 --zoom 2',
    })
    const nonce = await user.fill(dialog, 'a red fox --v 7.0 --zoom 1.7 --ar 16:9')
    const final = await user.final(nonce)
    expect(final.content).toMatch(/\*\*a red fox .*--zoom 1\.7.*\*\* - Zoom Out by </)
    const { width = 1, height = 1 } = final.attachments[0] ?? {}
    expect(width / height).toBeCloseTo(16 / 9, 0)
    expect(jobOf(nonce)).toMatchObject({ kind: 'zoom', parentJobUuid: uuidOf(single) })
    sim.setAccount(0, { remix: true })
  })
})

describe('a submit that Discord will not have', () => {
  const refused = async (body: object) => {
    const answer = await user.request('POST', '/interactions', body)
    return { status: answer.status, code: ((await answer.json()) as { code: number }).code }
  }

  test.each([
    ['another interaction', { id: '1234567890123456789' }],
    ['another form', { custom_id: 'MJ::RemixModal::00000000-0000-4000-8000-000000000000::1::1' }],
  ])('names %s: 404, 10062', async (_, wrong) => {
    const dialog = await user.dialog(await user.click(grid, buttonOf(grid, 'V1')))
    const body = user.formBody(dialog, 'a hare')
    expect(await refused({ ...body, data: { ...body.data, ...wrong } })).toEqual({
      status: 404,
      code: 10_062,
    })
  })

  test('comes without the field of the form: 400, 50035', async () => {
    const dialog = await user.dialog(await user.click(grid, buttonOf(grid, 'V1')))
    const body = user.formBody(
      { ...dialog, components: [{ type: 1, components: [{ type: 4, custom_id: 'x', value: '' }] }] },
      'a hare',
    )
    expect(await refused(body)).toEqual({ status: 400, code: 50_035 })
  })

  test('comes twice', async () => {
    const dialog = await user.dialog(await user.click(grid, buttonOf(grid, 'V1')))
    await user.final(await user.fill(dialog, 'a hare'))
    expect(await refused(user.formBody(dialog, 'a hare'))).toEqual({ status: 404, code: 10_062 })
  })

  test('comes from another account', async () => {
    const other = await User.join(sim, 1)
    const dialog = await user.dialog(await user.click(grid, buttonOf(grid, 'V1')))
    const answer = await other.request('POST', '/interactions', other.formBody(dialog, 'a hare'))
    expect(answer.status).toBe(404)
    other.leave()
  })

  test('comes after the fifteen minutes that a token lives', async () => {
    const quick = await startSimulator({ ...options, speed: 6_000, accounts: [{ remix: true }] })
    const client = await User.join(quick)
    const own = await client.final(await client.imagine('a quick fox'))
    const dialog = await client.dialog(await client.click(own, buttonOf(own, 'V1')))
    const openedAt = Date.now()
    // Fifteen minutes at this speed.
    await until(() => Date.now() - openedAt > 200)
    const answer = await client.request('POST', '/interactions', client.formBody(dialog, 'a late hare'))
    expect(answer.status).toBe(404)
    await quick.close()
  })
})

describe('who hears of it', () => {
  test('only the session that the click names', async () => {
    const second = await User.join(sim, 0)
    const nonce = await user.click(grid, buttonOf(grid, 'V1'))
    await user.dialog(nonce)
    await second.imagine('a fox to wait for')
    await second.gateway.dispatched('MESSAGE_CREATE', ({ content }) => content.includes('to wait for'))
    expect(second.gateway.received.filter(({ t }) => t === 'INTERACTION_MODAL_CREATE')).toEqual([])
    second.leave()
  })
})

describe('in 2023', () => {
  test('a form changes the prompt of a variation, and no message has metadata', async () => {
    const old = await startSimulator({ ...options, era: '2023', accounts: [{ remix: true }] })
    const client = await User.join(old)
    const first = await client.final(await client.imagine('an old fox'))
    const dialog = await client.dialog(await client.click(first, buttonOf(first, 'V1')))
    expect(fieldOf(dialog)?.value).toBe('an old fox --v 5.2')
    const nonce = await client.fill(dialog, 'an old hare')
    const final = await client.final(nonce)
    expect(final.content).toBe(`**an old hare --v 5.2** - Remix by <@${client.account.userId}> (fast)`)
    const waiting = await client.gateway.dispatched(
      'MESSAGE_CREATE',
      ({ id }) => id === jobOf(nonce, old).progressMessageId,
    )
    expect(waiting.nonce).toBeUndefined()
    expect(waiting.interaction_metadata).toBeUndefined()
    expect(waiting.message_reference?.message_id).toBe(first.id)
    await old.close()
  })
})
