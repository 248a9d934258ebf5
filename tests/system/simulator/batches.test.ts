import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts'
import { until } from '../../helpers/until.ts'
import { buttonOf, User } from './raw-client.ts'

let sim: Simulator
let user: User
beforeAll(async () => {
  sim = await startSimulator({ speed: 100, pictureSize: 'tiny', loadingFirstRate: 0 })
  user = await User.join(sim)
})
afterAll(() => sim.close())

const answerTo = (nonce: string) =>
  user.gateway.dispatched('MESSAGE_CREATE', (message) => message.nonce === nonce)
const seen = (nonce: string) => sim.truth.interactions().find((one) => one.nonce === nonce)

test.each([
  ['a {red, green, blue} kite', ['a red kite', 'a green kite', 'a blue kite']],
  ['a kite that comes back --repeat 2', ['a kite that comes back', 'a kite that comes back']],
])(
  '%s is drawn when the question is answered, each job with messages of its own',
  async (prompt, prompts) => {
    const nonce = await user.imagine(prompt)
    const question = await answerTo(nonce)
    expect(question.content).toContain(`**${prompts.length}** prompts`)
    expect(seen(nonce)).toMatchObject({ outcome: 'confirmation', jobUuids: [] })

    const click = await user.click(question, buttonOf(question, 'Yes'))
    const edited = await user.gateway.dispatched('MESSAGE_UPDATE', ({ id }) => id === question.id)
    expect(edited.components).toEqual([])
    const mine = () => sim.truth.jobs().filter((job) => job.nonce === click)
    await until(() => mine().filter(({ state }) => state === 'done').length === prompts.length)
    expect(mine().map(({ finalPrompt }) => finalPrompt)).toEqual(prompts.map((one) => `${one} --v 7.0`))
    expect(seen(click)?.jobUuids).toEqual(mine().map(({ jobUuid }) => jobUuid))
    const places = mine().flatMap(({ progressMessageId, finalMessageId }) => [
      progressMessageId,
      finalMessageId,
    ])
    expect(new Set(places).size).toBe(prompts.length * 2)
    for (const job of mine()) {
      const waiting = await user.gateway.dispatched(
        'MESSAGE_CREATE',
        ({ id }) => id === job.progressMessageId,
      )
      expect(waiting.nonce).toBeUndefined()
      expect(waiting.interaction_metadata).toMatchObject({ id: job.interactionId })
      const final = await user.gateway.dispatched('MESSAGE_CREATE', ({ id }) => id === job.finalMessageId)
      expect(final.message_reference?.message_id).toBe(job.progressMessageId)
    }
  },
)

test('the prompts can be looked at, and nothing is drawn after No', async () => {
  const question = await answerTo(await user.imagine('{one, two} kites'))
  await user.click(question, buttonOf(question, 'Show Prompts'))
  const shown = await user.gateway.dispatched('MESSAGE_UPDATE', ({ id }) => id === question.id)
  expect(shown.embeds[0]?.description).toBe('`one kites`\n`two kites`')
  const click = await user.click(question, buttonOf(question, 'No'))
  await user.gateway.dispatched(
    'MESSAGE_UPDATE',
    ({ id, components }) => id === question.id && components.length === 0,
  )
  expect(seen(click)).toMatchObject({ outcome: 'button', jobUuids: [] })
  const again = await user.request('POST', '/interactions', user.clickBody(question, 'MJ::Batch::yes'))
  expect(again.status).toBe(400)
})

test('a plan allows only so many', async () => {
  for (const prompt of [`a kite {${'a,'.repeat(10)}b}`, 'a kite --repeat 11', 'a kite --repeat 0']) {
    const answer = await answerTo(await user.imagine(prompt))
    expect(answer.embeds[0]?.title).toBe('Invalid parameter')
    expect(answer.components).toEqual([])
  }
})

test('repeating once is no batch', async () => {
  expect((await user.final(await user.imagine('a lone kite --repeat 1'))).content).toContain(
    '**a lone kite --v 7.0**',
  )
})
