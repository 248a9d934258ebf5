import type { JobResult, ResultFile } from '../jobs/job.ts'
import type { Attachment, BotMessage } from '../midjourney/parse/message.ts'

/** A drawn picture as the job keeps it. */
export function drawnResult(message: BotMessage & { type: 'result' }): JobResult {
  const [image, ...others] = message.images
  return {
    ...common(message),
    uuid: message.jobUuid,
    prompt: message.prompt,
    url: image?.url ?? null,
    filename: image?.filename ?? null,
    width: image?.width ?? null,
    height: image?.height ?? null,
    size: image?.size ?? null,
    contentType: image?.contentType ?? null,
    ...(others.length > 0 ? { otherFiles: others.map(fileOf) } : {}),
    upscaled: message.upscaled,
    index: message.index,
    mode: message.mode,
  }
}

/** The four prompts of a described picture. */
export function describeResult(message: BotMessage & { type: 'described' }): JobResult {
  const { image, prompts, text } = message
  const shown = { url: image?.url ?? null, width: image?.width ?? null, height: image?.height ?? null }
  return { ...wordsResult(message, text), ...shown, prompt: prompts.join('\n\n') }
}

/** An answer in words: shorter prompts, or what a button had to say. */
export function wordsResult(message: BotMessage, text: string): JobResult {
  return {
    ...common(message),
    uuid: null,
    prompt: 'prompts' in message ? message.prompts.join('\n\n') : '',
    url: null,
    filename: null,
    width: null,
    height: null,
    size: null,
    upscaled: false,
    index: null,
    text,
  }
}

const fileOf = ({ url, filename, contentType, width, height, size }: Attachment): ResultFile => ({
  url,
  filename,
  contentType,
  width,
  height,
  size,
})

const common = (message: BotMessage) => ({
  messageId: message.id,
  messageFlags: message.flags,
  content: message.content,
  buttons: message.buttons
    .map((row) => row.flatMap(({ label, customId }) => (customId === null ? [] : [{ label, customId }])))
    .filter((row) => row.length > 0),
})
