import type { Extras } from './input.ts'
import type { Job } from './job.ts'

type Given = { [Name in keyof Extras]?: Extras[Name] | undefined }

/** The extras that were given; absent ones stay absent. */
export const given = ({ idempotencyKey, callback, about }: Given): Extras => ({
  ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  ...(callback === undefined ? {} : { callback }),
  ...(about === undefined ? {} : { about }),
})

/** What a job that its caller did not submit has from the one that it comes of. */
export function inherited({ callback, about }: Job): Extras {
  if (!about) return given({ callback })
  const { alias: _, ...kept } = about
  return given({ callback, about: kept })
}
