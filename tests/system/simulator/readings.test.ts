import { describe, expect, test } from 'vitest'
import {
  type SimulatedJob,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../../../src/simulator/simulator.ts'
import type { Message } from '../../../src/simulator/world/message.ts'
import { until } from '../../helpers/until.ts'
import { buttonOf, type Payload, User } from './raw-client.ts'

/** What the protocol page leaves open is an option; each must show on the wire. */
const plain = { speed: 200, pictureSize: 'tiny', loadingFirstRate: 0, progressDeletion: 'before' } as const

async function start(options: SimulatorOptions) {
  const sim = await startSimulator({ ...plain, ...options })
  const user = await User.join(sim)
  return { sim, user, grid: await user.final(await user.imagine('a fox')) }
}

const aboutMessage = ({ t }: Payload) => t?.startsWith('MESSAGE_') ?? false
const story = ({ gateway }: User, id: string | null) =>
  gateway.received.filter((payload) => aboutMessage(payload) && payload.d.id === id)

async function press(sim: Simulator, user: User, message: Message, label: string) {
  const nonce = await user.click(message, buttonOf(message, label))
  const final = await user.final(nonce)
  const job = sim.truth.jobs().find((one) => one.nonce === nonce) as SimulatedJob
  return { job, final, story: story(user, job.progressMessageId) }
}

describe('an answer to a click', () => {
  test.each(['2023', '2026'] as const)('has the nonce or has it not, in %s', async (era) => {
    for (const buttonNonce of [true, false]) {
      const { sim, user, grid } = await start({ era, buttonNonce })
      const { job, story } = await press(sim, user, grid, 'V1')
      expect(story[0]?.d.nonce).toBe(buttonNonce ? job.nonce : undefined)
      await sim.close()
    }
  })

  test.each([
    ['none', 0, 0],
    ['upscale', 64, 0],
    ['clicks', 64, 64],
  ] as const)('is ephemeral for %s', async (ephemeralWaiting, ofUpscale, ofVariation) => {
    const { sim, user, grid } = await start({ ephemeralWaiting })
    expect((await press(sim, user, grid, 'U1')).story[0]?.d.flags).toBe(ofUpscale)
    expect((await press(sim, user, grid, 'V1')).story[0]?.d.flags).toBe(ofVariation)
    await sim.close()
  })

  test.each([64, 0])('that is ephemeral is cancelled with the flags of the message (%i)', async (flags) => {
    const { sim, user, grid } = await start({ era: '2023', ephemeralWaiting: 'clicks' })
    const nonce = await user.click(grid, buttonOf(grid, 'V1'))
    const job = await until(() =>
      sim.truth.jobs().find((one) => one.nonce === nonce && one.progressMessageId),
    )
    const waiting = await user.gateway.dispatched('MESSAGE_CREATE', ({ id }) => id === job.progressMessageId)
    const body = user.clickBody({ id: waiting.id, flags }, buttonOf(waiting, 'Cancel Job'))
    expect((await user.request('POST', '/interactions', body)).status).toBe(flags === 64 ? 204 : 404)
    if (flags === 64) await until(() => sim.truth.job(job.jobUuid)?.state === 'stopped')
    await sim.close()
  })
})

describe('the progress message', () => {
  test.each(['before', 'after', 'never'] as const)('goes %s the final', async (progressDeletion) => {
    const { sim, user, grid } = await start({ progressDeletion })
    const { job } = await press(sim, user, grid, 'V1')
    const place = () => {
      const events = user.gateway.received.filter(aboutMessage)
      const removed = events.findIndex(({ t, d }) => t === 'MESSAGE_DELETE' && d.id === job.progressMessageId)
      return {
        removed,
        final: events.findIndex(({ t, d }) => t === 'MESSAGE_CREATE' && d.id === job.finalMessageId),
      }
    }
    if (progressDeletion === 'after') await until(() => place().removed >= 0)
    const { removed, final } = place()
    if (progressDeletion === 'never') expect(removed).toBe(-1)
    else expect(removed < final).toBe(progressDeletion === 'before')
    await sim.close()
  })
})

describe('an edit', () => {
  test.each(['whole', 'partial'] as const)('is %s', async (updates) => {
    const { sim, user, grid } = await start({ updates })
    const { story } = await press(sim, user, grid, 'V1')
    const edits = story.filter(({ t }) => t === 'MESSAGE_UPDATE').map(({ d }) => d)
    expect(edits.length).toBeGreaterThan(0)
    for (const edit of edits) {
      expect(edit.id).toMatch(/^\d+$/)
      expect(edit.edited_timestamp).not.toBeNull()
      expect('author' in edit).toBe(updates === 'whole')
      expect('components' in edit).toBe(updates === 'whole')
      expect(edit.nonce).toBeUndefined()
    }
    await sim.close()
  })
})

describe('an empty LOADING message', () => {
  test.each([0, 1])('comes first with a rate of %i', async (loadingFirstRate) => {
    const { sim, user } = await start({ loadingFirstRate })
    const nonce = await user.imagine('a loading fox')
    await user.final(nonce)
    const job = sim.truth.jobs().find((one) => one.nonce === nonce)
    const [first, second] = story(user, job?.progressMessageId ?? null)
    expect(first?.d).toMatchObject({ nonce, flags: loadingFirstRate * 128 })
    expect(first?.d.content === '').toBe(loadingFirstRate === 1)
    const waiting = loadingFirstRate === 1 ? second : first
    expect(waiting?.d.content).toContain('(Waiting to start)')
    expect(waiting?.d.flags).toBe(0)
    await sim.close()
  })
})

describe('the seed', () => {
  /** What was said, without what differs from run to run. */
  const told = async (seed: number) => {
    const { sim, user, grid } = await start({
      seed,
      loadingFirstRate: 0.5,
      progressDeletion: 'either',
      updates: 'mixed',
    })
    const single = (await press(sim, user, grid, 'U2')).final
    await press(sim, user, single, 'Vary (Subtle)')
    await press(sim, user, single, 'Animate (High motion)')
    const jobs = sim.truth
      .jobs()
      .map(({ jobUuid, kind, index, finalPrompt }) => ({ jobUuid, kind, index, finalPrompt }))
    const shapes = sim.truth
      .jobs()
      .map(({ progressMessageId }) =>
        story(user, progressMessageId).map(
          ({ t, d }) => `${t} ${d.flags} ${Object.keys(d).length} ${d.content}`,
        ),
      )
    await sim.close()
    return { jobs, shapes }
  }

  test('decides uuids, the form of edits and of first answers', async () => {
    const [one, again, other] = [await told(5), await told(5), await told(6)]
    expect(again.jobs).toEqual(one.jobs)
    expect(again.shapes.map((events) => events[0])).toEqual(one.shapes.map((events) => events[0]))
    expect(other.jobs).not.toEqual(one.jobs)
  })
})
