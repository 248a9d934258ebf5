import { startSimulator } from '../src/simulator/simulator.ts'
import { startRedisServer } from '../tests/helpers/redis-server.ts'
import { until } from '../tests/helpers/until.ts'
import type { Benchmark } from './main.ts'
import { startBenchNode } from './pool.ts'

const jobs = 500
const speed = 20
const minIntervalMs = 1_200
/** Slots of the accounts; plans allow 3 or 12. */
const slots = [3, 3, 12, 12]

/** How close does the pool come to having every slot busy until the last job is done? */
export const makespan: Benchmark = {
  name: 'makespan',
  goal: 'at most 1.03 × the ideal bound, 500 jobs over a mixed pool',
  async run() {
    const redis = await startRedisServer()
    const sim = await startSimulator({
      accounts: slots.map((count) => ({
        mode: 'fast' as const,
        plan: count > 3 ? ('pro' as const) : ('standard' as const),
      })),
      speed,
      pictureSize: 'tiny',
      previews: false,
    })
    const entry = (index: number) => ({ concurrency: slots[index], minIntervalMs })
    const node = await startBenchNode({ sim, redisUrl: redis.url, speed, entry })
    try {
      await Promise.all(Array.from({ length: jobs }, (_, i) => submit(node.url, node.token, i)))
      const finished = () => sim.truth.jobs().filter(({ state }) => state === 'done')
      await until(() => finished().length === jobs, { timeoutMs: 300_000, everyMs: 20 })
      const all = finished()
      const work = all.reduce(
        (sum, { startedAt, finishedAt }) => sum + ((finishedAt ?? 0) - (startedAt ?? 0)),
        0,
      )
      const first = Math.min(...all.map(({ createdAt }) => createdAt))
      const last = Math.max(...all.map(({ finishedAt }) => finishedAt ?? 0))
      const bound = idealBound(all.map(({ startedAt, finishedAt }) => (finishedAt ?? 0) - (startedAt ?? 0)))
      return [
        { figure: 'mean time of a job', value: `${(work / jobs / 1000).toFixed(1)} s` },
        { figure: 'ideal bound', value: `${(bound / 1000).toFixed(1)} s` },
        { figure: 'makespan', value: `${((last - first) / 1000).toFixed(1)} s` },
        { figure: 'ratio', value: ((last - first) / bound).toFixed(3) },
      ]
    } finally {
      node.stop()
      await sim.close()
      await redis.stop()
    }
  },
}

/**
 * List scheduling without any loss: each job, in order, on the slot that can begin it first. Two jobs of one account begin at
 * least its interval apart, which is a rule and not a loss.
 */
function idealBound(durations: number[]): number {
  const accounts = slots.map((count) => ({ free: new Array<number>(count).fill(0), nextSend: 0 }))
  const begins = ({ free, nextSend }: (typeof accounts)[number]) => Math.max(Math.min(...free), nextSend)
  for (const duration of durations) {
    const [best] = [...accounts].sort((a, b) => begins(a) - begins(b))
    if (!best) break
    const at = begins(best)
    best.free[best.free.indexOf(Math.min(...best.free))] = at + duration
    best.nextSend = at + minIntervalMs / speed
  }
  return Math.max(...accounts.flatMap(({ free }) => free))
}

async function submit(url: string, token: string, index: number): Promise<void> {
  const answer = await fetch(`${url}/midjourney/imagine`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, prompt: `harbour view number ${index}` }),
  })
  if (!answer.ok) throw new Error(`submit: ${answer.status}`)
  await answer.body?.cancel()
}
