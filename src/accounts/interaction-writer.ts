import type { DiscordRest, RestResult } from '../discord/rest/client.ts'
import type { JobId } from '../ids.ts'
import type { HeldJob, Lane, Picture } from '../jobs/job.ts'
import {
  blendOptions,
  type CommandArguments,
  describeLink,
  describeUpload,
  imagineOptions,
  noOptions,
  shortenOptions,
  showOptions,
  type Upload,
} from '../midjourney/build/commands.ts'
import {
  componentClick,
  messageCommand,
  modalSubmit,
  type Place,
  selectMenu,
  slashCommand,
} from '../midjourney/build/interaction.ts'
import { modeOf } from '../midjourney/prompt/edit.ts'
import type { CommandBook } from './command-book.ts'
import type { AccountStore } from './ports.ts'

/** An interaction that can be posted as often as it gets a fresh nonce, or why there is none. */
export type Written =
  | { outcome: 'ready'; body: (nonce: string) => object }
  /** Nothing was sent; the same may work later. */
  | { outcome: 'retry'; why: string }
  | { outcome: 'refused'; why: string }

/** A button or menu of a message. */
export interface Pressed {
  messageId: string
  messageFlags: number
  customId: string
  values?: readonly string[]
}

interface WriterParts {
  store: Pick<AccountStore, 'blobs'>
  commands: CommandBook
  rest: Pick<DiscordRest, 'createAttachment' | 'sendMessage'>
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

const noSession = { outcome: 'retry', why: 'no gateway session' } as const

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
    const { request } = job
    switch (request.kind) {
      case 'imagine':
        return this.#imagine(job, request)
      case 'action':
        return this.press(request)
      case 'blend': {
        const uploads = await this.#uploads(job.id, request.pictures)
        return uploads.ok ? this.slash('blend', blendOptions(uploads.value, request.shape)) : retry(uploads)
      }
      case 'describe': {
        if ('link' in request) return this.slash('describe', describeLink(request.link))
        const uploads = await this.#uploads(job.id, [request.picture])
        const [upload] = uploads.ok ? uploads.value : []
        return upload ? this.slash('describe', describeUpload(upload)) : retry(uploads)
      }
      case 'shorten':
        return this.slash('shorten', shortenOptions(request.prompt))
      case 'show':
        return this.slash('show', showOptions(request.uuid))
      case 'batch':
        return { outcome: 'refused', why: 'A batch is drawn by its children.' }
    }
  }

  /** A click, or a choice from a menu. */
  press({ messageId, messageFlags, customId, values }: Pressed): Written {
    const clicked = { messageId, messageFlags, customId }
    return this.#ready((place) =>
      values ? selectMenu({ ...place, ...clicked, values }) : componentClick({ ...place, ...clicked }),
    )
  }

  /** The filled-in form of a dialog; `modalId` is that of the interaction which opened it. */
  modal(form: {
    modalId: string
    customId: string
    fields: readonly { customId: string; value: string }[]
  }): Written {
    return this.#ready((place) => modalSubmit({ ...place, ...form }))
  }

  async slash(name: string, { options, attachments }: CommandArguments = noOptions): Promise<Written> {
    const command = await this.#parts.commands.find(name)
    if (!command) return { outcome: 'retry', why: `Discord does not list the command ${name}` }
    return this.#ready((place) => slashCommand({ ...place, command, options, attachments }))
  }

  /** A command of a message's context menu. */
  async onMessage(name: string, messageId: string): Promise<Written> {
    const command = await this.#parts.commands.find(name)
    if (!command) return { outcome: 'refused', why: `Discord does not list the command ${name}` }
    return this.#ready((place) => messageCommand({ ...place, command, messageId }))
  }

  async #imagine(
    job: HeldJob,
    { prompt, pictures = [] }: HeldJob['request'] & { kind: 'imagine' },
  ): Promise<Written> {
    const urls = await this.pictureUrls(job.id, pictures)
    if (!urls.ok) return retry(urls)
    return this.slash('imagine', imagineOptions([...urls.value, this.#withMode(prompt, job.lane)].join(' ')))
  }

  /** Pictures of a prompt are addresses: a message of ours in the channel gives each of them one (protocol page §3.2). */
  async pictureUrls(blobs: JobId, pictures: readonly Picture[]): Promise<RestResult<string[]>> {
    const uploads = await this.#uploads(blobs, pictures)
    if (!uploads.ok || uploads.value.length === 0) return uploads.ok ? { ok: true, value: [] } : uploads
    const { rest, channelId } = this.#parts
    const attachments = uploads.value.map(({ filename, uploadedFilename }, index) => ({
      id: String(index),
      filename,
      uploaded_filename: uploadedFilename,
    }))
    const sent = await rest.sendMessage(channelId, {
      content: '',
      channel_id: channelId,
      type: 0,
      sticker_ids: [],
      attachments,
    })
    if (!sent.ok) return sent
    const urls = attachmentUrls(sent.value)
    if (urls.length === pictures.length) return { ok: true, value: urls }
    return {
      ok: false,
      why: 'Discord kept not all pictures',
      status: null,
      verdict: null,
      retryAfterMs: null,
    }
  }

  async #uploads(blobs: JobId, pictures: readonly Picture[]): Promise<RestResult<Upload[]>> {
    const { store, rest, channelId } = this.#parts
    const kept = pictures.length > 0 ? await store.blobs(blobs) : []
    const uploads: Upload[] = []
    for (const [index, { filename, contentType }] of pictures.entries()) {
      const bytes = kept[index]
      if (!bytes) return gone
      const upload = await rest.createAttachment({ channelId, filename, bytes, contentType })
      if (!upload.ok) return upload
      uploads.push({ filename, uploadedFilename: upload.value.uploadFilename })
    }
    return { ok: true, value: uploads }
  }

  #withMode(prompt: string, lane: Lane): string {
    const { servesSeveralLanes, mode } = this.#parts
    return servesSeveralLanes && lane !== mode() && modeOf(prompt) === null ? `${prompt} --${lane}` : prompt
  }

  #ready(body: (place: Place) => object): Written {
    const { botId, channelId, guildId, sessionId } = this.#parts
    const session = sessionId()
    if (session === null) return noSession
    const place = { applicationId: botId, channelId, guildId: guildId(), sessionId: session }
    return { outcome: 'ready', body: (nonce) => body({ ...place, nonce }) }
  }
}

const gone = {
  ok: false,
  why: 'The pictures of the job are no longer there.',
  status: 410,
  verdict: 'fail-job',
  retryAfterMs: null,
} as const

const retry = (result: RestResult<unknown>): Written =>
  result.ok
    ? { outcome: 'refused', why: 'There is no picture.' }
    : { outcome: result === gone ? 'refused' : 'retry', why: `upload: ${result.why}` }

function attachmentUrls(message: unknown): string[] {
  const { attachments } = (message ?? {}) as { attachments?: { url?: unknown }[] }
  return (attachments ?? []).flatMap(({ url }) => (typeof url === 'string' ? [url] : []))
}
