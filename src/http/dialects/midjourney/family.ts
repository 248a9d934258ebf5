import type { Pool } from '../../../accounts/pool.ts'
import type { Clock } from '../../../clock.ts'
import type { JobService } from '../../../jobs/service.ts'
import type { TokenService } from '../../../tokens/service.ts'
import type { Callers } from '../../plugins/callers.ts'
import type { Directory } from './directory.ts'

export interface MidjourneyOptions {
  jobs: JobService
  tokens: TokenService
  pool: Pool
  callers: Callers
  clock: Clock
}

/** What the endpoints of the family share. */
export interface Family extends MidjourneyOptions {
  directory: Directory
}
