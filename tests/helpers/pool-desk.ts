import type { AccountOrder, AccountView, CommandReply } from '../../src/accounts/pool.ts'
import { type Clock, systemClock } from '../../src/clock.ts'
import { type AccountId, type JobId, newJobId, tokenId } from '../../src/ids.ts'
import type { Job, JobRequest, Lane } from '../../src/jobs/job.ts'
import { createScheduler } from '../../src/scheduler/scheduler.ts'
import { TokenService } from '../../src/tokens/service.ts'
import { type Finishing, redisUrl } from './redis.ts'
import { until } from './until.ts'

export type PoolDesk = ReturnType<typeof poolDesk>

/** The core of a running gateway's pool, beside its HTTP: jobs for one account, what stands in Redis, operators' orders. */
export function poolDesk(t: Finishing, prefix: string, clock: Clock = systemClock) {
  const scheduler = createScheduler({ target: { kind: 'single', url: redisUrl() }, prefix, clock })
  t.onTestFinished(() => scheduler.close())
  const tokens = new TokenService({ store: scheduler.tokens, clock })
  const views = async () => new Map((await scheduler.pool.accounts()).map((view) => [String(view.id), view]))
  const view = async (account: string): Promise<AccountView> => {
    const found = (await views()).get(account)
    if (!found) throw new Error(`no account ${account}`)
    return found
  }
  const find = (id: JobId): Promise<Job | null> => scheduler.jobs.find(id)
  return {
    pool: scheduler.pool,
    views,
    view,
    find,
    order: (account: string, order: AccountOrder): Promise<CommandReply> =>
      scheduler.pool.order(account as AccountId, order),
    /** Waits until so many accounts take jobs. */
    ready: (count: number) =>
      until(
        async () => [...(await views()).values()].filter(({ state }) => state === 'ready').length === count,
        { timeoutMs: 30_000, what: `${count} ready accounts` },
      ),
    /** Queues a job on a token of its own, with ten uses unless told otherwise; on `account`, or where the lanes say. */
    async submit(
      request: JobRequest,
      {
        account = null,
        lanes = ['fast'],
        grant = { count: 10, class: 'fast' },
      }: {
        account?: string | null
        lanes?: readonly Lane[] | 'policy'
        grant?: { count: number; class: string }
      } = {},
    ) {
      const id = newJobId()
      const token = tokenId(await tokens.issue({ days: 1, ...grant }))
      const where = { root: id, lanes, account: account as AccountId | null }
      const reply = await scheduler.jobs.submit({ id, token, charge: 1, request, ...where })
      if (!reply.accepted) throw new Error(`not accepted: ${reply.code}`)
      return { id, ledger: () => scheduler.tokens.find(token) }
    },
    /** Waits until the job is in this state. */
    inState: <State extends Job['state']>(id: JobId, state: State): Promise<Extract<Job, { state: State }>> =>
      until(
        async () => {
          const job = await find(id)
          return job?.state === state ? (job as Extract<Job, { state: State }>) : null
        },
        { timeoutMs: 30_000, everyMs: 25, what: `job ${id} ${state}` },
      ),
  }
}
