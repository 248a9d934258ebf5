import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JobView } from '../../../src/http/dialects/native/schema.ts'
import { type Simulator, type SimulatorOptions, startSimulator } from '../../../src/simulator/simulator.ts'
import { startGateway } from '../../helpers/gateway.ts'
import { type NativeClient, nativeClient } from '../../helpers/native-client.ts'

/** Everything that a picture's buttons make, with what the result must be. */
interface Row {
  from: 'grid' | 'single' | 'upscaled' | 'video'
  button: string
  kind: string
  index?: number | null
  /** Words of the final. */
  says?: string | RegExp
  eras?: readonly string[]
  /** What is said to a dialog. */
  answer?: object
}

const both = ['2023', '2026'] as const
const rows: Row[] = [
  ...[1, 2, 3, 4].map(
    (n) => ({ from: 'grid', button: `U${n}`, kind: 'upscale', index: n, says: `Image #${n} ` }) as const,
  ),
  ...[1, 4].map(
    (n) =>
      ({
        from: 'grid',
        button: `V${n}`,
        kind: 'variation',
        index: n,
        says: /Variations (\(Strong\) )?by/,
      }) as const,
  ),
  { from: 'grid', button: '🔄', kind: 'reroll', index: null },
  { from: 'single', button: 'Upscale (Subtle)', kind: 'hd-upscale', says: 'Upscaled', eras: ['2026'] },
  { from: 'single', button: 'Upscale (Creative)', kind: 'hd-upscale', says: 'Upscaled', eras: ['2026'] },
  { from: 'single', button: 'Vary (Subtle)', kind: 'vary-subtle', says: 'Variations (Subtle) by' },
  { from: 'single', button: 'Vary (Strong)', kind: 'vary-strong', says: 'Variations (Strong) by' },
  {
    from: 'single',
    button: 'Vary (Region)',
    kind: 'vary-region',
    says: 'Variations (Region) by',
    eras: ['2026'],
    answer: { prompt: 'a hat', mask: 'mask' },
  },
  { from: 'single', button: 'Zoom Out 2x', kind: 'zoom', says: 'Zoom Out by' },
  { from: 'single', button: 'Zoom Out 1.5x', kind: 'zoom', says: 'Zoom Out by' },
  { from: 'single', button: 'Custom Zoom', kind: 'zoom', says: '--zoom 1.4', answer: { zoom: 1.4 } },
  { from: 'single', button: '⬅️', kind: 'pan', says: 'Pan Left by' },
  { from: 'single', button: '⬇️', kind: 'pan', says: 'Pan Down by' },
  { from: 'single', button: 'Animate (High motion)', kind: 'animate', says: '--motion high', eras: ['2026'] },
  { from: 'single', button: 'Animate (Low motion)', kind: 'animate', says: '--motion low', eras: ['2026'] },
  {
    from: 'upscaled',
    button: 'Redo Upscale (Creative)',
    kind: 'hd-upscale',
    says: 'Upscaled',
    eras: ['2026'],
  },
  { from: 'upscaled', button: 'Vary (Strong)', kind: 'vary-strong', eras: ['2026'] },
  { from: 'video', button: 'U3', kind: 'video-upscale', index: 3, eras: ['2026'] },
  { from: 'video', button: '🔄', kind: 'animate', index: null, eras: ['2026'] },
]

const account = { channelId: '112000000000000001' }

