import { DrawbridgeError } from '../errors.ts'
import type { Picture } from './job.ts'

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
