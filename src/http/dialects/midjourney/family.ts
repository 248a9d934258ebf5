import type { Core } from '../../core.ts'
import type { Directory } from './directory.ts'

export type MidjourneyOptions = Pick<Core, 'jobs' | 'tokens' | 'pool' | 'callers' | 'clock' | 'shown'>

/** What the endpoints of the family share. */
export interface Family extends MidjourneyOptions {
  directory: Directory
}
