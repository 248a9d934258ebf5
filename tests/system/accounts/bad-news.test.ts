import { describe, expect, test } from 'vitest'
import type { JobId } from '../../../src/ids.ts'
import type { Job, JobRequest } from '../../../src/jobs/job.ts'
import { type BadNewsName, badNews } from '../../../src/simulator/bot/bad-news.ts'
import type { Delivery } from '../../../src/simulator/faults/fault-types.ts'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { startGateway } from '../../helpers/gateway.ts'
import { poolDesk } from '../../helpers/pool-desk.ts'
import type { Finishing } from '../../helpers/redis.ts'

/** What a piece of news does: to the job and its caller, to the account, and to the token's ledger. */
interface Effect {
  /** `waits`: under way with a notice. `queued`: it waits for an account again. */
  job: 'failed' | 'queued' | 'waits' | 'done'
  code?: string
  /** What the caller reads. */
  says?: string
  account: 'ready' | 'cooling' | 'exhausted' | 'attention' | 'dead'
}

const fails = (code: string, says: string): Effect => ({ job: 'failed', code, says, account: 'ready' })
const requeues = (account: Effect['account']): Effect => ({ job: 'queued', account })
const passes: Effect = { job: 'done', account: 'ready' }
/** These jobs run on one account by the test's wish: they cannot go elsewhere when it is lost. */
const lost: Effect = {
  job: 'failed',
  code: 'account-lost',
  says: 'The account that owns this picture is lost.',
  account: 'dead',
}

const effects: Record<BadNewsName, Effect> = {
  'job-queued': { job: 'waits', says: 'There is a maximum number of jobs', account: 'ready' },
  'queue-full': requeues('cooling'),
  'invalid-parameter': fails('invalid-parameter', 'Invalid parameter'),
  'invalid-parameter-text': fails('invalid-parameter', 'Invalid parameter:'),
  'invalid-link': fails('invalid-link', 'Could not fetch the image.'),
  'invalid-link!': fails('invalid-link', 'The link is not an image.'),
  'invalid-prompt': fails('invalid-prompt', 'This prompt cannot be used.'),
  'invalid-request': fails('invalid-prompt', 'This request cannot be used.'),
  'empty-prompt': fails('invalid-prompt', 'Empty prompt'),
  'duplicate-images': fails('duplicate-images', 'Use different images.'),
  'banned-prompt': fails('banned-prompt', 'Banned prompt'),
  'banned-prompt-detected': fails('banned-prompt', 'Banned prompt detected'),
  'banned-image-prompt': fails('banned-prompt', 'The image is not allowed.'),
  'ai-moderators': { ...fails('moderated', 'Appeal if you think'), account: 'attention' },
  'action-needed': { ...fails('moderated', 'Your prompt may be against'), account: 'attention' },
  'image-denied': fails('moderated', 'The image was denied.'),
  'output-filters': fails('moderated', 'The result was stopped.'),
  'image-filters': fails('moderated', 'The image was stopped.'),
  'image-blocked': fails('moderated', 'The image was blocked.'),
  'went-wrong': passes,
  'went-wrong-declined': fails('moderated', 'The job encountered an error.'),
  'could-not-complete': passes,
  'internal-error': passes,
  'internal-server-error': passes,
  crash: passes,
  'slow-down': requeues('cooling'),
  blocked: requeues('cooling'),
  'blocked-for-good': lost,
  'blocked-text': requeues('cooling'),
  'blocked-for-hours': requeues('cooling'),
  'blocked-for-days': requeues('cooling'),
  'blocked-for-weeks': requeues('cooling'),
  'pending-mod-message': requeues('attention'),
  'action-required': requeues('attention'),
  'complete-the-task': requeues('attention'),
  'credits-exhausted': requeues('exhausted'),
  'run-out-of-hours': requeues('exhausted'),
  'subscription-required': lost,
  'subscription-paused': lost,
  'plan-cancelled': lost,
  'tos-not-accepted': requeues('attention'),
  'job-action-restricted': fails('action-restricted', 'You cannot do this with this job.'),
  'failed-to-process': passes,
  'unknown-red': fails('upstream-failed', 'A red message.'),
  'unknown-grey': { job: 'waits', says: 'Nothing to worry about.', account: 'ready' },
}

const names = Object.keys(badNews) as BadNewsName[]

const ledgers = {
  failed: { remaining: 10, reserved: 0, used: 0 },
  queued: { remaining: 9, reserved: 1, used: 0 },
  waits: { remaining: 9, reserved: 1, used: 0 },
  done: { remaining: 9, reserved: 0, used: 1 },
}

