import { expect, test } from 'vitest'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { caller } from '../helpers/caller.ts'
import { startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'

const fast = { accounts: { minIntervalMs: 20 } }

test.for(['2026', '2023'] as const)(
  'draws, reports progress, upscales and keeps history (%s)',
  async (era, t) => {
    const sim = await startSimulator({ accounts: 2, speed: 60, era, pictureSize: 'tiny' })
    t.onTestFinished(() => sim.close())
    const { url } = await startGateway(t, { sim, settings: fast })
    const { token: issue, imagine, progress, pictures, action, get } = caller(url)
    const token = await issue(100)

    const job = await imagine(token, 'a red fox in the snow --ar 3:2')
    expect(job).toMatchObject({ prompt: 'a red fox in the snow --ar 3:2', tasks: 1, images: [] })
    const percents: number[] = []
    await until(async () => {
      const { percentage } = await progress(job.id)
      if (percentage) percents.push(Number(percentage))
      return (await caller(url).job(job.id)).images.length > 0
    })
    expect(percents.length).toBeGreaterThan(0)
    expect(percents).toEqual([...percents].sort((a, b) => a - b))

    const [grid] = (await pictures(job.id)).images
    expect(grid?.actions?.map((row) => row.map(({ label }) => label))).toEqual([
      ['U1', 'U2', 'U3', 'U4', '🔄'],
      ['V1', 'V2', 'V3', 'V4'],
    ])
    const u2 = grid?.actions?.flat().find(({ label }) => label === 'U2')
    const drawn = await caller(url).job(job.id)
    const acted = await action(token, grid?.id ?? '', u2?.id ?? '', drawn.client_id)
    expect(acted).toMatchObject({ id: job.id, tasks: 2 })
    const done = await pictures(job.id, 2)
    expect(done.images[0]).toEqual(grid)

    const truth = sim.truth.jobs()
    expect(truth).toMatchObject([
      { kind: 'imagine', finalMessageId: done.images[0]?.id },
      { kind: 'upscale', index: 2, finalMessageId: done.images[1]?.id },
    ])
    expect(sim.truth.interactions().every(({ sessionLive }) => sessionLive)).toBe(true)
    const picture = await fetch(done.images[1]?.url ?? '')
    expect(picture.status).toBe(200)
    expect(picture.headers.get('content-type')).toMatch(/^image\//)
    const { data } = await get<{ data: { job_id: string; images_url: string }[] }>('history', { token })
    expect(data).toEqual(done.images.map(({ url }) => ({ job_id: job.id, images_url: url })))
  },
)

test('discovers the commands once more when Midjourney has registered them anew', async (t) => {
  const sim = await startSimulator({ accounts: 1, speed: 60, pictureSize: 'tiny' })
  t.onTestFinished(() => sim.close())
  const { url } = await startGateway(t, { sim, settings: fast })
  const client = caller(url)
  const token = await client.token(100)
  await client.pictures((await client.imagine(token, 'before the change')).id)
  sim.bumpCommandVersions()
  await client.pictures((await client.imagine(token, 'after the change')).id)
  const { requests } = sim.truth.counters()
  const refused = Object.entries(requests).filter(([route]) => /interactions 400$/.test(route))
  expect(refused.map(([, count]) => count)).toEqual([1])
})
