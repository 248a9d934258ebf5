import { createAccountFiles, filesByErrand } from './account-files.ts'
import type { AccountConfig } from './accounts/pool-file.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import { createLinkWriter } from './http/result-links.ts'
import type { AccountId, JobId } from './ids.ts'
import { createImages } from './images/images.ts'
import { isOnCdn } from './images/links.ts'
import type { CopyOrder, PendingCopies } from './images/ports.ts'
import { filesOf, type Job, showsGrid } from './jobs/job.ts'
import type { JobService } from './jobs/service.ts'
import type { Log } from './log.ts'

interface PicturesParts {
  config: Pick<Config, 'dataDir' | 'role' | 'images' | 'discord' | 'settings'>
  accounts: readonly AccountConfig[]
  jobs: JobService
  /** Which jobs' files are still to be copied. */
  store: {
    all(): Promise<{ job: JobId; account: AccountId }[]>
    add(copy: { job: JobId; account: AccountId }): Promise<void>
    remove(job: JobId): Promise<void>
  }
  /** Whether this node listens for the account. */
  holds: (account: AccountId) => boolean
  clock: Clock
  log: Log
}

/** The files of finished jobs: copied when the job is done, each its account's own way, then linked to and served. */
export function createPictures({ config, accounts, jobs, store, holds, clock, log }: PicturesParts) {
  const { dataDir, role, settings } = config
  const { cdnUrl, apiUrl } = config.discord
  const { linkSeconds } = settings.images
  const cdnPrefix = settings.images.cdnPrefix || null

  async function orderOf(jobId: string): Promise<CopyOrder | null> {
    const job = await jobs.find(jobId)
    return job && orderFrom(job, cdnUrl)
  }

  const pending: PendingCopies = {
    async list() {
      const orders: CopyOrder[] = []
      for (const { job, account } of await store.all()) {
        if (!holds(account)) continue
        const order = await orderOf(job)
        // The job is no longer known, or has nothing that could be copied.
        if (order) orders.push(order)
        else await store.remove(job)
      }
      return orders
    },
    add: ({ jobId, account }) => store.add({ job: jobId as JobId, account: account as AccountId }),
    remove: (jobId) => store.remove(jobId as JobId),
  }

  const accountFiles = createAccountFiles({ accounts, apiUrl, clock, log })
  const images = createImages({
    dataDir,
    s3: config.images.s3,
    secret: config.images.secret,
    settings: { ...settings.images, goneKeptMs: settings.limits.keptMs },
    upstream: role === 'api' ? filesByErrand(jobs) : accountFiles,
    pending,
    orderOf,
    clock,
    log,
  })
  const links = createLinkWriter({ signer: images.signer, linkSeconds, cdnPrefix, cdnUrl, clock })

  async function copyFilesOf(job: JobId): Promise<void> {
    const order = await orderOf(job)
    if (order) await images.keeper.keep(order)
    else await store.remove(job)
  }

  return {
    shown: links.show,
    /** For the front door. */
    served: { library: images.library, signer: images.signer, signedOnly: linkSeconds > 0, cdnPrefix, links },
    start: images.start,

    /** The job is done: copies its files. A failure is left to the next round. */
    keep(job: JobId): void {
      copyFilesOf(job).catch((err: unknown) => log.warn({ err, jobId: job }, 'files not ordered yet'))
    },

    async stop(): Promise<void> {
      await images.stop()
      await accountFiles.close()
    },
  }
}

function orderFrom(job: Job, cdnUrl: string): CopyOrder | null {
  if (job.state !== 'done' || job.account === null) return null
  const files = filesOf(job.result).filter(({ url }) => isOnCdn(url, cdnUrl))
  if (files.length === 0) return null
  const { id: jobId, account, finishedAt: at } = job
  return { jobId, account, files, grid: showsGrid(job.result), at }
}
