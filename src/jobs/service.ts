import { DrawbridgeError } from '../errors.ts'
import { type AccountId, type JobId, newJobId, type TokenId } from '../ids.ts'
import {
  type ActInput,
  type AnswerInput,
  type BlendInput,
  checkPrompt,
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
  type JobResult,
  type Question,
} from './job.ts'
import type {
  CallerChange,
  JobStore,
  Page,
  PageQuery,
  PreparedPrompt,
  PromptRules,
  PromptServices,
  QueuePlace,
  Submission,
} from './ports.ts'

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
  readonly #prompts: PromptRules
  readonly #services: PromptServices
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
    this.#prompts = prompts
    this.#services = services
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
    const id = newJobId()
    const common = {
      ...(thenUpscale ? { thenUpscale } : {}),
      ...(pictures.length > 0 ? { pictures: storedPictures(pictures, 5) } : {}),
    }
    const lane = lanes.length > 0 ? { lanes } : {}
    const requestFor = (text: string): JobRequest => {
      const prompts = this.#prompts.expand(text)
      if (prompts.length < 2) return { kind: 'imagine', prompt: text, ...common }
      const requests = prompts.map((one) => ({ kind: 'imagine' as const, prompt: one, ...common }))
      return { kind: 'batch', prompt: text, requests, ...lane }
    }
    const prepared = await this.#prepare(prompt, token, key.idempotencyKey)
    const request = requestFor(prepared.prompt)
    const submission = {
      ...{ id, token, root: id, account: null },
      lanes: lanes.length > 0 ? lanes : ('policy' as const),
      ...withTexts(given(key), prompt, prepared),
      ...(prepared.prompt === prompt ? {} : { asked: JSON.stringify(requestFor(prompt)) }),
    }
    if (request.kind !== 'batch') return this.#withBlobs(pictures, { ...submission, request, charge: 1 })
    const batch = await this.#askFirst({ ...submission, request }, pictures)
    if (!confirmBatch) await this.#confirmAtOnce(batch)
    return batch
  }

  /** Mixes two to five pictures; costs one use of the token. */
  async blend({ token, pictures, shape, lanes = [], ...key }: BlendInput): Promise<Submitted> {
    if (pictures.length < 2)
      throw new DrawbridgeError('pictures-invalid', 'A blend takes two to five pictures.')
    const id = newJobId()
    const request: JobRequest = {
      kind: 'blend',
      pictures: storedPictures(pictures, 5),
      ...(shape ? { shape } : {}),
    }
    const where = { lanes: lanes.length > 0 ? lanes : ('policy' as const), account: null, ...given(key) }
    return this.#withBlobs(pictures, { id, token, charge: 1, request, root: id, ...where })
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
    const { request, ...where } = this.#followUp(parent, customId)
    const several = buttonsMeant(parent, customId)
    if (several.length > 1) {
      const requests = several.map((one) => ({ ...request, customId: one }))
      const { lanes } = where
      const all = { kind: 'batch' as const, prompt: request.prompt, requests, lanes }
      const batch = await this.#askFirst({ ...where, ...given(key), id: newJobId(), token, request: all }, [])
      await this.#confirmAtOnce(batch)
      return batch
    }
    const question = askFirst && this.#question(askFirst, 'What is it to become?', request.prompt)
    const said = answer && (await this.#answerOf(answer, token, key.idempotencyKey))
    const requestWith = (reply: DialogAnswer | undefined): JobRequest => ({
      ...request,
      ...(onDialog === 'ask' ? { onDialog } : {}),
      ...(values ? { values } : {}),
      ...(reply ? { answer: reply } : {}),
    })
    return this.#withBlobs(answer?.mask ? [answer.mask] : [], {
      ...where,
      ...given(key),
      id: newJobId(),
      ...(question ? { question } : {}),
      token,
      charge: 1,
      request: requestWith(said),
      ...(said?.original === undefined ? {} : { asked: JSON.stringify(requestWith(asWritten(said))) }),
    })
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
      ...inherited(grid),
    })
  }

  /** Has the bot describe a picture, sent or linked to; costs nothing. */
  async describe({ token, idempotencyKey, callback, about, ...source }: DescribeInput): Promise<Submitted> {
    const key = given({ idempotencyKey, callback, about })
    if ('link' in source) return this.#free(token, { kind: 'describe', link: source.link }, null, [], key)
    return this.#free(token, { kind: 'describe', picture: storedPicture(source) }, null, [source], key)
  }

  /** Has the bot say which words of a prompt count, and shorter forms of it; costs nothing. */
  async shorten({ token, prompt, ...key }: FreeInput & { prompt: string }): Promise<Submitted> {
    const prepared = await this.#prepare(prompt, token, key.idempotencyKey)
    const requestFor = (text: string): JobRequest => ({ kind: 'shorten', prompt: text })
    const extras = withTexts(given(key), prompt, prepared)
    const asked = prepared.prompt === prompt ? {} : { asked: JSON.stringify(requestFor(prompt)) }
    return this.#free(token, requestFor(prepared.prompt), null, [], { ...extras, ...asked })
  }

  /** Brings a job of Midjourney's back into the account's channel, with fresh buttons; costs nothing. */
  async show({
    token,
    uuid,
    account,
    ...key
  }: FreeInput & { uuid: string; account: AccountId | null }): Promise<Submitted> {
    return this.#free(token, { kind: 'show', uuid }, account, [], given(key))
  }

  /** Answers the dialog that a job waits for. */
  async answer(id: JobId, answer: AnswerInput): Promise<void> {
    const job = await this.#asking(id)
    if (job.request.kind === 'batch') return this.confirm(id)
    if (job.request.kind !== 'action') throw new DrawbridgeError('dialog-unknown')
    if (job.question.dialog === 'region' && !answer.mask) {
      throw new DrawbridgeError('answer-incomplete', 'The region editor needs a mask.')
    }
    const said = await this.#answerOf(answer, job.token)
    if (answer.mask) await this.#store.putBlobs(id, [answer.mask.bytes])
    const { onDialog: _, ...request } = job.request
    expectWritten(await this.#store.answer(id, { ...request, answer: said }))
  }

  /**
   * Queues the jobs of a batch. When some are refused (the token has too few uses left), those before them stay; when all
   * are, the batch still waits. May be called again after a crash: no job is queued twice.
   */
  async confirm(id: JobId): Promise<void> {
    const batch = await this.#asking(id)
    if (batch.request.kind !== 'batch') throw new DrawbridgeError('dialog-unknown')
    const { prompt, requests, lanes: wanted } = batch.request
    const children: JobId[] = []
    const pictures = await this.#store.blobs(id)
    for (const [index, request] of requests.entries()) {
      const child = {
        id: newJobId(),
        token: batch.token,
        charge: 1,
        root: batch.root,
        ...inherited(batch),
      } as const
      const where = { lanes: wanted ?? ('policy' as const), account: batch.account }
      const idempotencyKey = `batch:${id}:${index}`
      try {
        const job = await this.#withBytes(pictures, {
          ...child,
          ...where,
          idempotencyKey,
          request: { parent: id, ...request },
        })
        children.push(job.id)
      } catch (error) {
        if (children.length === 0 || !(error instanceof DrawbridgeError)) throw error
        break
      }
    }
    if ((await this.#store.batchMade(id, batchResult(prompt, children))) === 'written') return
    // It was confirmed twice at once, or given up meanwhile: then nobody waits for its jobs.
    if ((await this.#store.find(id))?.state === 'done') return
    await Promise.allSettled(children.map((child) => this.cancel(child)))
    throw new DrawbridgeError('dialog-unknown')
  }

  /** Gives a job up: at once while Discord has not seen it, else by having the bot stop it. Resolves to whether it has ended. */
  async cancel(id: JobId): Promise<{ ended: boolean }> {
    const change = await this.#store.cancel(id, 'The caller cancelled the job.')
    if (change === 'written') return { ended: true }
    const job = await this.#store.find(id)
    if (!job) throw new DrawbridgeError('job-unknown')
    if (isFinished(job)) throw new DrawbridgeError('job-ended')
    // It was taken up between the two looks.
    if (job.account === null || job.state === 'queued' || job.state === 'needs-input') return this.cancel(id)
    await this.#errand(job.account, { do: 'stop', job: id })
    return { ended: false }
  }

  /** Midjourney's seed of a finished picture, by the ✉️ reaction (protocol page §3.3); kept once it is known. */
  async seed(id: JobId): Promise<string> {
    const job = await this.#store.find(id)
    if (!job) throw new DrawbridgeError('job-unknown')
    if (job.seed !== null) return job.seed
    if (job.state !== 'done' || job.account === null || job.result.uuid === null) {
      throw new DrawbridgeError('message-unknown', 'Only a finished picture has a seed.')
    }
    return this.#errand(job.account, { do: 'seed', job: id })
  }

  /** Puts pictures on Discord and resolves to their addresses there, for prompts; costs nothing, and makes no job. */
  async upload(pictures: readonly UploadedPicture[]): Promise<string[]> {
    if (pictures.length === 0) throw new DrawbridgeError('pictures-invalid', 'There is no picture.')
    const kept = storedPictures(pictures, 10)
    const account = await this.#store.anyAccount()
    if (account === null) throw new DrawbridgeError('lane-empty', 'No account is ready.')
    const blobs = newJobId()
    await this.#store.putBlobs(
      blobs,
      pictures.map(({ bytes }) => bytes),
    )
    try {
      return (await this.#errand(account, { do: 'upload', blobs, pictures: kept })).split('\n')
    } finally {
      await this.#store.dropBlobs(blobs)
    }
  }

  /** The bytes of a picture on Discord's CDN, fetched the account's own way. */
  async bytesOf(account: AccountId, url: string): Promise<Buffer> {
    return Buffer.from(await this.#errand(account, { do: 'fetch', url }), 'base64')
  }

  /** Keeps a picture for a later job, for an hour, and gives the id that it is found by. */
  async keepPicture(bytes: Uint8Array): Promise<JobId> {
    const id = newJobId()
    await this.#store.putBlobs(id, [bytes], 3_600_000)
    return id
  }

  async keptPicture(id: JobId): Promise<Buffer | null> {
    return (await this.#store.blobs(id))[0] ?? null
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

  /**
   * What is drawn in the prompt's place; throws when it cannot or may not be drawn. A request that was accepted before is
   * not refused for what the services say now.
   */
  async #prepare(prompt: string, token: TokenId | null, idempotencyKey?: string): Promise<PreparedPrompt> {
    checkPrompt(prompt)
    const prepared = await this.#services.prepare(prompt, token).catch(async (error: unknown) => {
      if (idempotencyKey === undefined || !(await this.#store.repeats(token, idempotencyKey))) throw error
      return { prompt, warnings: [] }
    })
    checkPrompt(prepared.prompt)
    const objection = this.#prompts.objection(prepared.prompt)
    if (objection !== null) throw new DrawbridgeError('invalid-prompt', objection)
    return prepared
  }

  async #answerOf(
    { prompt, zoom, mask }: AnswerInput,
    token: TokenId | null,
    idempotencyKey?: string,
  ): Promise<DialogAnswer> {
    const drawn =
      prompt === undefined ? undefined : (await this.#prepare(prompt, token, idempotencyKey)).prompt
    if (zoom !== undefined && !(zoom >= 1 && zoom <= 2)) {
      throw new DrawbridgeError('answer-incomplete', 'A zoom goes from 1 to 2.')
    }
    return {
      ...(drawn === undefined ? {} : { prompt: drawn }),
      ...(prompt === undefined || drawn === prompt ? {} : { original: prompt }),
      ...(zoom === undefined ? {} : { zoom }),
      ...(mask ? { mask: storedPicture(mask) } : {}),
    }
  }

  /** A batch waits until its caller says that so many jobs are meant. */
  async #askFirst(batch: BatchInput, pictures: readonly UploadedPicture[]): Promise<Submitted> {
    const question = this.#question('batch', `This prompt makes ${batch.request.requests.length} jobs.`)
    return this.#withBlobs(pictures, { ...batch, charge: 0, question })
  }

  #question(dialog: Question['dialog'], title: string, prompt?: string): Question {
    const askedAt = this.#now()
    const fields = prompt === undefined ? [] : [{ name: 'prompt', label: 'Prompt', value: prompt }]
    return { dialog, title, fields, askedAt, until: askedAt + this.#answerWithinMs }
  }

  /**
   * A batch that nobody is asked about does not stay when it is refused. One that was submitted before is taken up where a
   * stopped node has left it.
   */
  async #confirmAtOnce({ id, repeated }: Submitted): Promise<void> {
    if (repeated && (await this.#store.find(id))?.state !== 'needs-input') return
    try {
      await this.confirm(id)
    } catch (error) {
      // A failure of ours says nothing about the batch, some of whose jobs may be queued.
      if (!(error instanceof DrawbridgeError)) throw error
      if (repeated && error.code === 'dialog-unknown') return
      await this.#store.cancel(id, 'The batch was refused.')
      throw error
    }
  }

  async #asking(id: JobId): Promise<Job & { state: 'needs-input' }> {
    const job = await this.#store.find(id)
    if (!job) throw new DrawbridgeError('job-unknown')
    if (job.state !== 'needs-input') throw new DrawbridgeError('dialog-unknown')
    return job
  }

  #followUp(parent: DoneJob, customId: string) {
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

  /** Work that no use is charged for runs in whatever mode an account is free in. */
  #free(
    token: TokenId | null,
    request: JobRequest,
    account: AccountId | null,
    pictures: readonly UploadedPicture[],
    key: Extras & Pick<Submission, 'asked'>,
  ): Promise<Submitted> {
    const id = newJobId()
    return this.#withBlobs(pictures, {
      id,
      token,
      charge: 0,
      request,
      root: id,
      lanes: allLanes,
      account,
      ...key,
    })
  }

  #withBlobs(pictures: readonly UploadedPicture[], submission: Submission): Promise<Submitted> {
    return this.#withBytes(
      pictures.map(({ bytes }) => bytes),
      submission,
    )
  }

  async #withBytes(pictures: readonly Uint8Array[], submission: Submission): Promise<Submitted> {
    if (pictures.length === 0) return this.#submit(submission)
    await this.#store.putBlobs(submission.id, pictures)
    try {
      const submitted = await this.#submit(submission)
      if (submitted.repeated) await this.#store.dropBlobs(submission.id)
      return submitted
    } catch (error) {
      await this.#store.dropBlobs(submission.id)
      throw error
    }
  }

  async #submit(submission: Submission): Promise<Submitted> {
    const reply = await this.#store.submit(submission)
    if (!reply.accepted) throw new DrawbridgeError(reply.code)
    return {
      id: reply.id,
      root: submission.root === submission.id ? reply.id : submission.root,
      lane: reply.lane,
      account: reply.account,
      repeated: reply.repeated,
    }
  }

  async #errand(account: AccountId, errand: Parameters<JobStore['errand']>[1]): Promise<string> {
    const reply = await this.#store.errand(account, errand)
    if (!reply.done) throw new DrawbridgeError(reply.code, reply.message)
    return reply.text
  }
}

