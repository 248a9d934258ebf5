import { DrawbridgeError } from '../errors.ts'
import { type JobId, newJobId } from '../ids.ts'
import { inherited } from './extras.ts'
import type { DoneJob, Submitted } from './input.ts'
import type { Job, JobRequest, JobResult, Question } from './job.ts'
import type { JobStore, Submission } from './ports.ts'
import type { Submitter } from './submitter.ts'

/** A batch before it is queued. */
export type BatchSubmission = Omit<Submission, 'charge' | 'question'> & {
  request: JobRequest & { kind: 'batch' }
}

interface BatchParts {
  store: JobStore
  submitter: Submitter
  /** What the caller is asked, until when. */
  question: (dialog: Question['dialog'], title: string) => Question
  /** Gives up a job that nobody waits for. */
  cancel: (id: JobId) => Promise<unknown>
}

/** Prompts and buttons that stand for several jobs: the caller says that so many are meant, then each is a job of its own. */
export class Batches {
  readonly #parts: BatchParts

  constructor(parts: BatchParts) {
    this.#parts = parts
  }

  /** A batch waits until its caller says that so many jobs are meant. */
  async askFirst(batch: BatchSubmission, pictures: readonly Uint8Array[] = []): Promise<Submitted> {
    const { submitter, question } = this.#parts
    const asked = question('batch', `This prompt makes ${batch.request.requests.length} jobs.`)
    return submitter.submit({ ...batch, charge: 0, question: asked }, pictures)
  }

  /** Puts the batch up and takes its caller at their word; it does not stay when it is refused. */
  async atOnce(batch: BatchSubmission, pictures: readonly Uint8Array[] = []): Promise<Submitted> {
    const submitted = await this.askFirst(batch, pictures)
    await this.#confirmUnasked(submitted)
    return submitted
  }

  /**
   * Queues the jobs of a batch. When some are refused (the token has too few uses left), those before them stay; when all
   * are, the batch still waits. May be called again after a crash: no job is queued twice.
   */
  async confirm(id: JobId): Promise<void> {
    const { store, cancel } = this.#parts
    const batch = await asking(store, id)
    if (batch.request.kind !== 'batch') throw new DrawbridgeError('dialog-unknown')
    const children = await this.#queueAll(batch, batch.request)
    if ((await store.batchMade(id, batchResult(batch.request.prompt, children))) === 'written') return
    // It was confirmed twice at once, or given up meanwhile: then nobody waits for its jobs.
    if ((await store.find(id))?.state === 'done') return
    await Promise.allSettled(children.map(cancel))
    throw new DrawbridgeError('dialog-unknown')
  }

  async #queueAll(batch: Job, { requests, lanes }: BatchSubmission['request']): Promise<JobId[]> {
    const { store, submitter } = this.#parts
    const { id, token, root, account } = batch
    const common = { token, charge: 1, root, account, lanes: lanes ?? 'policy', ...inherited(batch) } as const
    const children: JobId[] = []
    const pictures = await store.blobs(id)
    for (const [index, request] of requests.entries()) {
      const child = {
        ...common,
        id: newJobId(),
        idempotencyKey: `batch:${id}:${index}`,
        request: { parent: id, ...request },
      }
      try {
        children.push((await submitter.submit(child, pictures)).id)
      } catch (error) {
        if (children.length === 0 || !(error instanceof DrawbridgeError)) throw error
        break
      }
    }
    return children
  }

  /** One that was submitted before is taken up where a stopped node has left it. */
  async #confirmUnasked({ id, repeated }: Submitted): Promise<void> {
    const { store } = this.#parts
    if (repeated && (await store.find(id))?.state !== 'needs-input') return
    try {
      await this.confirm(id)
    } catch (error) {
      // A failure of ours says nothing about the batch, some of whose jobs may be queued.
      if (!(error instanceof DrawbridgeError)) throw error
      if (repeated && error.code === 'dialog-unknown') return
      await store.cancel(id, 'The batch was refused.')
      throw error
    }
  }
}

/** The job, which must wait for an answer. */
export async function asking(
  store: Pick<JobStore, 'find'>,
  id: JobId,
): Promise<Job & { state: 'needs-input' }> {
  const job = await store.find(id)
  if (!job) throw new DrawbridgeError('job-unknown')
  if (job.state !== 'needs-input') throw new DrawbridgeError('dialog-unknown')
  return job
}

/** `Imagine all` of a describe stands for each of its lines: one click would make jobs that nothing tells apart. */
export function buttonsMeant({ result }: DoneJob, customId: string): string[] {
  const stem = /^(MJ::Job::PicReader::)all$/.exec(customId)?.[1]
  if (stem === undefined) return [customId]
  const ids = result.buttons.flat().map((button) => button.customId)
  return ids.filter((id) => id.startsWith(stem) && /^\d$/.test(id.slice(stem.length)))
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
