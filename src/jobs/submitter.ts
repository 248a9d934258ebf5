import { DrawbridgeError } from '../errors.ts'
import type { Submitted } from './input.ts'
import type { JobStore, Submission } from './ports.ts'

/** Puts jobs on the queue, together with the bytes that they need. */
export class Submitter {
  readonly #store: JobStore

  constructor(store: JobStore) {
    this.#store = store
  }

  /** Throws what the queue refuses it for; then its pictures are gone as well. */
  async submit(submission: Submission, pictures: readonly Uint8Array[] = []): Promise<Submitted> {
    if (pictures.length === 0) return this.#queue(submission)
    await this.#store.putBlobs(submission.id, pictures)
    try {
      const submitted = await this.#queue(submission)
      if (submitted.repeated) await this.#store.dropBlobs(submission.id)
      return submitted
    } catch (error) {
      await this.#store.dropBlobs(submission.id)
      throw error
    }
  }

  async #queue(submission: Submission): Promise<Submitted> {
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
}