describe.each(both)('every button in the messages of %s', (era) => {
  let sim: Simulator
  let caller: NativeClient
  const made: Record<string, string> = {}
  const finishing: (() => unknown)[] = []
  let mask: string

  beforeAll(async () => {
    const setUp = { onTestFinished: (end: () => unknown) => void finishing.push(end) } as never
    const started = await startPool(setUp, { era, seed: 7 })
    sim = started.sim
    caller = started.caller
    mask = await picture(64)
    const grid = await caller.submit({ kind: 'imagine', prompt: 'a red fox --ar 3:2' })
    made.grid = (await caller.done(grid.id)).id
    made.single = (await caller.done((await caller.press(made.grid, { button: 'U2' })).id)).id
    if (era === '2026') {
      made.upscaled = (
        await caller.done((await caller.press(made.single, { button: 'Upscale (Subtle)' })).id)
      ).id
      made.video = (
        await caller.done((await caller.press(made.single, { button: 'Animate (High motion)' })).id)
      ).id
    }
  })
  afterAll(async () => {
    for (const end of finishing.reverse()) await end()
  })

  test.each(rows.filter(({ eras = both }) => eras.includes(era)))(
    '$from: $button makes a $kind',
    async (row) => {
      const parent = made[row.from] ?? ''
      const before = await caller.ledger()
      const { mask: wantsMask, ...answer } = (row.answer ?? {}) as { mask?: string }
      const pressed = await caller.press(parent, {
        button: row.button,
        ...answer,
        ...(wantsMask ? { mask } : {}),
      })
      const job = await caller.done(pressed.id)
      expect(job).toMatchObject({ parent, root: made.grid, kind: 'action', state: 'done', charge: 1 })
      const truth = sim.truth.job(job.result.uuid ?? '')
      expect(truth).toMatchObject({ kind: row.kind, state: 'done', finalMessageId: job.result.messageId })
      expect(truth?.parentJobUuid).toBe((await caller.job(parent)).result?.uuid)
      if (row.index !== undefined) expect(truth?.index).toBe(row.index)
      if (row.says) {
        const shown = `${job.result.prompt} ${job.result.content}`
        if (typeof row.says === 'string') expect(shown).toContain(row.says)
        else expect(shown).toMatch(row.says)
      }
      expect(job.result.files[0]?.url).toContain(job.result.uuid ?? 'no uuid')
      const after = await caller.ledger()
      expect(after).toMatchObject({ used: (before.used ?? 0) + 1, reserved: 0 })
      expect(sim.truth.running()).toBe(0)
    },
  )

  test('a bookmark is told in words and draws nothing', async () => {
    const job = await caller.done((await caller.press(made.single ?? '', { button: '❤️' })).id)
    expect(job.result).toMatchObject({ files: [], text: expect.stringContaining('successfully rated') })
  })

  test('a dialog without an answer is put to the caller, and goes on with what the caller says', async () => {
    const pressed = await caller.press(made.single ?? '', { button: 'Custom Zoom' })
    const asked = await caller.settled(pressed.id, ['needs-input', 'done', 'failed'])
    expect(asked).toMatchObject({
      state: 'needs-input',
      question: { dialog: 'custom-zoom', fields: [{ value: expect.stringContaining('--zoom 2') }] },
    })
    expect(
      (await caller.ask('POST', `/v1/jobs/${pressed.id}/answer`, { prompt: 'a blue fox --zoom 1.2' })).status,
    ).toBe(202)
    expect((await caller.done(pressed.id)).result.prompt).toContain('a blue fox')
  })
})

