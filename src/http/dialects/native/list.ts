import type { TokenId } from '../../../ids.ts'
import type { Job, JobState, Lane } from '../../../jobs/job.ts'
import type { Page } from '../../../jobs/ports.ts'
import type { JobService } from '../../../jobs/service.ts'

interface ListQuery {
  limit?: number
  cursor?: string
  state?: JobState
  kind?: Job['request']['kind']
  mode?: Lane
  account?: string
}

/** How many pages are looked through for one that a filter leaves thin. */
const mostPages = 20

/** A page of jobs that pass the filter. It may be short before the last: `next` says whether there may be more. */
export async function listJobs(
  jobs: Pick<JobService, 'page'>,
  token: TokenId | null,
  { limit = 20, cursor, state, kind, mode, account }: ListQuery,
): Promise<Page> {
  const fits = (job: Job) =>
    (state === undefined || job.state === state) &&
    (kind === undefined || job.request.kind === kind) &&
    (mode === undefined || job.lane === mode) &&
    (account === undefined || job.account === account)
  const found: Job[] = []
  let next = cursor
  for (let pages = 0; pages < mostPages && found.length < limit; pages += 1) {
    const page = await jobs.page({
      token,
      limit: limit - found.length,
      ...(next === undefined ? {} : { cursor: next }),
    })
    found.push(...page.jobs.filter(fits))
    next = page.next ?? undefined
    if (next === undefined) break
  }
  return { jobs: found, next: next ?? null }
}
