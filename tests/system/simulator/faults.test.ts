import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Delivery, RestAnswer, Simulator } from '../../../src/simulator/simulator.ts'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { until } from '../../helpers/until.ts'
import { buttonOf, type Data, User } from './raw-client.ts'

let sim: Simulator
let user: User
beforeAll(async () => {
  sim = await startSimulator({ accounts: 2, speed: 100, pictureSize: 'tiny', previews: false })
  user = await User.join(sim)
})
beforeEach(() => sim.faults.clear())
afterAll(() => sim.close())

const fox = [{ type: 3, name: 'prompt', value: 'a fox' }]
const jobOf = (nonce: string) => sim.truth.jobs().find((job) => job.nonce === nonce)
const outcomeOf = (nonce: string) =>
  sim.truth.interactions().find((interaction) => interaction.nonce === nonce)?.outcome
/** The job, once it has a final. */
const finished = (nonce: string) =>
  until(() => sim.truth.jobs().find((job) => job.nonce === nonce && job.finalMessageId !== null))

async function post(client: User, timeoutMs?: number) {
  const body = await client.commandBody('imagine', fox)
  const answer = await fetch(`${sim.urls.api}/interactions`, {
    method: 'POST',
    headers: { authorization: client.account.token, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(timeoutMs) }),
  })
  return { answer, nonce: body.nonce, text: await answer.text() }
}

describe('REST', () => {
  test.each<[RestAnswer, number, RegExp]>([
    ['rate-limit', 429, /"retry_after":1.5/],
    ['rate-limit-html', 429, /^<!DOCTYPE html>/],
    ['server-error', 500, /500: Internal Server Error/],
    ['bad-gateway-html', 502, /502 Bad Gateway/],
    ['captcha', 400, /captcha_sitekey/],
    ['verify-account', 403, /40002/],
    ['not-ready', 202, /retry_after/],
  ])('answers an interaction with %s and does not execute it', async (answer, status, text) => {
    sim.faults.once({ kind: 'rest', answer, account: 0, retryAfterSeconds: 1.5 })
    const result = await post(user)
    expect(result.answer.status).toBe(status)
    expect(result.text).toMatch(text)
    if (status === 429) expect(result.answer.headers.get('retry-after')).toBe('2')
    expect(sim.truth.interactions().some(({ nonce }) => nonce === result.nonce)).toBe(false)
    expect((await post(user)).answer.status).toBe(204)
  })

  test.each([[true], [false]])('hangs, the interaction executed: %s', async (executed) => {
    const before = sim.truth.interactions().length
    sim.faults.once({ kind: 'rest', answer: 'hang', executed })
    await expect(post(user, 100)).rejects.toThrow()
    const seen = sim.truth.interactions().slice(before)
    expect(seen.map(({ answered }) => answered)).toEqual(executed ? ['none'] : [])
    if (executed) await user.final(seen[0]?.nonce ?? '')
  })

  test('can answer with an error although the job runs', async () => {
    sim.faults.once({ kind: 'rest', answer: 'bad-gateway-html', executed: true })
    const { answer, nonce } = await post(user)
    expect(answer.status).toBe(502)
    await user.final(nonce)
  })

  test('spoils other routes by name', async () => {
    sim.faults.once({ kind: 'rest', answer: 'not-ready', route: 'application-command-index' })
    sim.faults.once({ kind: 'rest', answer: 'server-error', route: 'GET /channels/:channel/messages' })
    expect((await user.request('GET', '/users/@me/application-command-index')).status).toBe(202)
    expect((await user.request('GET', `/channels/${user.account.channelId}/messages`)).status).toBe(500)
  })
})

