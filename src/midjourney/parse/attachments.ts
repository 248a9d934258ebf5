import { asNumber, asRecords, asText } from '../read.ts'
import { lastUuid } from '../uuid.ts'
import type { Attachment } from './bot-message.ts'

/** The pictures and videos of a message; one without an address is left out. */
export function readAttachments(attachments: unknown): Attachment[] {
  return asRecords(attachments).flatMap((raw) => {
    const url = asText(raw['url'])
    if (!url?.startsWith('http')) return []
    return {
      id: asText(raw['id']),
      url,
      proxyUrl: asText(raw['proxy_url']),
      filename: asText(raw['filename']) ?? fileNameOf(url),
      contentType: asText(raw['content_type']),
      width: asNumber(raw['width']),
      height: asNumber(raw['height']),
      size: asNumber(raw['size']),
    }
  })
}

/** The last part of a path; addresses have carried a signature behind it since mid-2023 (protocol page §3.4). */
const fileNameOf = (url: string): string => (url.split(/[?#]/)[0] ?? '').split('/').at(-1) ?? ''

/**
 * The job in a file name. User names and prompts stand before it and may hold anything, a uuid too: the last one counts
 * (protocol page §4.4). `…/J/0_0.png` has it in the path.
 */
export function uuidOfFile({ filename, url }: Attachment): string | null {
  return lastUuid(filename) ?? lastUuid(url.split(/[?#]/)[0] ?? '')
}

/** `J_grid_0.webp`, `J_2_step_3.jpeg`: a picture of unfinished work (protocol page §4.4). */
export const isPreview = ({ filename }: Attachment): boolean =>
  /^[0-9a-f-]{36}_(grid_\d|\d_step_\d+)\./i.test(filename)

export const isVideo = ({ filename, contentType }: Attachment): boolean =>
  contentType?.startsWith('video/') === true || /\.(mp4|webm|mov)$/i.test(filename)
