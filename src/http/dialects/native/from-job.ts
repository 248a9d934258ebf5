import { type ErrorCode, errorCatalogue } from '../../../errors.ts'
import { filesOf, isFinished, isHeld, type Job, parentOf, type Question } from '../../../jobs/job.ts'
import type { QueuePlace } from '../../../jobs/ports.ts'
import { parameterOf } from '../../../midjourney/prompt/edit.ts'
import type { ShownJob } from '../../result-links.ts'
import type { JobView } from './schema.ts'

/** A job as the native family shows it. */
export function fromJob(job: ShownJob, queue: QueuePlace | null = null): JobView {
  const { track } = job
  return {
    id: job.id,
    kind: job.request.kind,
    state: job.state,
    prompt: 'prompt' in job.request ? job.request.prompt : null,
    originalPrompt: job.about?.original ?? null,
    warnings: job.about?.warnings ?? [],
    mode: job.lane,
    account: job.account,
    parent: parentOf(job.request),
    root: job.root,
    charge: job.charge,
    attempts: job.attempts,
    queue,
    percent: job.state === 'done' ? 100 : (track.percent ?? null),
    previewUrl: track.previewUrl ?? null,
    question: job.state === 'needs-input' ? fromQuestion(job.question) : null,
    failure: 'failure' in job ? { ...job.failure, retry: mayRetry(job.failure.code) } : null,
    notices: job.notices.map(({ title, text, at }) => ({ title, text, at: isoTime(at) })),
    result: job.state === 'done' ? fromResult(job) : null,
    timings: timingsOf(job),
  }
}

const fromQuestion = ({ dialog, title, fields, until }: Question) => ({
  dialog,
  title,
  fields,
  until: isoTime(until),
})

const fromResult = ({ result, links, ...job }: ShownJob & { state: 'done' }) => ({
  messageId: result.messageId,
  uuid: result.uuid,
  prompt: result.prompt,
  index: result.index,
  // A single picture does not say its mode.
  mode: result.mode ?? job.lane,
  seed: job.seed ?? parameterOf(result.prompt, 'seed')?.value ?? null,
  content: result.content,
  text: result.text ?? null,
  files: filesOf(result).map((file, index) => ({ ...file, discordUrl: links?.discord[index] ?? file.url })),
  thumbnail: links?.thumbnail ?? null,
  webp: links?.webp ?? null,
  quarters: links?.quarters ?? [],
  buttons: result.buttons.map((row) => row.map(({ customId, label }) => ({ id: customId, label }))),
  children: result.children ?? [],
})

function timingsOf(job: Job): JobView['timings'] {
  const taken = isHeld(job) ? job.assignedAt : isFinished(job) ? job.takenAt : null
  const sent = isHeld(job) ? job.sendingAt : isFinished(job) ? job.sentAt : null
  return {
    queuedAt: isoTime(job.queuedAt),
    takenAt: isoTimeOrNull(taken),
    sentAt: isoTimeOrNull(sent),
    startedAt: isoTimeOrNull(job.startedAt),
    finishedAt: isoTimeOrNull(isFinished(job) ? job.finishedAt : null),
  }
}

const mayRetry = (code: string): boolean => errorCatalogue[code as ErrorCode]?.retry ?? false
const isoTime = (ms: number): string => new Date(ms).toISOString()
const isoTimeOrNull = (ms: number | null): string | null => (ms === null ? null : isoTime(ms))
