import type { Clock } from '../clock.ts'
import type { DiscordRest } from '../discord/rest/client.ts'
import { DrawbridgeError } from '../errors.ts'
import type { JobId } from '../ids.ts'
import { isFinished, type Picture } from '../jobs/job.ts'
import type { BotMessage } from '../midjourney/parse/message.ts'
import type { BotTalk } from './bot-talk.ts'
import type { CommandDesk } from './command-desk.ts'
import type { Custody } from './custody.ts'
import type { InFlight } from './in-flight.ts'
import type { InteractionWriter, Written } from './interaction-writer.ts'
import type { CommandReply } from './pool.ts'
import type { AccountStore } from './ports.ts'

/** The message command that stops a job without a button (protocol page §3.1). */
const cancelCommand = 'Cancel Job'
/** A grid of four has about 8 MB. */
const maxBytes = 30 * 1024 * 1024

interface ErrandParts {
  channelId: string
  /** The only place that files are fetched from. */
  cdnUrl: string
  inFlight: InFlight
  custody: Custody
  talk: BotTalk
  desk: CommandDesk
  writer: InteractionWriter
  store: Pick<AccountStore, 'find' | 'keepSeed'>
  rest: Pick<DiscordRest, 'react' | 'fetchFile'>
  /** The message as it was seen last. */
  message: (id: string) => BotMessage | null
  clock: Clock
}

/** What callers ask for about a job of this account, beside drawing it. */
export class JobErrands {
  readonly #parts: ErrandParts

  constructor(parts: ErrandParts) {
    this.#parts = parts
  }

  /** Has the bot stop a job that it works on. That it has stopped is told by the bot, and ends the job then. */
  async stop(id: JobId): Promise<CommandReply> {
    const { inFlight, custody, talk, clock } = this.#parts
    const job = inFlight.get(id)
    if (!job) throw new DrawbridgeError('job-ended')
    const { progressId } = job.track
    if (progressId === undefined) throw new DrawbridgeError('not-stoppable')
    const written = await this.#stopper(progressId)
    await custody.learnt(job, { track: { stopAskedAt: clock.now() } })
    await talk.send(written)
    return { answered: true, title: '', text: 'The bot was told to stop.' }
  }

  /** The seed, which the bot tells in a direct message (protocol page §3.3). */
  async seed(id: JobId): Promise<CommandReply> {
    const { store, rest, desk, talk, channelId } = this.#parts
    const job = await store.find(id)
    if (!job || !isFinished(job) || job.state !== 'done' || job.result.uuid === null) {
      throw new DrawbridgeError('message-unknown')
    }
    const awaited = desk.expectSeed(job.result.uuid)
    const reacted = await rest.react({ channelId, messageId: job.result.messageId, emoji: '✉️' })
    if (!reacted.ok) {
      awaited.forget()
      throw new DrawbridgeError('upstream-refused', reacted.why)
    }
    const seed = await talk.within(awaited)
    await store.keepSeed(id, seed)
    return { answered: true, title: 'Seed', text: seed }
  }

  /** Addresses of pictures on Discord, a line each. */
  async upload(blobs: JobId, pictures: readonly Picture[]): Promise<CommandReply> {
    const urls = await this.#parts.writer.pictureUrls(blobs, pictures)
    if (!urls.ok) throw new DrawbridgeError('upstream-refused', urls.why)
    return { answered: true, title: 'Uploaded', text: urls.value.join('\n') }
  }

  /** A file of the CDN in base64. The address may be a caller's, so it leads nowhere else. */
  async fetch(url: string): Promise<CommandReply> {
    const { rest, cdnUrl } = this.#parts
    if (!URL.canParse(url) || new URL(url).origin !== new URL(cdnUrl).origin) {
      throw new DrawbridgeError('upstream-refused', 'The picture is not on the CDN.')
    }
    const file = await rest.fetchFile(url, { maxBytes })
    if (!file.ok) throw new DrawbridgeError('upstream-refused', file.why)
    return { answered: true, title: 'Fetched', text: file.value.bytes.toString('base64') }
  }

  async #stopper(progressId: string): Promise<Written> {
    const { writer, message } = this.#parts
    const shown = message(progressId)
    const button = shown?.buttons.flat().find(({ customId }) => customId?.startsWith('MJ::CancelJob::'))
    if (!shown || !button?.customId) return writer.onMessage(cancelCommand, progressId)
    return writer.press({ messageId: progressId, messageFlags: shown.flags, customId: button.customId })
  }
}
