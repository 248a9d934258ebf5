import { DrawbridgeError } from '../errors.ts'
import { type AccountId, type JobId, newJobId, type TokenId } from '../ids.ts'
import { asking, Batches, buttonsMeant } from './batches.ts'
import { Errands } from './errands.ts'
import { given, inherited } from './extras.ts'
import {
  type ActInput,
  type AnswerInput,
  type BlendInput,
  bytesIn,
  type DescribeInput,
  type DoneJob,
  type Extras,
  type FreeInput,
  type ImagineInput,
  type PressInput,
  type Submitted,
  storedPicture,
  storedPictures,
  type UploadedPicture,
} from './input.ts'
import {
  lanes as allLanes,
  type DialogAnswer,
  isFinished,
  type Job,
  type JobRequest,
  type Lane,
  type Question,
} from './job.ts'
import type {
  CallerChange,
  JobStore,
  Page,
  PageQuery,
  PromptRules,
  PromptServices,
  QueuePlace,
  Submission,
} from './ports.ts'
import { asWritten, PromptDesk, withTexts } from './prompt-desk.ts'
import { Submitter } from './submitter.ts'

export type {
  ActInput,
  AnswerInput,
  BlendInput,
  DescribeInput,
  DoneJob,
  Extras,
  ImagineInput,
  PressInput,
  Submitted,
  UploadedPicture,
} from './input.ts'

interface ServiceParts {
  store: JobStore
  prompts?: PromptRules
  services?: PromptServices
  now?: () => number
  answerWithinMs?: number
}

const noServices: PromptServices = { prepare: async (prompt) => ({ prompt, warnings: [] }) }
const noRules: PromptRules = { objection: () => null, expand: (prompt) => [prompt] }

/** The core operations that every API family is made of. Errors are `DrawbridgeError`s with a code of the catalogue. */
export class JobService {
  readonly #store: JobStore
  readonly #submitter: Submitter
  readonly #desk: PromptDesk
  readonly #batches: Batches
  readonly #errands: Errands
  readonly #now: () => number
  readonly #answerWithinMs: number

