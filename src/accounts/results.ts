import type { JobResult } from '../jobs/job.ts'
import type { BotMessage } from '../midjourney/parse/message.ts'

/** A drawn picture as the job keeps it. */
export function drawnResult(message: BotMessage & { type: 'result' }): JobResult {
  const [image] = message.images
  return {
    ...common(message),
    uuid: message.jobUuid,
    prompt: message.prompt,
    url: image?.url ?? null,
    filename: image?.filename ?? null,
    width: image?.width ?? null,
    height: image?.height ?? null,
    size: image?.size ?? null,
    upscaled: message.upscaled,
    index: message.index,
  }
}

/** The four prompts of a described picture. */
export function describeResult(message: BotMessage & { type: 'described' }): JobResult {
  return {
    ...common(message),
    uuid: null,
    prompt: message.prompts.join('\n\n'),
    url: message.image?.url ?? null,
    filename: null,
    width: message.image?.width ?? null,
    height: message.image?.height ?? null,
    size: null,
    upscaled: false,
    index: null,
    text: message.text,
  }
}

const common = (message: BotMessage) => ({
  messageId: message.id,
  messageFlags: message.flags,
  content: message.content,
  buttons: message.buttons
    .map((row) => row.flatMap(({ label, customId }) => (customId === null ? [] : [{ label, customId }])))
    .filter((row) => row.length > 0),
})
