import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts'
import { until } from '../../helpers/until.ts'
import { buttonOf, type Data, User } from './raw-client.ts'

let sim: Simulator
let user: User
beforeAll(async () => {
  sim = await startSimulator({
    accounts: 2,
    speed: 100,
    pictureSize: 'small',
    loadingFirstRate: 0,
    progressDeletion: 'before',
  })
  user = await User.join(sim)
})
afterAll(() => sim.close())

/** All that was said about one message, in order. */
const story = (client: User, id: string | null) =>
  client.gateway.received
    .filter(({ t, d }) => t?.startsWith('MESSAGE_') && d.id === id)
    .map(({ t, d }) => ({ t, d }))

const jobOf = (nonce: string) => {
  const job = sim.truth.jobs().find((one) => one.nonce === nonce)
  if (!job) throw new Error(`no job with nonce ${nonce}`)
  return job
}

async function download(message: Data): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(message.attachments[0]?.url ?? '')).arrayBuffer())
}

describe('/imagine in 2026', () => {
  test('waits, progresses with previews, ends in a new message that replies', async () => {
    const nonce = await user.imagine('a red fox')
    const final = await user.final(nonce)
    const job = jobOf(nonce)
    const { userId, channelId, guildId } = user.account
    const [waiting, ...rest] = story(user, job.progressMessageId)
    expect(waiting?.d).toMatchObject({
      nonce,
      type: 20,
      content: `**a red fox --v 7.0** - <@${userId}> (Waiting to start)`,
      webhook_id: '936929561302675456',
      application_id: '936929561302675456',
      author: { id: '936929561302675456', bot: true },
      interaction: { id: job.interactionId, name: 'imagine', user: { id: userId } },
      interaction_metadata: { id: job.interactionId, type: 2 },
      mentions: [{ id: userId }],
      channel_id: channelId,
      guild_id: guildId,
    })
    const edits = rest.filter(({ t }) => t === 'MESSAGE_UPDATE').map(({ d }) => d)
    expect(edits.every((edit) => edit.nonce === undefined && edit.edited_timestamp !== null)).toBe(true)
    expect(edits[0]?.content).toMatch(/^\*\*a red fox --v 7\.0\*\* - <@\d+> \(\d+%\) \(fast\)$/)
    expect(edits[0]?.attachments).toEqual([])
    expect(edits.at(-1)?.attachments[0]?.filename).toBe(`${job.jobUuid}_grid_0.webp`)
    expect(rest.at(-1)?.t).toBe('MESSAGE_DELETE')

    expect(final.content).toBe(
      `**a red fox --v 7.0** - <@${userId}> [(Open on website for full quality)](<https://midjourney.com/jobs/${job.jobUuid}>) (fast)`,
    )
    expect(final.message_reference).toMatchObject({ message_id: job.progressMessageId })
    expect([final.nonce, final.webhook_id, final.interaction, final.interaction_metadata]).toEqual(
      Array(4).fill(undefined),
    )
    expect(final.attachments[0]).toMatchObject({
      filename: `ada.lovelace_a_red_fox_${job.jobUuid}.webp`,
      width: 512,
      content_type: 'image/webp',
    })
    expect(buttonOf(final, 'U4')).toBe(`MJ::JOB::upsample::4::${job.jobUuid}`)
    expect(buttonOf(final, '🔄')).toBe(`MJ::JOB::reroll::0::${job.jobUuid}::SOLO`)
  })
})

