import type { Pool } from '../accounts/pool.ts'
import type { Clock } from '../clock.ts'
import type { EventLog } from '../jobs/events.ts'
import type { JobService } from '../jobs/service.ts'
import type { TokenService } from '../tokens/service.ts'
import type { Webhooks } from '../webhooks/webhooks.ts'
import type { Callers } from './plugins/callers.ts'

/** What every API family works with. */
export interface Core {
  jobs: JobService
  tokens: TokenService
  pool: Pool
  events: EventLog
  callers: Callers
  clock: Clock
  /** Absent where nobody is told. */
  webhooks?: Webhooks | undefined
}