describe.each(both)('commands in the messages of %s', (era) => {
  test('describe, its lines one by one, all of them, and again', async (t) => {
    const { caller, sim } = await startPool(t, { era, seed: 8 })
    const described = await caller.done(
      (await caller.submit({ kind: 'describe', picture: await picture(200) })).id,
    )
    expect(described.result.text).toContain('1️⃣')
    const one = await caller.press(described.id, { button: 'MJ::Job::PicReader::2', onDialog: 'accept' })
    const drawn = await caller.done(one.id)
    expect(drawn.parent).toBe(described.id)
    expect(sim.truth.job(drawn.result.uuid ?? '')).toMatchObject({ kind: 'imagine' })
    const all = await caller.press(described.id, { button: 'MJ::Job::PicReader::all' })
    const batch = await caller.done(all.id)
    expect(batch.result.children).toHaveLength(4)
    const uuids = await Promise.all(
      batch.result.children.map(async (id) => (await caller.done(id)).result.uuid),
    )
    expect(new Set(uuids).size).toBe(4)
    const again = await caller.done((await caller.press(described.id, { button: '🔄' })).id)
    expect(again.result.text).toContain('1️⃣')
    expect(again.result.text).not.toBe(described.result.text)
    expect(await caller.ledger()).toMatchObject({ used: 6, reserved: 0 })
  })

  test('shorten, and one of its lines', async (t) => {
    const { caller } = await startPool(t, { era, seed: 9 })
    const shortened = await caller.done(
      (await caller.submit({ kind: 'shorten', prompt: 'a very beautiful red fox of the north' })).id,
    )
    expect(shortened.result.text).toContain('1️⃣')
    expect(await caller.ledger()).toMatchObject({ used: 0 })
    const one = await caller.press(shortened.id, { button: 'MJ::Job::PromptAnalyzer::1', onDialog: 'accept' })
    expect((await caller.done(one.id)).result.files).toHaveLength(1)
    const details = await caller.done((await caller.press(shortened.id, { button: 'Show Details' })).id)
    expect(details.result.text).toContain('Details')
  })

  test('blend of pictures, and pictures in front of a prompt', async (t) => {
    const { caller, sim } = await startPool(t, { era, seed: 10 })
    const pictures = [await picture(20), await picture(120)]
    const blended = await caller.done(
      (await caller.submit({ kind: 'blend', pictures, shape: 'portrait' })).id,
    )
    expect(sim.truth.job(blended.result.uuid ?? '')).toMatchObject({
      kind: 'blend',
      finalPrompt: expect.stringContaining('--ar 2:3'),
    })
    const drawn = await caller.done(
      (await caller.submit({ kind: 'imagine', prompt: 'a fox like these', pictures })).id,
    )
    expect(sim.truth.job(drawn.result.uuid ?? '')?.finalPrompt).toMatch(
      /^<https:\/\/s\.mj\.run\/\w+> <https:\/\/s\.mj\.run\/\w+> a fox/,
    )
  })

  test('show brings a job back with fresh buttons, and says when it knows none', async (t) => {
    const { caller } = await startPool(t, { era, seed: 11 })
    const drawn = await caller.done((await caller.submit({ kind: 'imagine', prompt: 'a fox' })).id)
    const shown = await caller.done((await caller.submit({ kind: 'show', uuid: drawn.result.uuid ?? '' })).id)
    expect(shown.result).toMatchObject({ uuid: drawn.result.uuid, buttons: drawn.result.buttons })
    expect(shown.result.messageId).not.toBe(drawn.result.messageId)
    const { id } = await caller.submit({ kind: 'show', uuid: '00000000-0000-4000-8000-000000000000' })
    expect(await caller.settled(id, ['failed', 'done'])).toMatchObject({
      state: 'failed',
      failure: { message: expect.stringContaining('could not find') },
    })
    expect(await caller.ledger()).toMatchObject({ used: 1, reserved: 0 })
  })

  test('a prompt of several jobs is asked about, and then drawn', async (t) => {
    const { caller } = await startPool(t, { era, seed: 12 })
    const { id, state } = await caller.submit({
      kind: 'imagine',
      prompt: 'a {red, blue} fox --repeat 2',
      confirmBatch: true,
    })
    expect(state).toBe('needs-input')
    await caller.ask('POST', `/v1/jobs/${id}/answer`, {})
    const { result } = await caller.done(id)
    const children = await Promise.all(result.children.map((child) => caller.done(child)))
    expect(children.map((child) => child.prompt)).toEqual([
      'a red fox',
      'a red fox',
      'a blue fox',
      'a blue fox',
    ])
    expect(new Set(children.map((child) => child.result.uuid)).size).toBe(4)
    expect(children.every((child) => child.parent === id && child.root === id)).toBe(true)
    expect(await caller.ledger()).toMatchObject({ used: 4, reserved: 0 })
  })

  test('the seed of a picture', async (t) => {
    const { caller } = await startPool(t, { era, seed: 13 })
    const drawn = await caller.done((await caller.submit({ kind: 'imagine', prompt: 'a fox' })).id)
    const { body } = await caller.ask('POST', `/v1/jobs/${drawn.id}/seed`)
    expect(body).toEqual({ seed: expect.stringMatching(/^\d+$/) })
    expect((await caller.job(drawn.id)).result?.seed).toBe((body as { seed: string }).seed)
  })

  test('a running job is stopped, by its button or by the command', async (t) => {
    const { caller, sim } = await startPool(t, { era, seed: 14, speed: 4 })
    const { id } = await caller.submit({ kind: 'imagine', prompt: 'a fox' })
    await caller.settled(id, ['running'])
    expect((await caller.ask('DELETE', `/v1/jobs/${id}`)).status).toBe(202)
    expect(await caller.settled(id, ['cancelled', 'done'])).toMatchObject({ state: 'cancelled' })
    expect(sim.truth.jobs()).toMatchObject([{ state: 'stopped' }])
    expect(sim.truth.running()).toBe(0)
  })
})