describe('buttons in 2026', () => {
  test('U gives the quarter itself, at once, as a job of its own', async () => {
    const grid = await user.final(await user.imagine('a fox with four faces'))
    const nonce = await user.click(grid, buttonOf(grid, 'U3'))
    const single = await user.final(nonce)
    const job = jobOf(nonce)
    const parent = jobOf(sim.truth.jobs().find((one) => one.jobUuid === job.parentJobUuid)?.nonce ?? '')
    const [waiting] = story(user, job.progressMessageId)
    expect(waiting?.d).toMatchObject({
      content: `Upscaling image #3 with **a fox with four faces --v 7.0** - <@${user.account.userId}> (Waiting to start)`,
      nonce,
      type: 19,
      message_reference: { message_id: grid.id },
      interaction_metadata: { id: job.interactionId, interacted_message_id: grid.id },
    })
    expect(buttonOf(waiting?.d as Data, 'Cancel Job')).toBe(`MJ::CancelJob::ByJobid::${job.jobUuid}`)
    expect(single.content).toBe(`**a fox with four faces --v 7.0** - Image #3 <@${user.account.userId}>`)
    expect(single.message_reference?.message_id).toBe(grid.id)
    expect(single.attachments[0]).toMatchObject({ width: 256, content_type: 'image/png' })
    expect(job.jobUuid).not.toBe(parent.jobUuid)

    const bytes = await download(single)
    expect(await sim.pictures.identify(bytes)).toEqual({ jobUuid: job.jobUuid, index: 3 })
    expect(await sim.pictures.difference(bytes, parent.jobUuid, 3)).toBeLessThan(2)
    expect(await sim.pictures.difference(bytes, parent.jobUuid, 1)).toBeGreaterThan(5)

    const pressed = await user.gateway.dispatched('MESSAGE_UPDATE', ({ id }) => id === grid.id)
    const styles = pressed.components.flatMap(({ components }) =>
      components.flatMap((one) => (one.type === 2 ? one.style : [])),
    )
    expect(styles.filter((style) => style === 1)).toHaveLength(1)
    expect(pressed.content).toBe(grid.content)
  })

  test.each([
    ['V2', 'Making variations for image #2 with prompt ', 'Variations (Strong) by '],
    ['🔄', '', ''],
  ])('%s draws four new pictures and replies to the clicked grid', async (label, prefix, kind) => {
    const grid = await user.final(await user.imagine('a parent fox'))
    const nonce = await user.click(grid, buttonOf(grid, label))
    const final = await user.final(nonce)
    const job = jobOf(nonce)
    const mention = `<@${user.account.userId}>`
    expect(story(user, job.progressMessageId)[0]?.d.content).toBe(
      `${prefix}**a parent fox --v 7.0** - ${mention} (Waiting to start)`,
    )
    expect(final.content).toMatch(`**a parent fox --v 7.0** - ${kind}${mention} [(Open`)
    expect(final.message_reference?.message_id).toBe(grid.id)
    expect(buttonOf(final, 'U1')).toContain(job.jobUuid)
  })

  test('under a single picture vary, zoom, pan and upscale go on from it', async () => {
    const grid = await user.final(await user.imagine('a lone fox'))
    const single = await user.final(await user.click(grid, buttonOf(grid, 'U1')))
    const cases = [
      ['Vary (Subtle)', 'Variations (Subtle) by '],
      ['Zoom Out 2x', 'Zoom Out by '],
      ['➡️', 'Pan Right by '],
      ['Upscale (Subtle)', 'Upscaled by '],
    ]
    for (const [label = '', kind] of cases) {
      const final = await user.final(await user.click(single, buttonOf(single, label)))
      expect(final.content).toContain(`** - ${kind}<@`)
      expect(final.message_reference?.message_id).toBe(single.id)
      if (label === '➡️') expect(final.content).toContain('**a lone fox --ar 3:2 --v 7.0**')
    }
  })

  test('Cancel stops a job', async () => {
    const grid = await user.final(await user.imagine('a fox that stops'))
    const nonce = await user.click(grid, buttonOf(grid, 'V1'))
    const waiting = await user.gateway.dispatched('MESSAGE_CREATE', (message) => message.nonce === nonce)
    await user.click(waiting, buttonOf(waiting, 'Cancel Job'))
    const stopped = await user.gateway.dispatched('MESSAGE_UPDATE', ({ content }) =>
      content?.endsWith('(Stopped)'),
    )
    expect(stopped.components).toEqual([])
    expect(jobOf(nonce)).toMatchObject({ state: 'stopped', finalMessageId: null })
  })

  test('a video says Animating, then what it makes, shows four first pictures, and ends as one animation', async () => {
    const grid = await user.final(await user.imagine('a moving fox --ar 3:2'))
    const single = await user.final(await user.click(grid, buttonOf(grid, 'U1')))
    const nonce = await user.click(single, buttonOf(single, 'Animate (High motion)'))
    const opening = await user.gateway.dispatched('MESSAGE_CREATE', (message) => message.nonce === nonce)
    expect(opening).toMatchObject({ content: 'Animating...', components: [] })
    const told = await user.gateway.dispatched('MESSAGE_UPDATE', ({ content }) =>
      content?.startsWith('Creating'),
    )
    expect(told.content).toMatch(
      /^Creating video with prompt \*\*a moving fox --motion high --video 1 --aspect 3:2\*\* - /,
    )
    const final = await user.final(nonce)
    expect(final.attachments[0]).toMatchObject({ content_type: 'image/webp' })
    expect(buttonOf(final, 'U1')).toContain('video_virtual_upscale::1')
    const video = await user.final(await user.click(final, buttonOf(final, 'U2')))
    expect(video.attachments[0]).toMatchObject({ content_type: 'video/mp4' })
  })
})

