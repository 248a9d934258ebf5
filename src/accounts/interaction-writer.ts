import type { DiscordRest } from '../discord/rest/client.ts'
import type { HeldJob, Lane } from '../jobs/job.ts'
import { describeAction } from '../midjourney/actions.ts'
import { describeUpload, imagineOptions } from '../midjourney/build/commands.ts'
import { componentClick, slashCommand } from '../midjourney/build/interaction.ts'
import type { CommandBook } from './command-book.ts'
import type { BotCommand } from './pool.ts'
import type { AccountStore } from './ports.ts'

/** An interaction that can be posted as often as it gets a fresh nonce, or why there is none. */
export type Written =
  | { outcome: 'ready'; body: (nonce: string) => object }
  /** Nothing was sent; the same may work later. */
  | { outcome: 'retry'; why: string }
  | { outcome: 'refused'; why: string }

interface WriterParts {
  store: Pick<AccountStore, 'blob'>
  commands: CommandBook
  rest: Pick<DiscordRest, 'createAttachment'>
  botId: string
  channelId: string
  guildId: () => string | null
  /** The gateway session that ephemeral answers and INTERACTION events are sent to; null while there is none. */
  sessionId: () => string | null
  /** The mode that the account draws in by itself. */
  mode: () => Lane
  /** The account serves several lanes, so a job of another one asks for it by a flag. */
  servesSeveralLanes: boolean
}

/** Makes the interaction of a job. The prompt is the caller's; at most the mode that it is queued for is said by a flag. */
export class InteractionWriter {
  readonly #parts: WriterParts

  constructor(parts: WriterParts) {
    this.#parts = parts
  }

  rediscover(): Promise<boolean> {
    return this.#parts.commands.read()
  }

  async prepare(job: HeldJob): Promise<Written> {
    const place = this.#place()
    if (!place) return { outcome: 'retry', why: 'no gateway session' }
    const { request } = job
    switch (request.kind) {
      case 'imagine':
        return this.#slash('imagine', imagineOptions(this.#withMode(request.prompt, job.lane)))
      case 'action': {
        const { messageId, messageFlags, customId } = request
        if (!drawsPictures(customId))
          return { outcome: 'refused', why: 'This button draws no picture by itself.' }
        return {
          outcome: 'ready',
          body: (nonce) => componentClick({ ...place, nonce, messageId, messageFlags, customId }),
        }
      }
      case 'describe':
        return this.#describe(job, request)
    }
  }

  /** The slash command of an operator. */
  async command(name: BotCommand, nonce: string): Promise<object> {
    const written = await this.#slash(name, {})
    if (written.outcome !== 'ready') throw new Error(written.why)
    return written.body(nonce)
  }

  async #describe(
    job: HeldJob,
    { filename, contentType }: HeldJob['request'] & { kind: 'describe' },
  ): Promise<Written> {
    const { store, rest, channelId } = this.#parts
    const bytes = await store.blob(job.id)
    if (!bytes) return { outcome: 'refused', why: 'The picture to describe is no longer there.' }
    const upload = await rest.createAttachment({ channelId, filename, bytes, contentType })
    if (!upload.ok) return { outcome: 'retry', why: `upload: ${upload.why}` }
    return this.#slash(
      'describe',
      describeUpload({ filename, uploadedFilename: upload.value.uploadFilename }),
    )
  }

  async #slash(
    name: string,
    { options = [], attachments = [] }: { options?: object[]; attachments?: object[] },
  ): Promise<Written> {
    const command = await this.#parts.commands.find(name)
    if (!command) return { outcome: 'retry', why: `Discord does not list the command ${name}` }
    const place = this.#place()
    if (!place) return { outcome: 'retry', why: 'no gateway session' }
    return {
      outcome: 'ready',
      body: (nonce) => slashCommand({ ...place, nonce, command, options, attachments }),
    }
  }

  #withMode(prompt: string, lane: Lane): string {
    const { servesSeveralLanes, mode } = this.#parts
    const asksAlready = /\s--(fast|relax|turbo)\b/.test(prompt)
    return servesSeveralLanes && lane !== mode() && !asksAlready ? `${prompt} --${lane}` : prompt
  }

  #place() {
    const { botId, channelId, guildId, sessionId } = this.#parts
    const session = sessionId()
    return session === null
      ? null
      : { applicationId: botId, channelId, guildId: guildId(), sessionId: session }
  }
}

/** Buttons that only answer in words, or that always ask for a text first, would hold a slot for a picture that never comes. */
function drawsPictures(customId: string): boolean {
  const { answer, opensModal } = describeAction(customId)
  return (answer === 'pictures' || answer === 'unknown') && opensModal?.when !== 'always'
}
