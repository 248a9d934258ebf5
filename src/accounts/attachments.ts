import type { DiscordRest } from '../discord/rest/client.ts'
import { DrawbridgeError, type ErrorCode } from '../errors.ts'
import type { JobId } from '../ids.ts'
import type { Job, JobResult } from '../jobs/job.ts'
import { type BotMessage, parseMessage } from '../midjourney/parse/message.ts'
import type { Custody } from './custody.ts'
import type { InFlight } from './in-flight.ts'
import type { CommandReply } from './pool.ts'
import type { AccountStore, Lease } from './ports.ts'
import { drawnResult } from './results.ts'

/** A job that failed of these may have been drawn all the same; any other failure is the bot's own word. */
export const attachableFailures: readonly ErrorCode[] = ['job-timeout', 'job-ambiguous', 'moderated']

interface AttachmentParts {
  lease: Lease
  channelId: string
  botId: string
  store: AccountStore
  inFlight: InFlight
  custody: Custody
  rest: Pick<DiscordRest, 'messages'>
  /** The message as it was seen last. */
  message: (id: string) => BotMessage | null
}

/** Gives a picture that fitted no job to the one that an operator names. */
export class Attachments {
  readonly #parts: AttachmentParts

  constructor(parts: AttachmentParts) {
    this.#parts = parts
  }

  /**
   * The job ends with the picture of the message and its use is spent: a job that is under way, or one that failed for want
   * of its picture. Throws `message-unknown`, `not-attachable` or `token-spent`.
   */
  async attach(messageId: string, id: JobId): Promise<CommandReply> {
    const { store, inFlight, custody } = this.#parts
    const taken = await store.ofMessage(messageId)
    if (taken) throw new DrawbridgeError('not-attachable', `The picture is that of job ${taken}.`)
    const result = drawnResult(await this.#picture(messageId))
    const held = inFlight.get(id)
    if (held) await custody.finish(held, result)
    else await this.#revive(await store.find(id), result)
    await store.dropOrphan(messageId)
    return { answered: true, title: '', text: `The picture is that of job ${id} now.` }
  }

  async #revive(job: Job | null, result: JobResult): Promise<void> {
    const { store, lease } = this.#parts
    if (!job) throw new DrawbridgeError('job-unknown')
    if (job.account !== lease.account) {
      throw new DrawbridgeError('not-attachable', 'The job was not drawn by the account of this picture.')
    }
    const open = job.state === 'failed' && attachableFailures.some((code) => code === job.failure.code)
    if (!open) throw new DrawbridgeError('not-attachable', `The job is ${job.state}.`)
    const reply = await store.revive(lease, job.id, result)
    if (reply === 'spent') throw new DrawbridgeError('token-spent')
    if (reply !== 'written') throw new DrawbridgeError('not-attachable')
  }

  async #picture(id: string): Promise<BotMessage & { type: 'result' }> {
    const message = this.#parts.message(id) ?? (await this.#read(id))
    if (message?.type !== 'result') throw new DrawbridgeError('message-unknown')
    return message
  }

  /** From the channel: the node that saw it may be gone. */
  async #read(id: string): Promise<BotMessage | null> {
    const { rest, channelId, botId } = this.#parts
    if (!/^\d{1,20}$/.test(id)) return null
    const read = await rest.messages({ channelId, limit: 1, after: String(BigInt(id) - 1n) })
    if (!read.ok) throw new DrawbridgeError('upstream-refused', read.why)
    const parsed = parseMessage(read.value[0])
    const known = parsed.outcome === 'known' && parsed.message.id === id && parsed.message.authorId === botId
    return known ? parsed.message : null
  }
}