describe('the bot as an account sees it', () => {
  test('changes and tells its mode', async () => {
    const relaxed = await user.command('relax')
    const answer = await user.gateway.dispatched('MESSAGE_CREATE', ({ nonce }) => nonce === relaxed)
    expect(answer).toMatchObject({ flags: 64 })
    expect(answer.content).toMatch(/^Done!/)
    expect((await user.final(await user.imagine('a slow fox'))).content).toMatch(/\(relaxed\)$/)
    const asked = await user.command('info')
    const { id } = await user.gateway.dispatched('MESSAGE_CREATE', ({ nonce }) => nonce === asked)
    const { embeds } = await user.gateway.dispatched('MESSAGE_UPDATE', (message) => message.id === id)
    expect(embeds[0]?.title).toBe('Your info - ada.lovelace')
    expect(embeds[0]?.description).toMatch(/\*\*Job Mode\*\*: +Relaxed\n/)
    await user.command('fast')
    expect((await user.final(await user.imagine('a slow fox --relax'))).content).toMatch(/\(relaxed\)$/)
    expect((await user.final(await user.imagine('a quick fox'))).content).toMatch(/\(fast\)$/)
  })

  test('works in a direct message, where nothing is ephemeral and no guild is named', async () => {
    const channelId = user.account.dmChannelIds.midjourney
    const nonce = await user.command('info', [], { channelId })
    const answer = await user.gateway.dispatched('MESSAGE_CREATE', (message) => message.nonce === nonce)
    expect(answer).toMatchObject({ channel_id: channelId, flags: 128 })
    expect(answer).not.toHaveProperty('guild_id')
  })

  test('tells the seed in a direct message when asked by an envelope', async () => {
    const final = await user.final(await user.imagine('a fox with a seed'))
    const path = `/channels/${final.channel_id}/messages/${final.id}/reactions/%E2%9C%89%EF%B8%8F/%40me?location=Message&type=0`
    expect((await user.request('PUT', path)).status).toBe(204)
    const told = await user.gateway.dispatched('MESSAGE_CREATE', ({ content }) =>
      content.includes('**seed**'),
    )
    expect(told.channel_id).toBe(user.account.dmChannelIds.midjourney)
    expect(told.content).toMatch(
      /^\*\*a fox with a seed --v 7\.0\*\*\n\*\*Job ID\*\*: [0-9a-f-]{36}\n\*\*seed\*\* \d+$/,
    )
  })

  test('speaks for Niji too', async () => {
    const final = await user.final(await user.imagine('a fox spirit', 'niji'))
    expect(final.author.id).toBe('1022952195194359889')
    expect(final.content).toContain('**a fox spirit --niji 6**')
  })

  test('toggles remix by command and by the settings button', async () => {
    const nonce = await user.command('prefer', [{ type: 1, name: 'remix', options: [] }])
    expect((await user.gateway.dispatched('MESSAGE_CREATE', (d) => d.nonce === nonce)).content).toMatch(
      /^Remix mode turned on!/,
    )
    const asked = await user.command('settings')
    const { id } = await user.gateway.dispatched('MESSAGE_CREATE', (d) => d.nonce === asked)
    const settings = await user.gateway.dispatched('MESSAGE_UPDATE', (d) => d.id === id)
    await user.click(settings, buttonOf(settings, 'Remix mode'))
    await until(() => sim.accounts[0]?.remix === false)
  })

  test('is visible in a shared channel, apart from ephemeral answers', async () => {
    const shared = await startSimulator({
      speed: 100,
      pictureSize: 'tiny',
      accounts: [
        { guildId: '5', channelId: '6' },
        { guildId: '5', channelId: '6' },
      ],
    })
    const [one, two] = await Promise.all([User.join(shared, 0), User.join(shared, 1)])
    await one.command('info')
    const nonce = await one.imagine('a shared fox')
    const { id } = await until(() =>
      one.gateway.dispatches('MESSAGE_CREATE').find(({ attachments }) => attachments.length > 0),
    )
    await two.gateway.dispatched('MESSAGE_CREATE', (message) => message.id === id)
    expect(two.gateway.dispatches('MESSAGE_CREATE').some(({ flags }) => (flags & 64) !== 0)).toBe(false)
    expect(two.gateway.dispatches('MESSAGE_CREATE').some((message) => message.nonce === nonce)).toBe(true)
    await shared.close()
  })
})

