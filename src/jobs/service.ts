import { DrawbridgeError } from '../errors.ts'
import { type AccountId, type JobId, newJobId, type TokenId } from '../ids.ts'
import { isFinished, type Job, type JobRequest, type Lane } from './job.ts'
import type { HistoryEntry, JobStore, Submission } from './ports.ts'

/** Discord's limit of a string option; tools stop earlier, the bot itself says when a prompt is too long. */
const longestPrompt = 6000

/** No keyboard types these, and half a surrogate pair is not text: the scripts in Redis cannot even read it back. */
const unprintable = /[\p{Cs}\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/u

export interface ImagineInput {
  token: TokenId
  prompt: string
  thenUpscale?: boolean
  idempotencyKey?: string
}

/** A job with a result, whose buttons can be pressed. */
export type DoneJob = Job & { state: 'done' }

export interface PressInput {
  token: TokenId
  parent: DoneJob
  customId: string
}

export interface ActInput {
  token: TokenId
  /** The message that shows the picture. */
  messageId: string
  customId: string
}

/** A job that was accepted: where it stands at this moment. */
export interface Submitted {
  id: JobId
  root: JobId
  lane: Lane
  /** The account that took it at once; null while it waits for one. */
  account: AccountId | null
}

export interface DescribeInput {
  token: TokenId | null
  bytes: Uint8Array
  filename: string
  contentType: string
}

/** The core operations that every API family is made of. Errors are `DrawbridgeError`s with a code of the catalogue. */
export class JobService {
  readonly #store: JobStore

  constructor({ store }: { store: JobStore }) {
    this.#store = store
  }

  /** Draws a prompt; costs one use of the token. */
  async imagine({ token, prompt, thenUpscale, idempotencyKey }: ImagineInput): Promise<Submitted> {
    if (prompt.trim() === '') throw new DrawbridgeError('prompt-missing')
    if (prompt.length > longestPrompt) throw new DrawbridgeError('prompt-too-long')
    if (unprintable.test(prompt)) {
      throw new DrawbridgeError('invalid-request', 'The prompt contains control characters or broken text.')
    }
    const id = newJobId()
    const request: JobRequest = { kind: 'imagine', prompt, ...(thenUpscale ? { thenUpscale } : {}) }
    return this.#submit({
      id,
      token,
      charge: 1,
      request,
      root: id,
      lanes: 'policy',
      account: null,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    })
  }

  /** Presses a button of a finished picture; costs one use of the token. */
  async act({ token, messageId, customId }: ActInput): Promise<Submitted> {
    return this.press({ token, parent: await this.pictured(messageId), customId })
  }

  /** The job whose result this message shows: the first half of `act`, for callers who look at it before they press. */
  async pictured(messageId: string): Promise<DoneJob> {
    const id = await this.#store.ofMessage(messageId)
    const job = id && (await this.#store.find(id))
    if (!job || !isFinished(job) || job.state !== 'done') throw new DrawbridgeError('message-unknown')
    return job
  }

  /** Presses a button of a result that has been looked up; costs one use of the token. */
  async press({ token, parent, customId }: PressInput): Promise<Submitted> {
    return this.#submit({ ...this.#followUp(parent, customId), id: newJobId(), token, charge: 1 })
  }

  /**
   * Draws the U1 that an imagine asked for with `thenUpscale`. Not charged. May be called again after a crash: the same
   * grid never gets a second one.
   */
  async upscaleFirst(grid: DoneJob): Promise<void> {
    const customId = grid.result.buttons.flat().find(({ label }) => label === 'U1')?.customId
    if (customId === undefined) return
    await this.#submit({
      ...this.#followUp(grid, customId),
      id: newJobId(),
      token: grid.token,
      charge: 0,
      idempotencyKey: `then-upscale:${grid.id}`,
    })
  }

  /** Has the bot describe a picture; costs nothing. */
  async describe({ token, bytes, filename, contentType }: DescribeInput): Promise<Submitted> {
    const id = newJobId()
    await this.#store.putBlob(id, bytes)
    const lanes: Lane[] = ['fast', 'relax', 'turbo']
    const request: JobRequest = { kind: 'describe', filename, contentType }
    try {
      return await this.#submit({ id, token, charge: 0, request, root: id, lanes, account: null })
    } catch (error) {
      await this.#store.dropBlob(id)
      throw error
    }
  }

  find(id: string): Promise<Job | null> {
    return this.#store.find(id as JobId)
  }

  /** The job and its follow-ups, in the order they were submitted; empty when the id is not known. */
  line(root: string): Promise<Job[]> {
    return this.#store.line(root as JobId)
  }

  history(token: TokenId): Promise<HistoryEntry[]> {
    return this.#store.history(token)
  }

  waiting(): Promise<number> {
    return this.#store.waiting()
  }

  #followUp(parent: DoneJob, customId: string) {
    const { messageId, messageFlags, prompt, buttons } = parent.result
    if (!buttons.flat().some((button) => button.customId === customId)) {
      throw new DrawbridgeError('button-unknown')
    }
    const request: JobRequest = {
      kind: 'action',
      parent: parent.id,
      messageId,
      messageFlags,
      customId,
      prompt,
    }
    return { request, root: parent.root, lanes: [parent.lane], account: parent.account }
  }

  async #submit(submission: Submission): Promise<Submitted> {
    const reply = await this.#store.submit(submission)
    if (!reply.accepted) throw new DrawbridgeError(reply.code)
    return { id: reply.id, root: submission.root, lane: reply.lane, account: reply.account }
  }
}
