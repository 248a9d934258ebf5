import type { FastifyRequest } from 'fastify'
import type { Pool } from '../accounts/pool.ts'
import type { Clock } from '../clock.ts'
import type { EventLog } from '../jobs/events.ts'
import type { Job } from '../jobs/job.ts'
import type { JobService } from '../jobs/service.ts'
import type { TokenService } from '../tokens/service.ts'
import type { Webhooks } from '../webhooks/webhooks.ts'
import type { Callers } from './plugins/callers.ts'
import type { ShownJob } from './result-links.ts'

export interface BannedWords {
  all(): Promise<string[]>
  replace(words: readonly string[]): Promise<void>
}

/** What every API family works with. */
export interface Core {
  jobs: JobService
  tokens: TokenService
  pool: Pool
  events: EventLog
  callers: Callers
  clock: Clock
  /** A job as its reader is shown it, with links that stay. */
  shown: (job: Job, request: FastifyRequest) => ShownJob
  /** The address at which a picture of Discord's that is not kept is shown. */
  preview: (url: string) => string
  /** The operators' list; absent where no prompt is looked at. */
  bannedWords?: BannedWords | undefined
  /** Absent where nobody is told. */
  webhooks?: Webhooks | undefined
}
