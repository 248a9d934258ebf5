import sharp from 'sharp'
import { ProxyAgent, request } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, type SimulatorOptions, startSimulator } from '../../../src/simulator/simulator.ts'
import type { Message } from '../../../src/simulator/world/message.ts'
import { until } from '../../helpers/until.ts'
import { buttonOf, type Dialog, User } from './raw-client.ts'

const options = { speed: 100, pictureSize: 'tiny', loadingFirstRate: 0, progressDeletion: 'before' } as const
const blank = { create: { width: 64, height: 64, channels: 3, background: 'white' } } as const
const newer = '/.proxy/inpaint/api/submit-job'
const older = '/inpaint/api/submit-job'

let mask: string
let sim: Simulator
let user: User
let single: Message
beforeAll(async () => {
  mask = (await sharp(blank).webp().toBuffer()).toString('base64')
  sim = await startSimulator(options)
  user = await User.join(sim)
  single = await singleOf(user)
})
afterAll(() => sim.close())

async function singleOf(client: User): Promise<Message> {
  const grid = await client.final(await client.imagine('a fox at home'))
  return client.final(await client.click(grid, buttonOf(grid, 'U1')))
}

const open = async (client = user, message = single): Promise<Dialog> =>
  client.dialog(await client.click(message, buttonOf(message, 'Vary (Region)')))
const tokenOf = ({ custom_id }: Dialog) => custom_id.replace('MJ::iframe::', '')

async function post(path: string, body: unknown, to = sim) {
  const answer = await fetch(`${to.urls.activities}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: answer.status, body: (await answer.json()) as { message?: string } }
}
const inNewerForm = (token: string, fields: object, to = sim) => post(`${newer}/${token}`, fields, to)
const inOlderForm = (token: string, fields: object, to = sim) =>
  post(older, { customId: token, userId: '0', username: '0', ...fields }, to)

/** The job that came of a click. */
const jobOfClick = (id: string, of = sim) =>
  until(() => of.truth.jobs().find((job) => job.interactionId === id && job.finalMessageId !== null))

describe('Vary (Region)', () => {
  test('opens a window, for the session that clicked alone', async () => {
    const second = await User.join(sim)
    const dialog = await open()
    expect(dialog).toMatchObject({
      custom_id: expect.stringMatching(/^MJ::iframe::[\w-]{20,}$/),
      iframe_path: expect.stringContaining(tokenOf(dialog)),
      application: { id: '936929561302675456' },
      channel_id: user.account.channelId,
    })
    const { id } = await user.gateway.dispatched('INTERACTION_CREATE', ({ nonce }) => nonce === dialog.nonce)
    expect(dialog.id).toBe(id)
    await second.imagine('a fox that is waited for')
    await second.gateway.dispatched('MESSAGE_CREATE', ({ content }) => content.includes('waited for'))
    expect(second.gateway.dispatches('INTERACTION_IFRAME_MODAL_CREATE')).toEqual([])
    second.leave()
  })

  test.each([
    ['newer', inNewerForm],
    ['older', inOlderForm],
  ])('a mask and a prompt in the %s form start a job, told by ids and by reference', async (_, submit) => {
    const dialog = await open()
    expect(await submit(tokenOf(dialog), { mask, prompt: 'a hat' })).toMatchObject({ status: 200 })
    const job = await jobOfClick(dialog.id)
    expect(job).toMatchObject({
      kind: 'vary-region',
      prompt: 'a hat',
      finalPrompt: 'a hat --v 7.0',
      parentMessageId: single.id,
      mask,
      maskBytes: Buffer.from(mask, 'base64').length,
    })
    const created = (id: string | null) =>
      user.gateway.dispatched('MESSAGE_CREATE', (message) => message.id === id)
    const waiting = await created(job.progressMessageId)
    expect(waiting.content).toMatch(/^Making variations for image #1 with prompt \*\*a hat --v 7\.0\*\*/)
    expect(waiting.interaction_metadata).toMatchObject({
      id: dialog.id,
      type: 3,
      interacted_message_id: single.id,
    })
    expect(waiting.nonce).toBeUndefined()
    const final = await created(job.finalMessageId)
    expect(final.content).toContain('**a hat --v 7.0** - Variations (Region) by <@')
    expect(final.message_reference?.message_id).toBe(single.id)
    expect(sim.truth.interactions().find(({ id }) => id === dialog.id)).toMatchObject({
      outcome: 'job',
      jobUuid: job.jobUuid,
    })
  })

  test('a window can be used once', async () => {
    const dialog = await open()
    await inNewerForm(tokenOf(dialog), { mask, prompt: 'a hat' })
    expect(await inNewerForm(tokenOf(dialog), { mask, prompt: 'a hat' })).toMatchObject({ status: 403 })
    await jobOfClick(dialog.id)
  })

  test.each([
    ['no mask', { prompt: 'a hat' }, 'mask is required'],
    ['a mask that is no picture', { prompt: 'a hat', mask: 'bm90IGEgcGljdHVyZQ==' }, 'mask is not a picture'],
    ['no prompt', { mask: 'x' }, 'prompt is required'],
  ])('%s is a 400', async (_, fields, message) => {
    const token = tokenOf(await open())
    expect(await inNewerForm(token, fields)).toEqual({ status: 400, body: { message } })
    expect(await inOlderForm(token, fields)).toEqual({ status: 400, body: { message } })
  })

  test('an unknown token is a 403, none a 400, a body that is no JSON a 400', async () => {
    expect((await inNewerForm('0123456789', { mask, prompt: 'a hat' })).status).toBe(403)
    expect((await inOlderForm('0123456789', { mask, prompt: 'a hat' })).status).toBe(403)
    expect((await post(older, { mask, prompt: 'a hat' })).status).toBe(400)
    expect((await post(older, '{')).status).toBe(400)
  })

  test('a banned word is refused in a message that replies to the picture', async () => {
    const dialog = await open()
    expect((await inNewerForm(tokenOf(dialog), { mask, prompt: 'gore' })).status).toBe(200)
    const answer = await user.gateway.dispatched(
      'MESSAGE_CREATE',
      ({ interaction_metadata }) => interaction_metadata?.id === dialog.id,
    )
    expect(answer.embeds[0]?.title).toBe('Banned prompt detected')
    expect(answer.message_reference?.message_id).toBe(single.id)
  })

  test('is counted for its account, and whether it came through the proxy', async () => {
    const through = new ProxyAgent(user.account.proxyUrl)
    const dialog = await open()
    const { statusCode } = await request(`${sim.urls.activities}${newer}/${tokenOf(dialog)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ mask, prompt: 'a hat' }),
      dispatcher: through,
    })
    expect(statusCode).toBe(200)
    await jobOfClick(dialog.id)
    const { proxied, direct, proxy, requests } = sim.truth.counters(0)
    expect([proxied.activities, proxy.tunnels.activities]).toEqual([1, 1])
    expect(direct.activities).toBeGreaterThan(0)
    expect(requests[`POST ${newer} 200`]).toBeGreaterThan(0)
    await through.close()
  })
})