describe('the bot', () => {
  test('stays silent, fails, or fails and draws later', async () => {
    sim.faults.once({ kind: 'bot', does: 'silent' })
    const silent = await user.imagine('a silent fox')
    sim.faults.once({ kind: 'bot', does: 'failure' })
    const failed = await user.imagine('a failed fox')
    sim.faults.once({ kind: 'bot', does: 'failure-then-job', delayMs: 2_000 })
    const late = await user.imagine('a late fox')
    await user.gateway.dispatched('INTERACTION_FAILURE', ({ nonce }) => nonce === failed)
    await user.gateway.dispatched('INTERACTION_FAILURE', ({ nonce }) => nonce === late)
    await user.final(late)
    expect([jobOf(silent), jobOf(failed)]).toEqual([undefined, undefined])
    expect([silent, failed, late].map(outcomeOf)).toEqual(['silent', 'failure', 'job'])
  })

  test('removes the progress message and says nothing more', async () => {
    sim.faults.once({ kind: 'job', does: 'vanish', atPercent: 30 })
    const nonce = await user.imagine('a vanishing fox')
    await until(() => jobOf(nonce)?.state === 'failed')
    await user.gateway.dispatched('MESSAGE_DELETE', ({ id }) => id === jobOf(nonce)?.progressMessageId)
    expect(jobOf(nonce)).toMatchObject({ failure: 'vanished', finalMessageId: null })
    expect(sim.truth.running(0)).toBe(0)
  })
})

describe('bad news', () => {
  const told = (fits: (data: Data) => boolean, type = 'MESSAGE_CREATE') => user.gateway.dispatched(type, fits)

  test.each<[Delivery]>([['create'], ['ephemeral']])('comes as the answer: %s', async (delivery) => {
    sim.faults.once({ kind: 'bad-news', news: 'invalid-link', delivery })
    const nonce = await user.imagine('a linked fox')
    const answer = await told((message) => message.nonce === nonce)
    expect(answer.embeds[0]).toMatchObject({
      title: 'Invalid link',
      color: 15_548_997,
      footer: { text: '/imagine a linked fox' },
    })
    expect(answer.flags).toBe(delivery === 'ephemeral' ? 64 : 0)
    expect(jobOf(nonce)).toBeUndefined()
  })

  test('comes as a reply to the progress message', async () => {
    sim.faults.once({ kind: 'bad-news', news: 'went-wrong-declined', delivery: 'reply', atPercent: 20 })
    const nonce = await user.imagine('a declined fox')
    const answer = await told(({ embeds }) => embeds?.[0]?.footer?.text.startsWith('decline-') === true)
    expect(answer.message_reference?.message_id).toBe(jobOf(nonce)?.progressMessageId)
    expect(answer.nonce).toBeUndefined()
    expect(jobOf(nonce)).toMatchObject({ state: 'failed', failure: 'went-wrong-declined' })
  })

  test('comes as an edit of the progress message', async () => {
    sim.faults.once({ kind: 'bad-news', news: 'output-filters', delivery: 'update', atPercent: 50 })
    const nonce = await user.imagine('a filtered fox')
    const edit = await told(
      ({ embeds }) => embeds?.[0]?.title === 'Request cancelled due to output filters',
      'MESSAGE_UPDATE',
    )
    expect(edit.id).toBe(jobOf(nonce)?.progressMessageId)
  })

  test('comes as an answer to a click', async () => {
    const grid = await user.final(await user.imagine('a restricted fox'))
    sim.faults.once({ kind: 'bad-news', news: 'job-action-restricted', delivery: 'create' })
    const nonce = await user.click(grid, buttonOf(grid, 'V1'))
    const answer = await told((message) => message.nonce === nonce)
    expect(answer).toMatchObject({
      message_reference: { message_id: grid.id },
      embeds: [{ title: 'Job action restricted' }],
    })
  })

  test.each([
    ['a fox --foo 3', 'Invalid parameter', 'Unrecognized parameter(s): `--foo`'],
    ['a fox --ar wide', 'Invalid parameter', 'Invalid value provided for argument `--ar`: `wide`'],
    ['a gore fox', 'Banned prompt detected', 'The word `gore` is banned.'],
    ['--v 7', 'Empty prompt', 'You cannot submit an empty prompt.'],
  ])('answers the prompt %j with %s', async (prompt, title, description) => {
    const nonce = await user.imagine(prompt)
    const answer = await told((message) => message.nonce === nonce)
    expect(answer.embeds[0]).toMatchObject({ title, description })
  })

  test('holds to Slow Down! until the time it named', async () => {
    const second = await User.join(sim, 1)
    sim.faults.once({ kind: 'bad-news', news: 'slow-down', retryAfterMs: 200_000, account: 1 })
    const refused = [await second.imagine('a hasty fox'), await second.imagine('another hasty fox')]
    for (const nonce of refused) {
      const answer = await second.gateway.dispatched('MESSAGE_CREATE', (message) => message.nonce === nonce)
      const until = Number(/<t:(\d+):R>/.exec(answer.embeds[0]?.description ?? '')?.[1])
      expect(until * 1000).toBeGreaterThan(Date.now())
      expect(until * 1000).toBeLessThan(Date.now() + 4_000)
    }
    const drawn = await until(async () => {
      const nonce = await second.imagine('a calm fox')
      await until(() => outcomeOf(nonce) !== 'accepted')
      return jobOf(nonce)
    })
    await second.final(drawn.nonce)
    second.leave()
  })
})