describe('with remix on', () => {
  test.each(both)('buttons that ask for a prompt get one, in the messages of %s', async (era) => {
    const finishing: (() => unknown)[] = []
    const setUp = { onTestFinished: (end: () => unknown) => void finishing.push(end) } as never
    try {
      const { caller, sim } = await startPool(setUp, {
        era,
        seed: 15,
        accounts: [{ ...account, remix: true }],
      })
      const grid = await caller.done((await caller.submit({ kind: 'imagine', prompt: 'a fox' })).id)
      const changed = await caller.done((await caller.press(grid.id, { button: 'V1', prompt: 'a hare' })).id)
      expect(changed.result.prompt).toContain('a hare')
      const kept = await caller.done((await caller.press(grid.id, { button: 'V2', onDialog: 'accept' })).id)
      expect(kept.result.prompt).toContain('a fox')
      const single = await caller.done((await caller.press(grid.id, { button: 'U1' })).id)
      for (const button of ['Vary (Strong)', '➡️']) {
        const pressed = await caller.press(single.id, { button })
        expect(await caller.settled(pressed.id, ['needs-input', 'failed', 'done'])).toMatchObject({
          state: 'needs-input',
        })
        await caller.ask('POST', `/v1/jobs/${pressed.id}/answer`, { prompt: 'a wolf' })
        expect((await caller.done(pressed.id)).result.prompt).toContain('a wolf')
      }
      const rerolled = await caller.done((await caller.press(grid.id, { button: '🔄', prompt: 'a bear' })).id)
      expect(rerolled.result.prompt).toContain('a bear')
      expect(sim.truth.running()).toBe(0)
      expect(await caller.ledger()).toMatchObject({ used: 7, reserved: 0 })
    } finally {
      for (const end of finishing.reverse()) await end()
    }
  })
})

describe('what operators do to an account', () => {
  test('settings are read and set, by button and by menu', async (t) => {
    const { caller, sim } = await startPool(t, { seed: 16 })
    const order = async (body: object) =>
      (await caller.order(account.channelId, body)).body as { settings: Record<string, unknown> }
    expect((await order({ do: 'settings' })).settings).toMatchObject({
      remix: false,
      raw: false,
      mode: 'fast',
    })
    const change = { switches: { remix: true, raw: true }, version: '6.1' }
    expect((await order({ do: 'settings', change })).settings).toMatchObject({
      remix: true,
      raw: true,
      version: { selected: '6.1' },
    })
    expect(sim.accounts[0]).toMatchObject({ remix: true })
    const drawn = await caller.done((await caller.submit({ kind: 'imagine', prompt: 'a fox' })).id)
    expect(drawn.result.prompt).toContain('--v 6.1')
    const bad = await caller.order(account.channelId, { do: 'settings', change: { version: '99' } })
    expect(bad.status).toBe(400)
  })

  test.each([
    { do: 'info' },
    { do: 'relax' },
    { do: 'fast' },
    { do: 'public' },
    { do: 'prefer', option: 'remix' },
    { do: 'prefer', option: 'suffix', value: '--raw' },
  ])('%j is answered by the bot', async (order) => {
    const finishing: (() => unknown)[] = []
    try {
      const setUp = { onTestFinished: (end: () => unknown) => void finishing.push(end) } as never
      const { caller } = await startPool(setUp, { seed: 17 })
      const { status, body } = await caller.order(account.channelId, order)
      expect(status).toBe(200)
      const { title, text } = body as { title: string; text: string }
      expect(`${title}${text}`).not.toBe('')
    } finally {
      for (const end of finishing.reverse()) await end()
    }
  })
})

