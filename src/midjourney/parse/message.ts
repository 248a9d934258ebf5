import { isBot } from '../bots.ts'
import { firstUuid, lastUuid } from '../uuid.ts'
import { type RawMessage, readRawMessage } from '../wire.ts'
import { readAttachments } from './attachments.ts'
import type { Envelope, Parsed } from './bot-message.ts'
import { readSelectMenus } from './components.ts'
import { readEmbed } from './embeds.ts'
import { readEnvelope } from './envelope.ts'
import { isInfoTitle, parseInfo } from './info.ts'
import { readJob } from './job.ts'
import { type JobTextOutcome, readJobText } from './job-text.ts'
import { readList } from './lists.ts'
import { readNotice } from './notice.ts'
import { interim } from './patterns.ts'
import { replyTopic } from './replies.ts'
import { parseSettings } from './settings.ts'

export type * from './bot-message.ts'

/**
 * Reads a message of one of the bots: a whole one, or the stored copy with its updates merged in. Pure, and never throws.
 * The order matters: a picture ends its job whatever else stands in the message; an embed of the bot outweighs the text
 * above it, because errors arrive as edits of the progress message (protocol page §5).
 */
export function parseMessage(raw: unknown): Parsed {
  const message = readRawMessage(raw)
  if (!message) return { outcome: 'malformed', why: 'no message with an id and a channel' }
  const jobText = readJobText(message.content ?? '')
  const envelope = readEnvelope(message, jobText.is === 'job' ? jobText.text.userId : null)
  if ('malformed' in envelope) return { outcome: 'malformed', why: envelope.malformed }
  if (!isBot(envelope.authorId)) return { outcome: 'unknown', why: 'not from a bot of Midjourney' }
  return readBody(message, envelope, jobText)
}

function readBody(raw: RawMessage, envelope: Envelope, jobText: JobTextOutcome): Parsed {
  const images = readAttachments(raw.attachments)
  const job = jobText.is === 'job' ? readJob(envelope, jobText.text, images) : null
  if (job?.outcome === 'known' && job.message.type === 'result') return job

  const settings = parseSettings(envelope.buttons, readSelectMenus(raw.components))
  if (settings) return { outcome: 'known', message: { ...envelope, type: 'settings', settings } }

  const embed = readEmbed(raw)
  if (embed) {
    if (isInfoTitle(embed.title)) {
      const { title, description: text } = embed
      const info = parseInfo(title, text)
      return { outcome: 'known', message: { ...envelope, type: 'info', title, text, info } }
    }
    const list = readList(envelope, embed)
    if (list) return { outcome: 'known', message: list }
    const notice = readNotice(envelope, embed)
    if (notice.news || !job) return { outcome: 'known', message: { ...envelope, type: 'notice', ...notice } }
  }
  if (job) return job
  if (jobText.is === 'job-like') return { outcome: 'unknown', why: jobText.why }
  return readPlain(envelope, images.length > 0)
}

/** Texts that are no drawing job. */
function readPlain(envelope: Envelope, hasImages: boolean): Parsed {
  const text = envelope.content.trim()
  const answers = envelope.isAnswer || envelope.interactionId !== null
  if (text === '') {
    const waits = envelope.loading || (answers && !hasImages && envelope.buttons.length === 0)
    return waits
      ? { outcome: 'known', message: { ...envelope, type: 'thinking' } }
      : { outcome: 'unknown', why: 'no text' }
  }
  const between = interim.find(({ pattern }) => pattern.test(text))
  if (between) return { outcome: 'known', message: { ...envelope, type: between.type } }

  const seed = readSeed(text)
  if (seed) return { outcome: 'known', message: { ...envelope, type: 'seed', ...seed } }

  const notice = readNotice(envelope, null)
  if (notice.news) return { outcome: 'known', message: { ...envelope, type: 'notice', ...notice } }

  const topic = replyTopic(text) ?? (answers ? 'other' : null)
  return topic
    ? { outcome: 'known', message: { ...envelope, type: 'reply', topic, text: envelope.content } }
    : { outcome: 'unknown', why: `text: ${JSON.stringify(text.slice(0, 80))}` }
}

/** `**prompt**`, `**Job ID**: uuid`, `**seed** N` (protocol page §3.3); the last ones count, the prompt may hold such words. */
function readSeed(text: string): { prompt: string; jobUuid: string; seed: string } | null {
  const seed = text
    .match(/\*\*seed\*\*:?\s*(\d+)/gi)
    ?.at(-1)
    ?.match(/\d+$/)?.[0]
  const job = text.match(/\*\*Job ID\*\*:?\s*[0-9a-f-]{36}/gi)?.at(-1)
  const jobUuid = job ? (lastUuid(job) ?? firstUuid(job)) : null
  if (seed === undefined || !job || !jobUuid) return null
  const prompt = /^\**([\s\S]*?)\**\s*$/.exec(text.slice(0, text.lastIndexOf(job)))?.[1] ?? ''
  return { prompt, jobUuid, seed }
}