type BatchInput = Omit<Submission, 'charge' | 'question'> & { request: JobRequest & { kind: 'batch' } }

/** `Imagine all` of a describe stands for each of its lines: one click would make jobs that nothing tells apart. */
function buttonsMeant({ result }: DoneJob, customId: string): string[] {
  const stem = /^(MJ::Job::PicReader::)all$/.exec(customId)?.[1]
  if (stem === undefined) return [customId]
  const ids = result.buttons.flat().map((button) => button.customId)
  return ids.filter((id) => id.startsWith(stem) && /^\d$/.test(id.slice(stem.length)))
}

/** What a job that its caller did not submit has from the one that it comes of. */
function inherited({ callback, about }: Job): Extras {
  if (!about) return given({ callback })
  const { alias: _, ...kept } = about
  return given({ callback, about: kept })
}

/** The answer as it was before it was translated. */
const asWritten = ({ original, ...answer }: DialogAnswer): DialogAnswer => ({
  ...answer,
  ...(original === undefined ? {} : { prompt: original }),
})

/** Keeps the prompt as it was written, where another is drawn, and what its author is to be told. */
function withTexts(extras: Extras, prompt: string, prepared: PreparedPrompt): Extras {
  const { warnings } = prepared
  if (prepared.prompt === prompt && warnings.length === 0) return extras
  const about = {
    family: 'native',
    ...extras.about,
    ...(prepared.prompt === prompt ? {} : { original: prompt }),
    ...(warnings.length === 0 ? {} : { warnings }),
  }
  return { ...extras, about }
}

/** The extras that were given; absent ones stay absent. */
const given = ({ idempotencyKey, callback, about }: Given): Extras => ({
  ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  ...(callback === undefined ? {} : { callback }),
  ...(about === undefined ? {} : { about }),
})

type Given = { [Name in keyof Extras]?: Extras[Name] | undefined }

function expectWritten(change: CallerChange): void {
  if (change === 'unknown') throw new DrawbridgeError('job-unknown')
  if (change === 'too-late') throw new DrawbridgeError('dialog-unknown')
}

const batchResult = (prompt: string, children: JobId[]): JobResult => ({
  messageId: '',
  messageFlags: 0,
  uuid: null,
  content: '',
  prompt,
  url: null,
  filename: null,
  width: null,
  height: null,
  size: null,
  upscaled: false,
  index: null,
  buttons: [],
  children,
})