  constructor({
    store,
    prompts = noRules,
    services = noServices,
    now = Date.now,
    answerWithinMs = 15 * 60_000,
  }: ServiceParts) {
    this.#store = store
    this.#submitter = new Submitter(store)
    this.#desk = new PromptDesk({ store, rules: prompts, services })
    this.#errands = new Errands(store)
    this.#batches = new Batches({
      store,
      submitter: this.#submitter,
      question: (dialog, title) => this.#question(dialog, title),
      cancel: (id) => this.cancel(id),
    })
    this.#now = now
    this.#answerWithinMs = answerWithinMs
  }

  /** Draws a prompt; costs one use of the token for each picture job that it stands for. */
  async imagine({
    token,
    prompt,
    thenUpscale,
    pictures = [],
    lanes = [],
    confirmBatch,
    ...key
  }: ImagineInput): Promise<Submitted> {
    const common = {
      ...(thenUpscale ? { thenUpscale } : {}),
      ...(pictures.length > 0 ? { pictures: storedPictures(pictures, 5) } : {}),
    }
    const requestFor = (text: string): JobRequest => {
      const prompts = this.#desk.expand(text)
      if (prompts.length < 2) return { kind: 'imagine', prompt: text, ...common }
      const requests = prompts.map((one) => ({ kind: 'imagine' as const, prompt: one, ...common }))
      return { kind: 'batch', prompt: text, requests, ...(lanes.length > 0 ? { lanes } : {}) }
    }
    const { idempotencyKey } = key
    const prepared = await this.#desk.prepare(prompt, { token, idempotencyKey, pictures: pictures.length })
    const request = requestFor(prepared.prompt)
    const submission = {
      ...newLine(token, lanes),
      ...withTexts(given(key), prompt, prepared),
      ...(prepared.prompt === prompt ? {} : { asked: JSON.stringify(requestFor(prompt)) }),
    }
    const bytes = bytesIn(pictures)
    if (request.kind !== 'batch') return this.#submitter.submit({ ...submission, request, charge: 1 }, bytes)
    const batch = { ...submission, request }
    return confirmBatch ? this.#batches.askFirst(batch, bytes) : this.#batches.atOnce(batch, bytes)
  }

  /** Mixes two to five pictures; costs one use of the token. */
  async blend({ token, pictures, shape, lanes = [], ...key }: BlendInput): Promise<Submitted> {
    if (pictures.length < 2)
      throw new DrawbridgeError('pictures-invalid', 'A blend takes two to five pictures.')
    const request: JobRequest = {
      kind: 'blend',
      pictures: storedPictures(pictures, 5),
      ...(shape ? { shape } : {}),
    }
    const submission = { ...newLine(token, lanes), charge: 1 as const, request, ...given(key) }
    return this.#submitter.submit(submission, bytesIn(pictures))
  }

  /** Presses a button of a finished picture; costs one use of the token. */
  async act({ messageId, ...press }: ActInput): Promise<Submitted> {
    return this.press({ parent: await this.pictured(messageId), ...press })
  }

  /** The job whose result this message shows: the first half of `act`, for callers who look at it before they press. */
  async pictured(messageId: string): Promise<DoneJob> {
    const id = await this.#store.ofMessage(messageId)
    const job = id && (await this.#store.find(id))
    if (!job || !isFinished(job) || job.state !== 'done') throw new DrawbridgeError('message-unknown')
    return job
  }

  /** Presses a button of a result that has been looked up; costs one use of the token. */
  async press({
    token,
    parent,
    customId,
    values,
    answer,
    onDialog = 'accept',
    askFirst,
    ...key
  }: PressInput): Promise<Submitted> {
    const { request, ...where } = followUp(parent, customId)
    const submission = { ...where, ...given(key), id: newJobId(), token }
    const several = buttonsMeant(parent, customId)
    if (several.length > 1) {
      const requests = several.map((one) => ({ ...request, customId: one }))
      const all = { kind: 'batch' as const, prompt: request.prompt, requests, lanes: where.lanes }
      return this.#batches.atOnce({ ...submission, request: all })
    }
    const question = askFirst && this.#question(askFirst, 'What is it to become?', request.prompt)
    const { idempotencyKey } = key
    const said = answer && (await this.#desk.answerOf(answer, { token, idempotencyKey }))
    const requestWith = (reply: DialogAnswer | undefined): JobRequest => ({
      ...request,
      ...(onDialog === 'ask' ? { onDialog } : {}),
      ...(values ? { values } : {}),
      ...(reply ? { answer: reply } : {}),
    })
    return this.#submitter.submit(
      {
        ...submission,
        ...(question ? { question } : {}),
        charge: 1,
        request: requestWith(said),
        ...(said?.original === undefined ? {} : { asked: JSON.stringify(requestWith(asWritten(said))) }),
      },
      answer?.mask ? [answer.mask.bytes] : [],
    )
  }

  /**
   * Draws the U1 that an imagine asked for with `thenUpscale`. Not charged. May be called again after a crash: the same
   * grid never gets a second one.
   */
  async upscaleFirst(grid: DoneJob): Promise<void> {
    const customId = grid.result.buttons.flat().find(({ label }) => label === 'U1')?.customId
    if (customId === undefined) return
    await this.#submitter.submit({
      ...followUp(grid, customId),
      id: newJobId(),
      token: grid.token,
      charge: 0,
      idempotencyKey: `then-upscale:${grid.id}`,
      ...inherited(grid),
    })
  }

  /** Has the bot describe a picture, sent or linked to; costs nothing. */
  async describe({ token, idempotencyKey, callback, about, ...source }: DescribeInput): Promise<Submitted> {
    const by = { token, ...given({ idempotencyKey, callback, about }) }
    if ('link' in source) return this.#free({ kind: 'describe', link: source.link }, by)
    return this.#free({ kind: 'describe', picture: storedPicture(source) }, by, [source])
  }

  /** Has the bot say which words of a prompt count, and shorter forms of it; costs nothing. */
  async shorten({ token, prompt, ...key }: FreeInput & { prompt: string }): Promise<Submitted> {
    const { idempotencyKey } = key
    const prepared = await this.#desk.prepare(prompt, { token, idempotencyKey })
    const requestFor = (text: string): JobRequest => ({ kind: 'shorten', prompt: text })
    return this.#free(requestFor(prepared.prompt), {
      token,
      ...withTexts(given(key), prompt, prepared),
      ...(prepared.prompt === prompt ? {} : { asked: JSON.stringify(requestFor(prompt)) }),
    })
  }

  /** Brings a job of Midjourney's back into the account's channel, with fresh buttons; costs nothing. */
  async show({
    token,
    uuid,
    account,
    ...key
  }: FreeInput & { uuid: string; account: AccountId | null }): Promise<Submitted> {
    return this.#free({ kind: 'show', uuid }, { token, account, ...given(key) })
  }

  /** Answers the dialog that a job waits for. */
  async answer(id: JobId, answer: AnswerInput): Promise<void> {
    const { request: asked, question, token } = await asking(this.#store, id)
    if (asked.kind === 'batch') return this.confirm(id)
    if (asked.kind !== 'action') throw new DrawbridgeError('dialog-unknown')
    if (question.dialog === 'region' && !answer.mask) {
      throw new DrawbridgeError('answer-incomplete', 'The region editor needs a mask.')
    }
    const said = await this.#desk.answerOf(answer, { token })
    if (answer.mask) await this.#store.putBlobs(id, [answer.mask.bytes])
    const { onDialog: _, ...request } = asked
    expectWritten(await this.#store.answer(id, { ...request, answer: said }))
  }

  /**
   * Queues the jobs of a batch. When some are refused (the token has too few uses left), those before them stay; when all
   * are, the batch still waits.
   */
  confirm(id: JobId): Promise<void> {
    return this.#batches.confirm(id)
  }

  /** Gives a job up: at once while Discord has not seen it, else by having the bot stop it. Resolves to whether it has ended. */
  cancel(id: JobId): Promise<{ ended: boolean }> {
    return this.#errands.cancel(id)
  }

  /** Midjourney's seed of a finished picture, by the ✉️ reaction (protocol page §3.3); kept once it is known. */
  seed(id: JobId): Promise<string> {
    return this.#errands.seed(id)
  }

  /** Puts pictures on Discord and resolves to their addresses there, for prompts; costs nothing, and makes no job. */
  upload(pictures: readonly UploadedPicture[]): Promise<string[]> {
    return this.#errands.upload(pictures)
  }

  /** The bytes of a picture on Discord's CDN, fetched the account's own way. */
  bytesOf(account: AccountId, url: string): Promise<Buffer> {
    return this.#errands.bytesOf(account, url)
  }

  /** Keeps a picture for a later job, for an hour, and gives the id that it is found by. */
  keepPicture(bytes: Uint8Array): Promise<JobId> {
    return this.#errands.keepPicture(bytes)
  }

  keptPicture(id: JobId): Promise<Buffer | null> {
    return this.#errands.keptPicture(id)
  }

  find(id: string): Promise<Job | null> {
    return this.#store.find(id as JobId)
  }

  /** The job and its follow-ups, in the order they were submitted; empty when the id is not known. */
  line(root: string): Promise<Job[]> {
    return this.#store.line(root as JobId)
  }

  /** Jobs, newest first. */
  page(query: PageQuery): Promise<Page> {
    return this.#store.page(query)
  }

  /** The job that a family gave this id; null when there is none. */
  async findAlias(family: string, alias: string): Promise<Job | null> {
    const id = await this.#store.ofAlias(family, alias)
    return id && this.#store.find(id)
  }

  /** The finished jobs of a token, oldest first. */
  history(token: TokenId): Promise<Job[]> {
    return this.#store.history(token)
  }

  /** Where a waiting job stands; null when it waits for no account. */
  place(job: Job): Promise<QueuePlace | null> {
    return this.#store.place(job)
  }

  waiting(): Promise<number> {
    return this.#store.waiting()
  }

  #question(dialog: Question['dialog'], title: string, prompt?: string): Question {
    const askedAt = this.#now()
    const fields = prompt === undefined ? [] : [{ name: 'prompt', label: 'Prompt', value: prompt }]
    return { dialog, title, fields, askedAt, until: askedAt + this.#answerWithinMs }
  }

  /** Work that no use is charged for runs in whatever mode an account is free in. */
  #free(
    request: JobRequest,
    by: Extras & Pick<Submission, 'asked' | 'token'> & { account?: AccountId | null },
    pictures: readonly UploadedPicture[] = [],
  ): Promise<Submitted> {
    const submission = { ...newLine(by.token, allLanes), charge: 0 as const, request, ...by }
    return this.#submitter.submit(submission, bytesIn(pictures))
  }
}

/** A job that begins a line of its own, on any account. */
function newLine(token: TokenId | null, lanes: readonly Lane[]) {
  const id = newJobId()
  return { id, token, root: id, account: null, lanes: lanes.length > 0 ? lanes : ('policy' as const) }
}

/** A press of one of the parent's buttons: it runs on the account that owns the message. */
function followUp(parent: DoneJob, customId: string) {
  const { messageId, messageFlags, prompt, buttons } = parent.result
  if (!buttons.flat().some((button) => button.customId === customId)) {
    throw new DrawbridgeError('button-unknown')
  }
  const request = {
    kind: 'action' as const,
    parent: parent.id,
    messageId,
    messageFlags,
    customId,
    prompt,
  }
  return { request, root: parent.root, lanes: [parent.lane], account: parent.account }
}

function expectWritten(change: CallerChange): void {
  if (change === 'unknown') throw new DrawbridgeError('job-unknown')
  if (change === 'too-late') throw new DrawbridgeError('dialog-unknown')
}
