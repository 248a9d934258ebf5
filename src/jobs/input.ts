import { DrawbridgeError } from '../errors.ts'
import type { AccountId, JobId, TokenId } from '../ids.ts'
import type { About, Callback, DialogAnswer, Job, JobRequest, Lane, Picture, Question } from './job.ts'

/** Discord's limit of a string option; tools stop earlier, the bot itself says when a prompt is too long. */
const longestPrompt = 6000

/** No keyboard types these, and half a surrogate pair is not text: the scripts in Redis cannot even read it back. */
const unprintable = /[\p{Cs}\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/u

/** A picture as a caller sent it. */
export interface UploadedPicture extends Picture {
  bytes: Uint8Array
}

/** Refuses a text that cannot be a prompt at all. */
export function checkPrompt(prompt: string): void {
  if (prompt.trim() === '') throw new DrawbridgeError('prompt-missing')
  if (prompt.length > longestPrompt) throw new DrawbridgeError('prompt-too-long')
  if (unprintable.test(prompt)) {
    throw new DrawbridgeError('invalid-request', 'The prompt contains control characters or broken text.')
  }
}

/** What a job keeps of a picture beside its bytes. Its name stands in a public address, so it is made plain. */
export function storedPicture({ filename, contentType }: UploadedPicture): Picture {
  const plain = filename
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^[._]+/, '')
    .slice(-60)
  return { filename: plain || 'picture', contentType }
}

export function storedPictures(pictures: readonly UploadedPicture[], most: number): Picture[] {
  if (pictures.length > most) throw new DrawbridgeError('pictures-invalid', `At most ${most} pictures.`)
  return pictures.map(storedPicture)
}

export const bytesIn = (pictures: readonly UploadedPicture[]): Uint8Array[] =>
  pictures.map(({ bytes }) => bytes)

/** What every submit may bring along. */
export interface Extras {
  /** The same key with the same request gives the same job again. */
  idempotencyKey?: string
  callback?: Callback
  about?: About
}

export interface ImagineInput extends Extras {
  token: TokenId
  prompt: string
  thenUpscale?: boolean
  /** They are put in front of the prompt. */
  pictures?: readonly UploadedPicture[]
  /** `policy` when absent: what the token's mode policy says. */
  lanes?: readonly Lane[]
  /** Whether the caller must say that a prompt which makes several jobs is meant; else it is taken at its word. */
  confirmBatch?: boolean
}

/** A job with a result, whose buttons can be pressed. */
export type DoneJob = Job & { state: 'done' }

/** The answer to a dialog, with the bytes of its mask. */
export interface AnswerInput extends Omit<DialogAnswer, 'mask'> {
  mask?: UploadedPicture
}

export interface PressInput extends Extras {
  token: TokenId
  parent: DoneJob
  customId: string
  /** What is chosen from a menu. */
  values?: string[]
  /** Said to the dialog that the button may open. */
  answer?: AnswerInput
  /** Without an answer: `ask` puts the dialog to the caller, `accept` sends it back as the bot has filled it in. */
  onDialog?: 'ask' | 'accept'
  /** The dialog that the button surely opens: it is put to the caller before anything is sent. */
  askFirst?: Question['dialog']
}

export interface ActInput extends Omit<PressInput, 'parent'> {
  /** The message that shows the picture. */
  messageId: string
}

/** A job that was accepted: where it stands at this moment. */
export interface Submitted {
  id: JobId
  root: JobId
  lane: Lane
  /** The account that took it at once; null while it waits for one. */
  account: AccountId | null
  /** The same key had brought the same job before. */
  repeated: boolean
}

export interface FreeInput extends Extras {
  token: TokenId | null
}

export type DescribeInput = FreeInput & (UploadedPicture | { link: string })

export interface BlendInput extends Extras {
  token: TokenId
  /** Two to five. */
  pictures: readonly UploadedPicture[]
  shape?: (JobRequest & { kind: 'blend' })['shape']
  lanes?: readonly Lane[]
}
