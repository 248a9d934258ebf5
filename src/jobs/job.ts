import type { AccountId, JobId, TokenId } from '../ids.ts'

/** The queue of one mode; also the mode that an account draws in. */
export const lanes = ['fast', 'relax', 'turbo'] as const
export type Lane = (typeof lanes)[number]

/** A picture that a caller sent; its bytes wait in the blob store under the job's id, in the order of the request. */
export interface Picture {
  filename: string
  contentType: string
}

/** What a caller says to the dialog that a button opens; what is absent stays as the bot has filled it in. */
export interface DialogAnswer {
  /** The new prompt. */
  prompt?: string
  /** The prompt as the caller wrote it, where it is a translation. */
  original?: string
  /** How far a custom zoom goes out, 1 to 2. */
  zoom?: number
  /** The mask of the region editor: a picture, white where it is to be drawn anew. */
  mask?: Picture
}

export const blendShapes = ['portrait', 'square', 'landscape'] as const

/** What a caller asked for. The prompt is the caller's own text: nothing is ever added to it for our bookkeeping. */
export type JobRequest =
  | {
      kind: 'imagine'
      prompt: string
      /** Draw the U1 of the grid when it is done; that follow-up is not charged. */
      thenUpscale?: boolean
      /** They are uploaded, and their addresses go in front of the prompt. */
      pictures?: Picture[]
      /** The batch that this job is one of. */
      parent?: JobId
    }
  /** A prompt with permutations or `--repeat`, or a button that means several: the caller says whether so many jobs are meant, then each is a job of its own. */
  | {
      kind: 'batch'
      prompt: string
      requests: (JobRequest & { kind: 'imagine' | 'action' })[]
      /** Absent: what the token's mode policy says. */
      lanes?: readonly Lane[]
    }
  | {
      kind: 'action'
      /** The job whose picture is acted on, and the message that shows it. */
      parent: JobId
      messageId: string
      messageFlags: number
      /** The button or menu, by the custom_id that the bot gave it. */
      customId: string
      /** The prompt of the parent: what the answer will quote. */
      prompt: string
      /** What is chosen from a menu. */
      values?: string[]
      /** What to say to the dialog that the button may open. */
      answer?: DialogAnswer
      /** Without an answer: the dialog is put to the caller; absent, it goes back as the bot has filled it in. */
      onDialog?: 'ask'
    }
  | { kind: 'blend'; pictures: Picture[]; shape?: (typeof blendShapes)[number] }
  | { kind: 'describe'; picture: Picture }
  | { kind: 'describe'; link: string }
  | { kind: 'shorten'; prompt: string }
  /** Brings a job of the account back into its channel, by Midjourney's id of it. */
  | { kind: 'show'; uuid: string }

export type JobKind = JobRequest['kind']

/** The pictures whose bytes the job needs when it is sent. */
export function picturesOf(request: JobRequest): readonly Picture[] {
  switch (request.kind) {
    case 'imagine':
      return request.pictures ?? []
    case 'blend':
      return request.pictures
    case 'describe':
      return 'picture' in request ? [request.picture] : []
    case 'action':
      return request.answer?.mask ? [request.answer.mask] : []
    default:
      return []
  }
}

/** The job that this one acts on or was made by; null for one that began a line. */
export const parentOf = (request: JobRequest): JobId | null =>
  'parent' in request && request.parent !== undefined ? request.parent : null

/** The ids that tie what the bot says to this job (protocol page §4.5), gathered while it runs. */
export interface Track {
  /** Nonce of every attempt, oldest first: a late answer to an earlier attempt is still this job's. */
  nonces: string[]
  /** The newest message of the channel when the last attempt was posted: nothing up to it can be this job's. */
  sentAfter?: string
  interactionId?: string
  /** The bot has acknowledged the interaction (INTERACTION_SUCCESS): it is never sent again. */
  acknowledged?: true
  /** The message that shows progress; not the one that shows the result. */
  progressId?: string
  /** Midjourney's own id of the job. */
  uuid?: string
  percent?: number
  previewUrl?: string
  /** When the bot said `Job queued`: it waits in the bot's queue, with our slot. */
  botQueuedAt?: number
  /** When the bot opened a dialog that has not been answered yet: nothing is drawn before that. */
  dialogAt?: number
  /** Its dialog has been answered: from here on it is drawn, not asked about. */
  answered?: true
  /** When a caller asked to stop it. */
  stopAskedAt?: number
}

/** What the bot, or we, must know before the job goes on. */
export interface Question {
  /** `batch`: whether to draw so many jobs; `other`: a form that we do not know. */
  dialog: 'remix' | 'pan' | 'custom-zoom' | 'describe' | 'imagine' | 'animate' | 'region' | 'batch' | 'other'
  title: string
  /** What can be filled in, with what stands there already. */
  fields: { name: string; label: string; value: string }[]
  askedAt: number
  /** Until when it can be answered. */
  until: number
}

export interface Button {
  label: string
  customId: string
}

/** A file of a result beyond the first: a video may come with several. */
export interface ResultFile {
  url: string
  filename: string
  contentType: string | null
  width: number | null
  height: number | null
  size: number | null
}

