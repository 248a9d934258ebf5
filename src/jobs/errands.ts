import { DrawbridgeError } from '../errors.ts'
import { type AccountId, type JobId, newJobId } from '../ids.ts'
import { storedPictures, type UploadedPicture } from './input.ts'
import { isFinished } from './job.ts'
import type { Errand, JobStore } from './ports.ts'

/** How long (ms) a picture is kept for a later job. */
const keptMs = 3_600_000

/** What callers ask of an account beside drawing: to stop, to tell a seed, to bring pictures up or down. */
export class Errands {
  readonly #store: JobStore

  constructor(store: JobStore) {
    this.#store = store
  }

  /** Gives a job up: at once while Discord has not seen it, else by having the bot stop it. */
  async cancel(id: JobId): Promise<{ ended: boolean }> {
    const change = await this.#store.cancel(id, 'The caller cancelled the job.')
    if (change === 'written') return { ended: true }
    const job = await this.#store.find(id)
    if (!job) throw new DrawbridgeError('job-unknown')
    if (isFinished(job)) throw new DrawbridgeError('job-ended')
    // It was taken up between the two looks.
    if (job.account === null || job.state === 'queued' || job.state === 'needs-input') return this.cancel(id)
    await this.#send(job.account, { do: 'stop', job: id })
    return { ended: false }
  }

  async seed(id: JobId): Promise<string> {
    const job = await this.#store.find(id)
    if (!job) throw new DrawbridgeError('job-unknown')
    if (job.seed !== null) return job.seed
    if (job.state !== 'done' || job.account === null || job.result.uuid === null) {
      throw new DrawbridgeError('message-unknown', 'Only a finished picture has a seed.')
    }
    return this.#send(job.account, { do: 'seed', job: id })
  }

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
      return (await this.#send(account, { do: 'upload', blobs, pictures: kept })).split('\n')
    } finally {
      await this.#store.dropBlobs(blobs)
    }
  }

  async bytesOf(account: AccountId, url: string): Promise<Buffer> {
    return Buffer.from(await this.#send(account, { do: 'fetch', url }), 'base64')
  }

  async keepPicture(bytes: Uint8Array): Promise<JobId> {
    const id = newJobId()
    await this.#store.putBlobs(id, [bytes], keptMs)
    return id
  }

  async keptPicture(id: JobId): Promise<Buffer | null> {
    return (await this.#store.blobs(id))[0] ?? null
  }

  async #send(account: AccountId, errand: Errand): Promise<string> {
    const reply = await this.#store.errand(account, errand)
    if (!reply.done) throw new DrawbridgeError(reply.code, reply.message)
    return reply.text
  }
}