describe('faults', () => {
  test.each([
    ['server-error', false, 500],
    ['bad-gateway-html', true, 502],
    ['rate-limit', false, 429],
  ] as const)('%s, executed: %s', async (answer, executed, status) => {
    sim.faults.once({ kind: 'rest', answer, executed, route: 'submit-job' })
    const dialog = await open()
    const given = await fetch(`${sim.urls.activities}${newer}/${tokenOf(dialog)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ mask, prompt: 'a hat' }),
    })
    expect(given.status).toBe(status)
    // What was not executed can be tried again.
    const again = await inNewerForm(tokenOf(dialog), { mask, prompt: 'a hat' })
    expect(again.status).toBe(executed ? 403 : 200)
    await jobOfClick(dialog.id)
    expect(sim.truth.jobs().filter(({ interactionId }) => interactionId === dialog.id)).toHaveLength(1)
  })
})

describe('options', () => {
  const start = async (more: SimulatorOptions) => {
    const other = await startSimulator({ ...options, ...more })
    return { other, client: await User.join(other) }
  }

  test.each([
    ['newer', 200, 404],
    ['older', 404, 200],
  ] as const)('only the %s form exists', async (regionForms, newerStatus, olderStatus) => {
    const { other, client } = await start({ regionForms })
    const message = await singleOf(client)
    const fields = { mask, prompt: 'a hat' }
    expect((await inNewerForm(tokenOf(await open(client, message)), fields, other)).status).toBe(newerStatus)
    expect((await inOlderForm(tokenOf(await open(client, message)), fields, other)).status).toBe(olderStatus)
    await other.close()
  })

  test('the first message repeats the nonce', async () => {
    const { other, client } = await start({ regionNonce: true })
    const dialog = await open(client, await singleOf(client))
    await inNewerForm(tokenOf(dialog), { mask, prompt: 'a hat' }, other)
    const waiting = await client.gateway.dispatched('MESSAGE_CREATE', ({ nonce }) => nonce === dialog.nonce)
    expect(waiting.content).toContain('**a hat --v 7.0**')
    await other.close()
  })
})