describe('limits', () => {
  test('runs three at once, queues ten with Job queued, refuses the rest with Queue full', async () => {
    const busy = await startSimulator({ speed: 100, pictureSize: 'tiny' })
    const client = await User.join(busy)
    const nonces: string[] = []
    for (let i = 0; i < 15; i++) nonces.push(await client.imagine(`fox number ${i}`))
    const titled = (title: string) =>
      client.gateway.dispatches('MESSAGE_CREATE').filter(({ embeds }) => embeds[0]?.title === title)
    await until(() => titled('Queue full').length === 2)
    expect(titled('Job queued')).toHaveLength(10)
    expect(titled('Job queued')[0]?.embeds[0]?.footer?.text).toBe('/imagine fox number 3')
    expect(busy.truth.running()).toBeLessThanOrEqual(3)
    await until(() => busy.truth.jobs().filter(({ state }) => state === 'done').length === 13)
    const queued = busy.truth.jobs().find(({ nonce }) => nonce === nonces[5])
    const [start] = story(client, queued?.progressMessageId ?? null)
    expect(start?.d.nonce).toBeUndefined()
    expect(start?.d.interaction_metadata).toMatchObject({ id: queued?.interactionId })
    expect(start?.d.interaction_metadata?.original_response_message_id).toBe(titled('Job queued')[2]?.id)
    await busy.close()
  })

  test('says Credits exhausted when the fast hours are gone', async () => {
    sim.setAccount(1, { fastHours: 0 })
    const client = await User.join(sim, 1)
    const nonce = await client.imagine('a poor fox')
    const answer = await client.gateway.dispatched('MESSAGE_CREATE', (message) => message.nonce === nonce)
    expect(answer.embeds[0]?.title).toBe('Credits exhausted')
    expect((await client.final(await client.imagine('a patient fox --relax'))).content).toMatch(
      /\(relaxed\)$/,
    )
    client.leave()
  })
})

describe('in 2023', () => {
  test('finals are png, refer to nothing, have no link; clicks are answered without nonce', async () => {
    const old = await startSimulator({ era: '2023', speed: 100, pictureSize: 'tiny' })
    const client = await User.join(old)
    const grid = await client.final(await client.imagine('an old fox'))
    expect(grid.content).toBe(`**an old fox --v 5.2** - <@${client.account.userId}> (fast)`)
    expect(grid.message_reference).toBeUndefined()
    expect(grid.attachments[0]?.url).toMatch(/an_old_fox_[0-9a-f-]{36}\.png$/)
    const nonce = await client.click(grid, buttonOf(grid, 'U2'))
    const single = await client.final(nonce)
    expect(single.message_reference?.message_id).toBe(grid.id)
    const job = old.truth.jobs().find((one) => one.nonce === nonce)
    const [waiting] = story(client, job?.progressMessageId ?? null)
    expect(waiting?.d).toMatchObject({ flags: 64, type: 19 })
    expect(waiting?.d.nonce).toBeUndefined()
    expect(waiting?.d.interaction_metadata).toBeUndefined()
    await old.close()
  })
})

describe('other people', () => {
  test('draw in the same channels and are told apart in the truth', async () => {
    const crowded = await startSimulator({ foreignJobsPerMinute: 20, speed: 100, pictureSize: 'tiny' })
    const client = await User.join(crowded)
    await until(
      () => crowded.truth.jobs().filter(({ foreign, state }) => foreign && state === 'done').length >= 5,
    )
    const [job] = crowded.truth.jobs()
    expect(job).toMatchObject({ foreign: true, interactionId: '', nonce: '' })
    const final = await client.gateway.dispatched(
      'MESSAGE_CREATE',
      ({ attachments }) => attachments.length > 0,
    )
    expect(final.mentions[0]?.id).not.toBe(client.account.userId)
    expect(crowded.truth.running()).toBe(0)
    await crowded.close()
  })
})
