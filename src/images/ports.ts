import type { Readable } from 'node:stream'

/** A file of a finished job, where Discord has it. */
export interface RemoteFile {
  url: string
  filename: string
  /** Bytes, as Discord says. */
  size?: number | null
  contentType?: string | null
}

/** The files of one job that are to be copied; the first is the one that variants are made from. */
export interface CopyOrder {
  jobId: string
  /** Whose way the files are fetched. */
  account: string
  files: RemoteFile[]
  /** Whether the first file shows four pictures in one. */
  grid: boolean
  /** When the job ended (ms). */
  at: number
}

export type Fetched =
  | {
      ok: true
      body: Readable
      contentType: string | null
      /** Bytes, when the server said so. */
      size: number | null
    }
  | { ok: false; why: string; status: number | null }

/** The way to Discord's files: always the account's own, through its proxy. */
export interface Upstream {
  /**
   * Opens a file; the body ends with an error when the other side falls silent. Rejects only when aborted. More than
   * `maxBytes` need not be sent on.
   */
  fetchFile(
    account: string,
    url: string,
    options: { maxBytes: number; signal?: AbortSignal },
  ): Promise<Fetched>
  /**
   * Fresh addresses in place of expired ones, in the same order; null for each that there is none for, also when Discord
   * could not be asked.
   */
  refreshUrls(account: string, urls: string[], signal?: AbortSignal): Promise<(string | null)[]>
}

/** Orders that are not carried out yet; they outlive the process. */
export interface PendingCopies {
  /** Those that this node is to carry out. */
  list(): Promise<CopyOrder[]>
  /** Adds an order; one of the same job is replaced. */
  add(order: CopyOrder): Promise<void>
  remove(jobId: string): Promise<void>
}

/** What is known of a job's files while, or although, there is no copy; null for a job without any. */
export type OrderOf = (jobId: string) => Promise<CopyOrder | null>