describe('where the account works', () => {
  test('the Niji bot, which has commands of its own', async (t) => {
    const { caller, sim } = await startPool(t, { seed: 20 }, { bot: 'niji' })
    const grid = await caller.done((await caller.submit({ kind: 'imagine', prompt: 'a fox' })).id)
    const single = await caller.done((await caller.press(grid.id, { button: 'U3' })).id)
    expect(sim.truth.job(single.result.uuid ?? '')).toMatchObject({ bot: 'niji', index: 3 })
    expect((await caller.order(account.channelId, { do: 'info' })).status).toBe(200)
  })

  test('a line of jobs is told with its parents, modes and times', async (t) => {
    const { caller } = await startPool(t, { seed: 21 })
    const grid = await caller.done((await caller.submit({ kind: 'imagine', prompt: 'a fox --seed 42' })).id)
    const single = await caller.done((await caller.press(grid.id, { button: 'U2' })).id)
    const zoomed = await caller.done((await caller.press(single.id, { button: 'Zoom Out 2x' })).id)
    const { body } = await caller.ask('GET', `/v1/jobs?root=${zoomed.id}`)
    const line = (body as { data: JobView[] }).data
    expect(line.map(({ id, parent }) => [id, parent])).toEqual([
      [grid.id, null],
      [single.id, grid.id],
      [zoomed.id, single.id],
    ])
    for (const { result, timings } of line) {
      expect(result).toMatchObject({ mode: 'fast', seed: '42', uuid: expect.any(String) })
      const { queuedAt, takenAt, sentAt, startedAt, finishedAt } = timings
      expect([queuedAt, takenAt, sentAt, startedAt, finishedAt]).toEqual(
        [queuedAt, takenAt, sentAt, startedAt, finishedAt].sort(),
      )
    }
    expect(single.result.index).toBe(2)
  })

  test('a described picture may be a link', async (t) => {
    const { caller } = await startPool(t, { seed: 22 })
    const link = 'https://example.com/fox.png'
    expect(
      (await caller.done((await caller.submit({ kind: 'describe', picture: link })).id)).result.text,
    ).toContain('4️⃣')
  })

  test('a direct message with the bot, which has no guild', async (t) => {
    const { caller } = await startPool(t, { seed: 18, accounts: [{ guildId: null }] })
    const grid = await caller.done((await caller.submit({ kind: 'imagine', prompt: 'a fox' })).id)
    const single = await caller.done((await caller.press(grid.id, { button: 'U1' })).id)
    expect(single.parent).toBe(grid.id)
  })

  test.each(['newer', 'older'] as const)(
    'the region editor’s back end in its %s form',
    async (regionForms) => {
      const finishing: (() => unknown)[] = []
      try {
        const setUp = { onTestFinished: (end: () => unknown) => void finishing.push(end) } as never
        const { caller, sim } = await startPool(setUp, { seed: 19, regionForms })
        const grid = await caller.done((await caller.submit({ kind: 'imagine', prompt: 'a fox' })).id)
        const single = await caller.done((await caller.press(grid.id, { button: 'U1' })).id)
        const mask = await picture(255)
        const job = await caller.done(
          (await caller.press(single.id, { button: 'Vary (Region)', prompt: 'a hat', mask })).id,
        )
        const truth = sim.truth.job(job.result.uuid ?? '')
        expect(truth).toMatchObject({ kind: 'vary-region', finalPrompt: expect.stringContaining('a hat') })
        expect(truth?.maskBytes).toBe(Buffer.from(mask, 'base64').length)
      } finally {
        for (const end of finishing.reverse()) await end()
      }
    },
  )
})

/** A gateway over a simulator with one account, and a caller with a token. */
async function startPool(
  t: Parameters<typeof startGateway>[0],
  options: SimulatorOptions,
  entry: object = {},
) {
  const sim = await startSimulator({ accounts: [account], speed: 60, pictureSize: 'tiny', ...options })
  t.onTestFinished(() => sim.close())
  const { url } = await startGateway(t, { sim, entry: () => ({ minIntervalMs: 20, ...entry }) })
  const caller = await nativeClient(url)
  await caller.ready(1)
  return { sim, caller }
}

async function picture(red: number): Promise<string> {
  const image = sharp({
    create: { width: 16, height: 16, channels: 3, background: { r: red, g: 20, b: 20 } },
  })
  return (await image.png().toBuffer()).toString('base64')
}
