import type { Clock } from '../../../clock.ts'
import { DrawbridgeError } from '../../../errors.ts'
import type { JobId, TokenId } from '../../../ids.ts'
import { type FinishedJob, isFinished, type Job } from '../../../jobs/job.ts'
import type { UploadedPicture } from '../../../jobs/service.ts'
import { withoutLinks } from '../../../midjourney/prompt/plain.ts'
import { eventTypeOf, isLast } from '../../../webhooks/events.ts'
import type { Core } from '../../core.ts'
import { failureOf } from './errors.ts'

/** A grid has so many pictures. */
export const perGrid = 4

export interface Order {
  token: TokenId
  prompt: string
  /** They go in front of the prompt. */
  pictures: readonly UploadedPicture[]
  /** How many pictures are wanted: one job for each four. */
  n: number
  idempotencyKey?: string | undefined
}

const about = { family: 'openai' }

/** Submits what the pictures need, in order. When one job is refused, those before it are given up as far as they can be. */
export async function submitGrids({ jobs }: Pick<Core, 'jobs'>, order: Order): Promise<JobId[]> {
  const { token, prompt, pictures, n, idempotencyKey } = order
  const ids: JobId[] = []
  try {
    for (let index = 0; index < Math.ceil(n / perGrid); index += 1) {
      const key = idempotencyKey === undefined ? {} : { idempotencyKey: keyOf(idempotencyKey, index) }
      const { id } = await jobs.imagine({ token, prompt, pictures, about, ...key })
      ids.push(id)
    }
    return ids
  } catch (error) {
    await Promise.allSettled(ids.map((id) => jobs.cancel(id)))
    throw error
  }
}

/** A key of this family's own: what another family draws for the same key may be another thing. */
const keyOf = (key: string, index: number): string => `openai:${index + 1}:${key}`

/** What Midjourney sees in the picture: the first of its prompts. Costs nothing. */
export async function describedBy(
  core: Pick<Core, 'jobs' | 'events'>,
  token: TokenId,
  picture: UploadedPicture,
  signal: AbortSignal,
): Promise<string> {
  const { id } = await core.jobs.describe({ token, about, ...picture })
  const job = await endOf(core, id, signal)
  const text = job.state === 'done' ? (job.result.text ?? '') : ''
  if (job.state !== 'done') throw failureOf(job)
  const [first] = text
    .split('\n')
    .map(wordsOf)
    .filter((line) => line !== '')
  if (first === undefined)
    throw new DrawbridgeError('upstream-failed', 'The bot had no words for the picture.')
  return first
}

/** A line of a describe without its number and its links. */
const wordsOf = (line: string): string =>
  withoutLinks(line.replace(/^\s*\d(?:\u{fe0f}?\u{20e3}|[.)])\s*/u, '')).trim()

/** The job each time that it reports progress, and last as it has ended. Throws when it is aborted before. */
export async function* stages(
  { jobs, events }: Pick<Core, 'jobs' | 'events'>,
  id: JobId,
  signal: AbortSignal,
): AsyncGenerator<Job, FinishedJob> {
  const job = await jobs.find(id)
  if (!job) throw new DrawbridgeError('job-unknown')
  // The log may have forgotten the end of one that was found by its idempotency key.
  if (isFinished(job)) return job
  for await (const { name } of events.follow({ job: id, from: job.firstEvent ?? '0-0' }, signal)) {
    const type = eventTypeOf(name)
    if (type === null || (type !== 'job.progress' && !isLast(type))) continue
    const now = await jobs.find(id)
    if (!now) throw new DrawbridgeError('job-unknown')
    if (isFinished(now)) return now
    if (type === 'job.progress') yield now
  }
  throw signal.reason
}

/** The job as it has ended. */
export async function endOf(
  core: Pick<Core, 'jobs' | 'events'>,
  id: JobId,
  signal: AbortSignal,
): Promise<FinishedJob> {
  const all = stages(core, id, signal)
  for (;;) {
    const { done, value } = await all.next()
    if (done) return value
  }
}

/** A signal that ends the waiting after `ms`, or when `gone` calls what it is given. What was submitted goes on all the same. */
export async function within<Value>(
  clock: Clock,
  ms: number,
  gone: (stop: () => void) => void,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const waiting = new AbortController()
  const ended = new AbortController()
  const late = new DrawbridgeError(
    'job-timeout',
    'The pictures were not there in time; they are still drawn.',
  )
  const stop = () => waiting.abort(late)
  clock.sleep(ms, ended.signal).then(stop, () => {})
  gone(stop)
  try {
    return await work(waiting.signal)
  } finally {
    ended.abort(new Error('ended'))
  }
}