/** A picture, a video or a text, as the bot's final message showed it. */
export interface JobResult {
  /** Empty for a batch, whose pictures are its children's. */
  messageId: string
  messageFlags: number
  uuid: string | null
  /** The text of the message, as sent. */
  content: string
  prompt: string
  /** Discord's address of the picture; its signature expires after a day (protocol page §3.4). */
  url: string | null
  filename: string | null
  width: number | null
  height: number | null
  size: number | null
  contentType?: string | null
  /** What else hangs on the message. */
  otherFiles?: ResultFile[]
  upscaled: boolean
  /** Which picture of the parent's grid it was made from. */
  index: number | null
  /** The mode that it was drawn in, as the bot says. */
  mode?: Lane | null
  buttons: Button[][]
  /** The prompts of a describe or shorten, or the bot's answer in words, as one text. */
  text?: string
  /** The jobs that a batch became. */
  children?: JobId[]
}

/** All files of a result, the one that it shows first; none for one in words. */
export function filesOf({
  url,
  filename,
  contentType,
  width,
  height,
  size,
  otherFiles,
}: JobResult): ResultFile[] {
  if (url === null) return []
  const name =
    filename ??
    url
      .replace(/[?#].*$/, '')
      .split('/')
      .at(-1) ??
    ''
  return [
    { url, filename: name, contentType: contentType ?? null, width, height, size },
    ...(otherFiles ?? []),
  ]
}

/** Whether it shows four pictures in one: only such a one has buttons to pick from them (protocol page §3.1). */
export const showsGrid = ({ buttons }: JobResult): boolean =>
  buttons.flat().some(({ customId }) => customId.startsWith('MJ::JOB::upsample::'))

export const isVideo = ({ contentType, filename }: Pick<ResultFile, 'contentType' | 'filename'>): boolean =>
  /^video\//.test(contentType ?? '') || /\.mp4$/i.test(filename)

/** Something the bot said about the job that is not a picture; `final` when the job ended with it. */
export interface Notice {
  id: string
  title: string
  text: string
  at: number
  final: boolean
}

export interface JobFailure {
  /** A code of the error catalogue. */
  code: string
  /** The sentence for the caller: the bot's own words where it gave any. */
  message: string
}

/** Every state has a deadline; `done`, `failed` and `cancelled` are terminal. */
export const jobStates = [
  'queued',
  'assigned',
  'sending',
  'unconfirmed',
  'sent',
  'running',
  'needs-input',
  'done',
  'failed',
  'cancelled',
] as const
export type JobState = (typeof jobStates)[number]

/** Whom to tell how a job goes, as its caller wished at submit. */
export interface Callback {
  /** Absent: the token's address or the gateway's own. */
  url?: string
  /** The types of events to be told (docs/webhooks.md); all when absent. */
  events?: string[]
  /** The API family whose body is sent; `native` when absent. */
  shape?: string
  /** The caller's own text, given back in each body. */
  state?: string
  /** Nobody else is told: the token's and the gateway's own address are left out. */
  only?: true
}

/** What a caller's API family needs to find the job again and to show it as its clients know it. */
export interface About {
  family: string
  /** The id that the family gave the job, where its clients expect another form than ours; unique within the family. */
  alias?: string
  /** The caller's own text, given back with the job. */
  state?: string
  /** The prompt as the caller wrote it, where a translation is drawn. */
  original?: string
  /** Sentences about what was let through although somebody may mind. */
  warnings?: string[]
  /** Whatever else the family must remember. */
  notes?: Record<string, string>
}

interface JobBase {
  id: JobId
  token: TokenId | null
  /** The first job of the line that this one belongs to; its own id when it started the line. */
  root: JobId
  request: JobRequest
  lane: Lane
  /** Uses of the token that this job costs: 0 or 1. */
  charge: number
  queuedAt: number
  notices: Notice[]
  attempts: number
  /** Midjourney's seed, once somebody has asked for it. */
  seed: string | null
  /** When the bot's first sign of life came. */
  startedAt: number | null
  /** How its account was chosen, and why others were passed over. */
  why?: string
  /** Where the job begins in the event log. */
  firstEvent?: string
  callback?: Callback
  about?: About
}

/** A job that an account has taken: it holds one of the account's slots. */
export interface HeldJob extends JobBase {
  state: 'assigned' | 'sending' | 'unconfirmed' | 'sent' | 'running'
  account: AccountId
  track: Track
  assignedAt: number
  /** When the last attempt was written down, just before it was posted. */
  sendingAt: number | null
}

export type Job =
  | (JobBase & { state: 'queued'; account: AccountId | null; track: Track })
  | HeldJob
  /** It holds no slot: somebody must answer first. */
  | (JobBase & { state: 'needs-input'; account: AccountId | null; track: Track; question: Question })
  | (JobEnded & { state: 'done'; result: JobResult })
  | (JobEnded & { state: 'failed' | 'cancelled'; failure: JobFailure })

interface JobEnded extends JobBase {
  /** Null for a job that no account ever took. */
  account: AccountId | null
  track: Track
  finishedAt: number
  /** When an account took it, and when its last attempt was sent; null when that never happened. */
  takenAt: number | null
  sentAt: number | null
}

export type FinishedJob = Extract<Job, { finishedAt: number }>

export const isFinished = (job: Job): job is FinishedJob => 'finishedAt' in job
export const isHeld = (job: Job): job is HeldJob => 'assignedAt' in job
