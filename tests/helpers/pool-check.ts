import type { Redis } from 'ioredis'
import { expect } from 'vitest'
import type { Simulator } from '../../src/simulator/simulator.ts'
import type { FamilyJob } from './caller.ts'
import { adminKey } from './gateway.ts'

/**
 * Compares what callers were given with what the simulated bot knows: each picture is the one of its own prompt, and no
 * prompt was drawn twice. Prompts must be distinct.
 */
export function expectOwnPictures(sim: Simulator, jobs: FamilyJob[]): void {
  const byFinal = new Map(sim.truth.jobs().map((job) => [job.finalMessageId, job]))
  const wrong = jobs.filter(({ images, prompt }) => {
    const [picture] = images.filter(({ url }) => url)
    return byFinal.get(picture?.id ?? '')?.prompt !== prompt
  })
  expect(wrong).toEqual([])
  expect(drawnTwice(sim)).toEqual([])
}

/** Prompts that the bot began to draw more than once; one that it had no room for was not begun. */
export function drawnTwice(sim: Simulator): string[] {
  const counts = new Map<string, number>()
  for (const { prompt, foreign, kind, startedAt } of sim.truth.jobs()) {
    if (!foreign && kind === 'imagine' && startedAt !== null)
      counts.set(prompt, (counts.get(prompt) ?? 0) + 1)
  }
  return [...counts].filter(([, count]) => count > 1).map(([prompt]) => prompt)
}

export interface Ledger {
  granted: number
  remaining: number
  reserved: number
  used: number
}

/** The ledger of the only token, read through the family. */
export async function ledgerOf(url: string): Promise<Ledger> {
  const response = await fetch(`${url}/midjourney/get_token?key=${adminKey}`)
  const { data } = (await response.json()) as { data: Ledger[] }
  const [row] = data
  if (!row) throw new Error('no token was issued')
  expect(row.granted).toBe(row.remaining + row.reserved + row.used)
  return row
}

/** Reads the whole pool in one step, so that nothing moves between two readings. */
const snapshotScript = `
  local found = {}
  local holding = { assigned = true, sending = true, unconfirmed = true, sent = true, running = true }
  local slots = {}
  for _, account in ipairs(redis.call('SMEMBERS', KEYS[1] .. 'accounts')) do
    for _, job in ipairs(redis.call('SMEMBERS', KEYS[1] .. 'held:' .. account)) do slots[job] = account end
  end
  local open = 0
  for _, key in ipairs(redis.call('KEYS', KEYS[1] .. 'job:*')) do
    local job = redis.call('HMGET', key, 'state', 'account', 'ledger', 'charge')
    local id = string.match(key, '[^:]+$')
    local state = job[1]
    if holding[state] and slots[id] ~= job[2] then found[#found + 1] = id .. ' is ' .. state .. ' without a slot' end
    if not holding[state] and slots[id] then found[#found + 1] = id .. ' is ' .. state .. ' with a slot' end
    if job[3] == 'reserved' then open = open + tonumber(job[4]) end
  end
  local reserved = 0
  for _, token in ipairs(redis.call('SMEMBERS', KEYS[1] .. 'tokens')) do
    local t = redis.call('HMGET', KEYS[1] .. 'token:' .. token, 'granted', 'remaining', 'reserved', 'used')
    reserved = reserved + t[3]
    if t[1] - t[2] - t[3] - t[4] ~= 0 then found[#found + 1] = 'ledger of ' .. token end
  end
  if reserved ~= open then found[#found + 1] = reserved .. ' reserved for ' .. open .. ' open jobs' end
  return found
`

/** Samples the pool until stopped; `broken` lists every moment at which a slot or the ledger was not exact. */
export function watchInvariants(redis: Redis, prefix: string, everyMs = 100) {
  const broken = new Set<string>()
  let samples = 0
  const timer = setInterval(async () => {
    const found = (await redis.eval(snapshotScript, 1, `${prefix}:{main}:`)) as string[]
    samples += 1
    for (const line of found) broken.add(line)
  }, everyMs)
  return {
    stop(): { samples: number; broken: string[] } {
      clearInterval(timer)
      return { samples, broken: [...broken] }
    },
  }
}