describe('message events', () => {
  test('are lost on the socket and kept in the history', async () => {
    sim.faults.once({ kind: 'message', does: 'lose', event: 'final', account: 0 })
    const nonce = await user.imagine('a lost fox')
    const { finalMessageId } = await finished(nonce)
    await user.final(await user.imagine('a fox thereafter'))
    expect(user.gateway.dispatches('MESSAGE_CREATE').some(({ id }) => id === finalMessageId)).toBe(false)
    const history = await user.get<{ id: string }[]>(`/channels/${user.account.channelId}/messages`)
    expect(history.some(({ id }) => id === finalMessageId)).toBe(true)
  })

  test('come twice', async () => {
    sim.faults.once({ kind: 'message', does: 'duplicate', event: 'final', account: 0 })
    const { id } = await user.final(await user.imagine('a doubled fox'))
    await until(
      () => user.gateway.dispatches('MESSAGE_CREATE').filter((message) => message.id === id).length === 2,
    )
  })

  test('change places', async () => {
    sim.faults.once({ kind: 'message', does: 'reorder', event: 'waiting', account: 0 })
    const nonce = await user.imagine('a reordered fox')
    await user.final(nonce)
    const id = jobOf(nonce)?.progressMessageId
    const types = user.gateway.received
      .filter(({ d, t }) => t?.startsWith('MESSAGE') && d.id === id)
      .map(({ t }) => t)
    expect(types.slice(0, 2)).toEqual(['MESSAGE_UPDATE', 'MESSAGE_CREATE'])
  })

  test('come late', async () => {
    sim.faults.once({ kind: 'message', does: 'delay', event: 'final', delayMs: 30_000, account: 0 })
    const nonce = await user.imagine('a delayed fox')
    const { finalMessageId } = await finished(nonce)
    expect(user.gateway.dispatches('MESSAGE_CREATE').some(({ id }) => id === finalMessageId)).toBe(false)
    await user.final(nonce)
  })

  test('are followed by a cut, with the session or without it', async () => {
    const second = await User.join(sim, 1)
    sim.faults.once({ kind: 'drop', event: 'waiting', invalidSession: true, account: 1 })
    const nonce = await second.imagine('a fox cut off')
    expect(await second.gateway.closed()).toBe(1006)
    expect(sim.truth.sessions().some(({ sessionId }) => sessionId === second.sessionId)).toBe(false)
    await until(() => jobOf(nonce)?.state === 'done')
  })
})

describe('chance', () => {
  test('follows from the seed', async () => {
    const outcomes = await Promise.all([7, 7, 8].map(mishapsWith))
    expect(outcomes[0]).toEqual(outcomes[1])
    expect(outcomes[0]).not.toEqual(outcomes[2])
    expect(new Set(outcomes[0]).size).toBeGreaterThan(2)
  })

  async function mishapsWith(seed: number): Promise<(number | string)[]> {
    const chancy = await startSimulator({
      seed,
      speed: 500,
      pictureSize: 'tiny',
      limits: { fast: 50 },
      faults: { rateLimitRate: 0.2, serverErrorRate: 0.2, silentRate: 0.2, failureRate: 0.2 },
    })
    const client = await User.join(chancy)
    const outcomes: (number | string)[] = []
    for (let i = 0; i < 25; i++) {
      const body = await client.commandBody('imagine', fox)
      const { status } = await client.request('POST', '/interactions', body)
      const seen = () => chancy.truth.interactions().find(({ nonce }) => nonce === body.nonce)?.outcome
      if (status === 204) await until(() => seen() !== 'accepted')
      outcomes.push(status === 204 ? (seen() ?? '') : status)
    }
    const uuids = chancy.truth.jobs().map(({ jobUuid }) => jobUuid)
    await chancy.close()
    return [...outcomes, ...uuids]
  }
})
