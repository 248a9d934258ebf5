import { expect, test } from 'vitest'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import type { Message } from '../../../src/simulator/world/message.ts'
import { until } from '../../helpers/until.ts'
import { buttonOf, User } from './raw-client.ts'

test('stays consistent while everything goes wrong: one final per job, all in the history, no slot kept', async () => {
  const sim = await startSimulator({
    accounts: 3,
    speed: 200,
    seed: 3,
    pictureSize: 'tiny',
    foreignJobsPerMinute: 4,
    updates: 'mixed',
    faults: { duplicateRate: 0.2, delayRate: 0.2, reorderRate: 0.2, loseRate: 0.2, failureThenJobRate: 0.1 },
  })
  const users = await Promise.all(
    sim.accounts.map((_, index) => User.join(sim, index, { compress: index === 1 })),
  )
  const nonces = await Promise.all(
    users.flatMap((user) => Array.from({ length: 8 }, (_, n) => user.imagine(`a fox in storm ${n % 2}`))),
  )
  const mine = () => sim.truth.jobs().filter(({ foreign }) => !foreign)
  await until(() => mine().filter(({ state }) => state === 'done').length === nonces.length)

  expect(new Set(mine().map(({ nonce }) => nonce))).toEqual(new Set(nonces))
  expect(new Set(mine().map(({ jobUuid }) => jobUuid)).size).toBe(nonces.length)
  expect(new Set(mine().map(({ finalMessageId }) => finalMessageId)).size).toBe(nonces.length)
  await until(() => sim.truth.running() === 0)
  for (const user of users) {
    const history = await user.get<Message[]>(`/channels/${user.account.channelId}/messages?limit=100`)
    const finals = mine().filter(({ account }) => account === user.account.index)
    for (const { finalMessageId, jobUuid } of finals) {
      const message = history.find(({ id }) => id === finalMessageId)
      expect(message && buttonOf(message, 'U1')).toContain(jobUuid)
    }
  }
  await sim.close()
})
