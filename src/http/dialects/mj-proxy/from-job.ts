import {
  filesOf,
  isFinished,
  isVideo,
  type Job,
  type JobResult,
  type JobState,
  parentOf,
} from '../../../jobs/job.ts'
import { type Action, actionOf } from './actions.ts'

/** A task as clients of this family read it: every key always there, null where nothing is known. */
export interface Task {
  id: string
  action: Action
  status: Status
  [key: string]: unknown
}

export type Status = 'NOT_START' | 'SUBMITTED' | 'MODAL' | 'IN_PROGRESS' | 'FAILURE' | 'SUCCESS'

const statusOf: Record<JobState, Status> = {
  queued: 'NOT_START',
  assigned: 'SUBMITTED',
  sending: 'SUBMITTED',
  unconfirmed: 'SUBMITTED',
  sent: 'SUBMITTED',
  running: 'IN_PROGRESS',
  'needs-input': 'MODAL',
  done: 'SUCCESS',
  failed: 'FAILURE',
  cancelled: 'FAILURE',
}

export function fromJob(job: Job): Task {
  const result = job.state === 'done' ? job.result : null
  const files = result ? filesOf(result) : []
  const addresses = files.map(({ url }) => ({ url, thumbnail: url }))
  const isFilm = files.some(isVideo)
  const action = actionOf(job)
  const found = (action === 'DESCRIBE' ? result?.text : undefined) ?? result?.prompt ?? ''
  const prompt = ('prompt' in job.request && job.request.prompt) || found
  const imageUrl = result?.url ?? job.track.previewUrl ?? null
  return {
    id: idOf(job),
    parentId: job.about?.notes?.parent ?? parentOf(job.request),
    action,
    status: statusOf[job.state],
    prompt: job.about?.original ?? prompt,
    promptEn: prompt,
    description: job.about?.notes?.description ?? '',
    state: job.about?.state ?? null,
    submitTime: job.queuedAt,
    startTime: startOf(job),
    finishTime: isFinished(job) ? job.finishedAt : null,
    progress: progressOf(job),
    imageUrl,
    // A client that sees a list, even an empty one, shows it in place of the picture.
    imageUrls: !isFilm && files.length > 1 ? addresses : null,
    videoUrl: isFilm ? (files[0]?.url ?? null) : null,
    videoUrls: isFilm ? addresses : null,
    failReason: failReasonOf(job),
    botType: job.about?.notes?.botType ?? 'MID_JOURNEY',
    mode: job.lane.toUpperCase(),
    seed: job.seed,
    jobId: result?.uuid ?? job.track.uuid ?? null,
    messageId: result?.messageId || null,
    width: result?.width ?? null,
    height: result?.height ?? null,
    size: result?.size ?? null,
    contentType: result?.contentType ?? null,
    buttons: result ? buttonsOf(result) : [],
    properties: {
      notifyHook: job.callback?.url ?? '',
      finalPrompt: finalPromptOf(job),
      finalZhPrompt: '',
      messageId: result?.messageId ?? '',
      messageHash: result?.uuid ?? '',
      progressMessageId: job.track.progressId ?? '',
      flags: result?.messageFlags ?? 0,
      nonce: job.track.nonces.at(-1) ?? '',
      discordInstanceId: job.account ?? '',
      discordChannelId: job.account ?? '',
    },
  }
}

/** The id that its clients know; ours for a job that another family made. */
export const idOf = ({ id, about }: Job): string => about?.alias ?? id

function progressOf(job: Job): string | null {
  switch (statusOf[job.state]) {
    case 'NOT_START':
    case 'MODAL':
      return null
    case 'SUBMITTED':
      return '0%'
    case 'IN_PROGRESS':
      return job.track.percent === undefined ? 'Waiting to start' : `${job.track.percent}%`
    case 'SUCCESS':
      return '100%'
    case 'FAILURE':
      return ''
  }
}

/** `[title] text` where the bot gave both. */
function failReasonOf(job: Job): string | null {
  if (job.state !== 'failed' && job.state !== 'cancelled') return null
  if (job.state === 'cancelled') return '取消任务'
  const said = job.notices.find(({ final }) => final)
  return said && said.title !== said.text ? `[${said.title}] ${said.text}` : job.failure.message
}

function finalPromptOf(job: Job): string {
  if (job.state === 'needs-input') return job.question.fields[0]?.value ?? ''
  if (job.state !== 'done') return ''
  return job.result.text ?? job.result.prompt
}

function startOf(job: Job): number | null {
  if (isFinished(job)) return job.sentAt ?? job.takenAt
  return 'sendingAt' in job ? job.sendingAt : null
}

/** Emoji-only buttons have no label in this family. */
const buttonsOf = ({ buttons }: JobResult) =>
  buttons.flat().map(({ customId, label }) => {
    const emoji = !/[\p{L}\p{N}]/u.test(label)
    return { customId, emoji: emoji ? label : '', label: emoji ? '' : label, type: 2, style: 2 }
  })
