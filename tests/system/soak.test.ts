import sharp from 'sharp'
import { expect, test } from 'vitest'
import { createClock } from '../../src/clock.ts'
import type { JobView } from '../../src/http/dialects/native/schema.ts'
import { type SimulatedJob, startSimulator } from '../../src/simulator/simulator.ts'
import { startGateway } from '../helpers/gateway.ts'
import { retainedBytes } from '../helpers/memory.ts'
import { nativeClient } from '../helpers/native-client.ts'
import { watchInvariants } from '../helpers/pool-check.ts'
import { testRedis } from '../helpers/redis.ts'
import { seeded } from '../helpers/seeded.ts'
import { until } from '../helpers/until.ts'

const jobs = 2_000
const speed = 25
const leases = { leaseMs: 10_000 * speed, renewMs: 3_000 * speed }

const faults = {
  dropRate: 0.003,
  dropInvalidShare: 0.3,
  duplicateRate: 0.05,
  delayRate: 0.05,
  delayMs: 2_000,
  reorderRate: 0.05,
  loseRate: 0.005,
  silentRate: 0.01,
  failureRate: 0.01,
  failureThenJobRate: 0.01,
  rateLimitRate: 0.02,
  serverErrorRate: 0.01,
  htmlErrorRate: 0.01,
  hangRate: 0.003,
  executedErrorRate: 0.01,
}

/** What each button makes, in the simulator's words. */
const kinds: [pattern: RegExp, kind: SimulatedJob['kind']][] = [
  [/^MJ::JOB::upsample::/, 'upscale'],
  [/^MJ::JOB::variation::/, 'variation'],
  [/^MJ::JOB::reroll::/, 'reroll'],
  [/^MJ::JOB::low_variation::/, 'vary-subtle'],
  [/^MJ::JOB::high_variation::/, 'vary-strong'],
  [/^MJ::Outpaint::/, 'zoom'],
  [/^MJ::CustomZoom::/, 'zoom'],
  [/^MJ::JOB::pan_/, 'pan'],
  [/^MJ::JOB::upsample_v/, 'hd-upscale'],
]

