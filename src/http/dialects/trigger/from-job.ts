import { filesOf, type Job, type JobResult } from '../../../jobs/job.ts'
import type { JobEvent } from '../../../webhooks/events.ts'
import { progressMessageOf } from './ids.ts'

interface Attachment {
  filename: string
  id: number
  proxy_url: string
  size: number
  url: string
  spoiler: false
  height: number | null
  width: number | null
  content_type: string
}

/** What this family's receivers are told: always these six keys, in this order. */
export interface TriggerCallback {
  type: 'start' | 'generating' | 'end' | 'error' | 'banned' | 'text'
  /** A bare number, so it stays below 2^53. */
  id: number
  content: string
  attachments: Attachment[]
  embeds: object[]
  trigger_id: string
}

const banning = new Set(['moderated', 'banned-prompt', 'banned-word'])

/** The callback of an event; null for what this family says nothing about. */
export function callbackFor(job: Job, event: Pick<JobEvent, 'type'>): TriggerCallback | null {
  const message = messageOf(job)
  if (message === null) return null
  const base = { id: progressMessageOf(message), attachments: [], embeds: [], trigger_id: triggerOf(job) }
  const common = (type: TriggerCallback['type'], content: string): TriggerCallback => ({
    type,
    id: base.id,
    content,
    attachments: [],
    embeds: [],
    trigger_id: base.trigger_id,
  })
  switch (event.type) {
    case 'job.sent':
      return common('start', contentOf(job, '(Waiting to start)'))
    case 'job.progress': {
      const { percent, previewUrl } = job.track
      if (percent === undefined || percent === 0) return null
      const attachments = previewUrl === undefined ? [] : [preview(previewUrl, base.id)]
      return { ...common('generating', contentOf(job, `(${percent}%) ${modeOf(job)}`)), attachments }
    }
    case 'job.finished':
      return job.state === 'done' ? endOf(job, message) : null
    case 'job.failed':
    case 'job.cancelled': {
      const banned = job.state === 'failed' && banning.has(job.failure.code)
      const tail = banned ? '(Waiting to start)' : '(Stopped)'
      return common(banned ? 'banned' : 'error', contentOf(job, tail))
    }
    default:
      return null
  }
}

/** The end of a job: its picture, or the text of a describe. */
export function endOf(job: Job & { state: 'done' }, message: string): TriggerCallback {
  const { result } = job
  const id = Number(message)
  const base = { id, trigger_id: triggerOf(job) }
  if (job.request.kind === 'describe') {
    const embed = {
      image: {
        url: result.url ?? '',
        proxy_url: result.url ?? '',
        width: result.width,
        height: result.height,
      },
      type: 'rich',
      description: result.text ?? '',
    }
    return { type: 'text', id, content: '', attachments: [], embeds: [embed], trigger_id: base.trigger_id }
  }
  const content = result.content.includes('**') ? marked(result.content, job) : contentOf(job, modeOf(job))
  return {
    type: 'end',
    id,
    content,
    attachments: attachmentsOf(result, id),
    embeds: [],
    trigger_id: base.trigger_id,
  }
}

export const messageOf = ({ about }: Job): string | null => about?.alias ?? null
const triggerOf = ({ about }: Job): string => about?.notes?.trigger ?? ''

/** The marker that old clients read back; it was never part of what the bot was sent. */
const marked = (content: string, job: Job): string => content.replace('**', () => `**<#${triggerOf(job)}#>`)

function contentOf(job: Job, tail: string): string {
  const prompt = 'prompt' in job.request ? job.request.prompt : ''
  return `**<#${triggerOf(job)}#>${prompt}** - <@0> ${tail}`
}

const modeOf = ({ lane }: Job): string => `(${lane === 'relax' ? 'relaxed' : lane})`

const attachmentsOf = (result: JobResult, id: number): Attachment[] =>
  filesOf(result)
    .slice(0, 1)
    .map((file) => attachment({ ...file, id }))

const preview = (url: string, id: number): Attachment =>
  attachment({
    url,
    filename: 'grid_0.webp',
    id,
    size: 0,
    width: null,
    height: null,
    contentType: 'image/webp',
  })

const attachment = (file: {
  url: string
  filename: string
  id: number
  size: number | null
  width: number | null
  height: number | null
  contentType: string | null
}): Attachment => ({
  filename: file.filename,
  id: file.id,
  proxy_url: file.url,
  size: file.size ?? 0,
  url: file.url,
  spoiler: false,
  height: file.height,
  width: file.width,
  content_type: file.contentType ?? 'image/png',
})