/** The table's word for how a job stands. */
function standing(job: Job | null): Effect['job'] | 'under way' {
  if (!job) throw new Error('the job is gone')
  if (job.state === 'failed' || job.state === 'queued' || job.state === 'done') return job.state
  return job.notices.length > 0 ? 'waits' : 'under way'
}

const sentence = (job: Job | null): string | undefined =>
  job?.state === 'failed' ? job.failure.message : job?.notices[0]?.text

/** One gateway with an account for every row, so that all rows are tried at once. */
async function stage(t: Finishing) {
  const speed = 60
  const sim = await startSimulator({ accounts: names.length, speed, pictureSize: 'tiny', previews: false })
  t.onTestFinished(() => sim.close())
  const { prefix } = await startGateway(t, {
    sim,
    settings: { accounts: { minIntervalMs: 0, identifySpreadMs: 0 }, leases: { leaseMs: 60_000 } },
  })
  const desk = poolDesk(t, prefix)
  await desk.ready(names.length)
  return {
    ...desk,
    sim,
    script(account: number, news: BadNewsName, delivery: Delivery) {
      const retryAfterMs = speed * 600_000
      sim.faults.once({ kind: 'bad-news', account, news, delivery, retryAfterMs })
    },
  }
}

type Stage = Awaited<ReturnType<typeof stage>>

async function expectEffects(
  { sim, find, view, views, submit, script }: Stage,
  delivery: Delivery,
  requestFor: (account: number) => JobRequest,
) {
  const jobs = await Promise.all(
    names.map(async (news, account) => {
      script(account, news, delivery)
      return submit(requestFor(account), { account: sim.accounts[account]?.channelId ?? null })
    }),
  )
  const seen = async () => {
    const accounts = await views()
    const rows = names.map(async (news, index) => {
      const job = await find(jobs[index]?.id as JobId)
      const account = accounts.get(sim.accounts[index]?.channelId ?? '')?.state
      return [news, { job: standing(job), account }] as const
    })
    return Object.fromEntries(await Promise.all(rows))
  }
  const expected = Object.fromEntries(
    names.map((news) => [news, { job: effects[news].job, account: effects[news].account }]),
  )
  await expect.poll(seen, { timeout: 20_000, interval: 100 }).toEqual(expected)
  for (const [index, news] of names.entries()) {
    const { job: state, code, says } = effects[news]
    const job = await find(jobs[index]?.id as JobId)
    expect(await jobs[index]?.ledger(), news).toMatchObject(ledgers[state])
    if (says) expect(sentence(job), news).toContain(says)
    if (code) expect(job, news).toMatchObject({ failure: { code } })
    const refused = code === 'banned-prompt' || code === 'moderated' ? 1 : 0
    expect((await jobs[index]?.ledger())?.refused, news).toBe(refused)
    expect((await view(sim.accounts[index]?.channelId ?? '')).refused, news).toBe(refused)
    if (state === 'done') expect(job?.attempts, news).toBe(2)
  }
  expect(sim.faults.pending()).toEqual([])
}

const imagine = (account: number): JobRequest => {
  return { kind: 'imagine', prompt: `a windmill number ${account}` }
}

/** Draws a grid on every account; gives the press of its first variation button. */
async function pressesOf({ sim, submit, inState }: Stage): Promise<JobRequest[]> {
  const grids = await Promise.all(
    sim.accounts.map(({ channelId }, account) => submit(imagine(account), { account: channelId })),
  )
  return Promise.all(
    grids.map(async ({ id }) => {
      const { messageId, messageFlags, prompt, buttons } = (await inState(id, 'done')).result
      const customId = buttons.flat().find(({ label }) => label === 'V1')?.customId ?? ''
      return { kind: 'action', parent: id, messageId, messageFlags, customId, prompt }
    }),
  )
}

describe('every row of the news table does what it is to', () => {
  test.for<[Delivery, string]>([
    ['create', 'as the answer with the nonce'],
    ['reply', 'as a reply to the progress message'],
    ['update', 'as an edit of the progress message'],
    ['ephemeral', 'for our eyes only'],
  ])('%s, %s', { timeout: 60_000 }, async ([delivery], t) => {
    await expectEffects(await stage(t), delivery, imagine)
  })

  test('reply, to the message whose button was pressed', { timeout: 60_000 }, async (t) => {
    const staged = await stage(t)
    const presses = await pressesOf(staged)
    await expectEffects(staged, 'reply', (account) => presses[account] ?? imagine(account))
  })
})
