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

/** Prompts that the bot was made to draw more than once. */
export function drawnTwice(sim: Simulator): string[] {
  const counts = new Map<string, number>()
  for (const { prompt, foreign, kind } of sim.truth.jobs()) {
    if (!foreign && kind === 'imagine') counts.set(prompt, (counts.get(prompt) ?? 0) + 1)
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
