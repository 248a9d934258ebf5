import { firstUuid } from '../uuid.ts'
import { isPreview, isVideo, uuidOfFile } from './attachments.ts'
import type { Attachment, BotMessage, Envelope, KindFacts, Parsed } from './bot-message.ts'
import type { JobText } from './job-text.ts'

/** Kinds that show one picture drawn large. */
const upscales = new Set(['upscale', 'hd-upscale', 'video-upscale'])

/** A drawing job at one of its stations: waiting, working, stopped, done (protocol page §4.2). */
export function readJob(envelope: Envelope, text: JobText, images: Attachment[]): Parsed {
  const { progress, prompt, mode, stealth } = text
  const kind = readKind(envelope, text, images)
  if (progress === null) return readResult(envelope, text, kind, images)
  switch (progress.state) {
    case 'waiting':
      return known({
        ...envelope,
        type: 'waiting',
        prefix: text.prefix,
        index: text.prefixIndex ?? text.index,
        prompt,
      })
    case 'stopped':
      return known({ ...envelope, type: 'stopped', ...kind, prompt, mode, jobUuid: uuid(envelope, images) })
    case 'paused':
    case 'percent': {
      const percent = progress.state === 'percent' ? progress.percent : 0
      if (percent > 100) return { outcome: 'malformed', why: `${percent} %` }
      return known({
        ...envelope,
        type: 'progress',
        ...kind,
        prompt,
        percent,
        paused: progress.state === 'paused',
        mode,
        stealth,
        preview: images.at(-1) ?? null,
        jobUuid: uuid(envelope, images),
      })
    }
  }
}

function readResult(envelope: Envelope, text: JobText, kind: KindFacts, images: Attachment[]): Parsed {
  // Finals have a picture of their own, no Cancel button, and none of the words that only go before work.
  if (text.prefix !== 'none' || text.unfinished)
    return { outcome: 'unknown', why: 'words of progress without progress' }
  if (images.length === 0) return { outcome: 'malformed', why: 'a result without a picture' }
  if (envelope.cancelJobUuid !== null) return { outcome: 'unknown', why: 'a result that can be cancelled' }
  if (images.every(isPreview)) return { outcome: 'unknown', why: 'a result with a preview only' }
  const buttons = envelope.buttons.flat()
  return known({
    ...envelope,
    type: 'result',
    ...kind,
    prompt: text.prompt,
    mode: text.mode,
    stealth: text.stealth,
    upscaled: upscales.has(kind.kind),
    jobUuid: uuid(envelope, images) ?? uuidOfLink(text.link),
    jobLink: text.link ?? buttons.find(({ url }) => url !== null && uuidOfLink(url) !== null)?.url ?? null,
    images,
    pressed: buttons.some(({ style, customId }) => style === 1 && customId !== null),
  })
}

/**
 * A video's tail reads like that of an /imagine; what tells them apart is the parameter that the bot puts in the prompt,
 * the stills of its progress, and the buttons and the file of its final (protocol page §4.2).
 */
function readKind({ buttons }: Envelope, text: JobText, images: Attachment[]): KindFacts {
  const { kind, kindText, strength, direction, index } = text
  const facts = { kind, kindText, strength, direction, index }
  const ids = buttons.flat().map(({ customId }) => customId ?? '')
  const extendable = ids.some((id) => /::animate_\w+_extend::/.test(id))
  if (kind === 'upscale' && (extendable || images.some(isVideo))) return { ...facts, kind: 'video-upscale' }
  if (kind !== 'imagine') return facts
  if (extendable) return { ...facts, kind: 'video-upscale' }
  const video =
    / --video(?:\s|$)/.test(text.prompt) ||
    ids.some((id) => id.includes('::video_virtual_upscale::')) ||
    images.some((image) => isVideo(image) || /_\d_step_\d+\./.test(image.filename))
  return video ? { ...facts, kind: 'video' } : facts
}

/** Order of trust (protocol page §4.4, §4.5): Cancel button, file name, the buttons, their link. */
function uuid({ cancelJobUuid, buttons }: Envelope, images: readonly Attachment[]): string | null {
  if (cancelJobUuid !== null) return cancelJobUuid
  for (const image of images) {
    const found = uuidOfFile(image)
    if (found !== null) return found
  }
  for (const { customId } of buttons.flat()) {
    const found = customId === null ? null : firstUuid(customId)
    if (found !== null) return found
  }
  for (const { url } of buttons.flat()) {
    const found = uuidOfLink(url)
    if (found !== null) return found
  }
  return null
}

/** `https://www.midjourney.com/jobs/UUID`, in 2023 `/app/jobs/UUID/`. */
const uuidOfLink = (url: string | null): string | null =>
  url !== null && /\/jobs\//.test(url) ? firstUuid(url) : null

const known = (message: BotMessage): Parsed => ({ outcome: 'known', message })