test('two thousand mixed jobs with every fault at once: none lost, none doubled, none mixed up', {
  timeout: 280_000,
}, async (t) => {
  const sim = await startSimulator({
    accounts: Array.from({ length: 6 }, () => ({ plan: 'mega' as const })),
    speed,
    seed: 2_000,
    pictureSize: 'tiny',
    previews: false,
    updates: 'mixed',
    foreignJobsPerMinute: 2,
    fastHoursPerJob: 0.0001,
    faults,
  })
  t.onTestFinished(() => sim.close())
  // The clock runs fast, the machine does not: what a job may take is meant in real seconds.
  const drawWithinMs = { fast: 900_000, turbo: 900_000, relax: 3_600_000 }
  const limits = { mostWaitingFree: 5_000, describeWithinMs: 600_000, drawWithinMs }
  const settings = { leases, limits }
  const { url, prefix } = await startGateway(t, {
    sim,
    settings,
    clock: createClock(speed),
    entry: () => ({ concurrency: 12 }),
  })
  const { redis } = testRedis(t)
  const invariants = watchInvariants(redis, prefix, 250)
  const caller = await nativeClient(url, { count: 100_000 })
  await caller.ready(6)
  const random = seeded(2_000)
  const picture = await image()
  const submitted = new Map<string, { parent: string | null; body: Record<string, unknown> }>()
  const ended = new Map<string, JobView>()
  const memory: number[] = []

  const first = Array.from({ length: 500 }, (_, number) => {
    if (number % 20 === 0) return { kind: 'describe', picture }
    if (number % 20 === 1) return { kind: 'shorten', prompt: `a very long prompt number ${number}` }
    // Five callers each want the same.
    return { kind: 'imagine', prompt: `fox number ${number % 100} on a hill` }
  })
  const follow = async (job: JobView) => {
    ended.set(job.id, job)
    if (ended.size % 250 === 0) memory.push(retainedBytes())
    const room = () => jobs - submitted.size
    if (job.state !== 'done' || job.kind === 'describe' || job.kind === 'shorten') return
    const buttons = (job.result?.buttons.flat() ?? []).filter(({ id }) =>
      kinds.some(([pattern]) => pattern.test(id)),
    )
    for (let press = 0; press < 4 && room() > 0 && buttons.length > 0; press += 1) {
      const { id: button } = buttons[Math.floor(random() * buttons.length)] as { id: string }
      const body = { button, onDialog: 'accept' }
      const child = await caller.press(job.id, body)
      submitted.set(child.id, { parent: job.id, body })
    }
  }

  const listening = new AbortController()
  t.onTestFinished(() => listening.abort())
  const following = listen(`${url}/v1/events`, caller.token, listening.signal, follow)
  for (const body of first) submitted.set((await caller.submit(body)).id, { parent: null, body })
  await until(() => ended.size >= jobs && ended.size === submitted.size, {
    timeoutMs: 240_000,
    everyMs: 200,
    what: `all jobs ended`,
  }).catch((error: Error) => {
    const open = [...submitted.keys()].filter((id) => !ended.has(id))
    throw new Error(`${error.message}: ${ended.size} of ${submitted.size}, open ${open.slice(0, 5)}`)
  })
  listening.abort()
  await following

  const { samples, broken } = invariants.stop()
  expect(broken).toEqual([])
  expect(samples).toBeGreaterThan(20)
  const views = [...ended.values()]
  // A job fails only when the bot left each of its attempts without an answer, and then nothing was drawn for it.
  const failed = views.filter(({ state }) => state !== 'done')
  expect(failed.map(({ failure, attempts }) => [failure?.code, attempts])).toEqual(
    failed.map(() => ['upstream-failed', 3]),
  )
  expect(failed.length).toBeLessThanOrEqual(4)
  expect(mixedUp(views.filter(({ state }) => state === 'done'))).toEqual([])

  // Everything that the bot drew for us is somebody's, once.
  const drawn = sim.truth.jobs().filter(({ foreign, state }) => !foreign && state === 'done')
  const taken = views.flatMap(({ result }) => result?.uuid ?? [])
  expect(new Set(taken).size).toBe(taken.length)
  expect(drawn.map(({ jobUuid }) => jobUuid).filter((uuid) => !taken.includes(uuid))).toEqual([])
  expect(sim.truth.running()).toBe(0)
  const charged = views.filter(({ charge, state }) => charge === 1 && state === 'done').length
  expect(await caller.ledger()).toMatchObject({ used: charged, reserved: 0 })
  // The simulator, in this process too, keeps every message for its history: some 60 KB a job. Ours may add little to it.
  const [early = 0, late = 0] = [memory[1], memory.at(-1)]
  expect(late).toBeLessThan(early + 150_000_000)

  /** Results that are not what was asked for: another prompt, another parent, another kind of picture. */
  function mixedUp(all: JobView[]): object[] {
    return all.flatMap((job) => {
      const request = submitted.get(job.id)
      const truth = sim.truth.job(job.result?.uuid ?? '')
      if (!request || job.kind === 'describe' || job.kind === 'shorten') return []
      if (request.parent === null) {
        return truth?.kind === 'imagine' && truth.prompt === request.body.prompt
          ? []
          : [{ job: job.id, truth }]
      }
      const button = String(request.body.button)
      const kind = kinds.find(([pattern]) => pattern.test(button))?.[1]
      const parentUuid = ended.get(request.parent)?.result?.uuid
      const index = /^MJ::JOB::(?:upsample|variation)::(\d)/.exec(button)?.[1]
      const fits =
        truth?.kind === kind &&
        truth?.parentJobUuid === parentUuid &&
        (index === undefined || truth?.index === Number(index))
      return fits ? [] : [{ job: job.id, button, truth }]
    })
  }
})

/** Hands every ended job to `take`, from the event stream; comes back where it stopped. */
async function listen(
  url: string,
  token: string,
  signal: AbortSignal,
  take: (job: JobView) => Promise<void>,
): Promise<void> {
  let last = '0-1'
  while (!signal.aborted) {
    try {
      const response = await fetch(url, {
        headers: { authorization: `Bearer ${token}`, 'last-event-id': last },
        signal,
      })
      let text = ''
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        text += Buffer.from(chunk).toString()
        const frames = text.split('\n\n')
        text = frames.pop() ?? ''
        for (const frame of frames) {
          last = /^id: (.*)$/m.exec(frame)?.[1] ?? last
          const data = /^data: (.*)$/m.exec(frame)?.[1]
          const { view } = JSON.parse(data ?? '{}') as { view?: JobView }
          if (view) await take(view)
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}

async function image(): Promise<string> {
  const red = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
  return (await red.png().toBuffer()).toString('base64')
}
