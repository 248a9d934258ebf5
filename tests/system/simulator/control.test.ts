import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Counters, SimulatedJob, Simulator } from '../../../src/simulator/simulator.ts'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { User } from './raw-client.ts'

let sim: Simulator
let user: User
beforeAll(async () => {
  sim = await startSimulator({ accounts: 2, speed: 100, pictureSize: 'tiny' })
  user = await User.join(sim)
})
afterAll(() => sim.close())

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${sim.urls.control}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  return (await answer.json()) as T
}

describe('the control API', () => {
  test('shows accounts and changes them', async () => {
    const [first] = await call<{ token: string; mode: string }[]>('GET', '/accounts')
    expect(first).toMatchObject({ token: user.account.token, mode: 'fast', plan: 'standard' })
    await call('PATCH', '/accounts/0', { mode: 'relax', plan: 'mega' })
    expect(sim.accounts[0]).toMatchObject({ mode: 'relax', plan: 'mega' })
    await call('PATCH', `/accounts/${user.account.channelId}`, { mode: 'fast' })
    expect(sim.accounts[0]?.mode).toBe('fast')
    expect(await call('PATCH', '/accounts/77', {})).toEqual({ error: 'no such account' })
  })

  test('tells which interaction made which final', async () => {
    const nonce = await user.imagine('a fox on record')
    const final = await user.final(nonce)
    const jobs = await call<SimulatedJob[]>('GET', '/truth/jobs')
    const job = jobs.find((one) => one.finalMessageId === final.id)
    const truth = await call<{
      interactions: { id: string; nonce: string; outcome: string; prompt: string }[]
    }>('GET', '/truth')
    const interaction = truth.interactions.find(({ id }) => id === job?.interactionId)
    expect(interaction).toMatchObject({
      nonce,
      outcome: 'job',
      prompt: 'a fox on record',
      answered: 204,
      proxied: false,
    })
    const counters = await call<Counters>('GET', '/truth/counters?account=0')
    expect(counters).toMatchObject({ interactions: { imagine: 1 }, identifies: 1 })
    expect(counters.requests['POST /interactions 204']).toBe(1)
    expect(await call('GET', '/truth/sessions')).toMatchObject([
      { sessionId: user.sessionId, account: 0, connected: true },
    ])
  })

  test('scripts faults, and drops and orders sockets', async () => {
    const queued = await call('POST', '/faults', {
      once: { kind: 'bot', does: 'silent' },
      set: { loseRate: 0.1 },
    })
    expect(queued).toEqual({ pending: [{ kind: 'bot', does: 'silent' }] })
    expect(await call('DELETE', '/faults')).toEqual({ pending: [] })
    await call('POST', '/commands/bump')
    expect(await call('PUT', '/accounts/1/proxy', { mode: 'down' })).toEqual({ ok: true })
    expect(await call('POST', '/gateway', { send: 'heartbeat' })).toEqual({ ordered: 1 })
    expect(await call('POST', '/drop', { account: 0, invalidSession: true })).toEqual({ dropped: 1 })
    expect(await user.gateway.closed()).toBe(1006)
  })
})
