import type { Readable } from 'node:stream'

/** Where a file is kept: a job, and a name that `names.ts` made or accepts. */
export interface FileKey {
  jobId: string
  name: string
}

/** What is known of a kept file. */
export interface StoredFile extends FileKey {
  contentType: string
  /** Bytes. */
  size: number
  /** Of the content, in hex. */
  sha256: string
}

/** A kept file as an inventory shows it. */
export interface Listed extends FileKey {
  /** Bytes. */
  size: number
  /** When it was put there (ms). */
  storedAt: number
}

/** The first and the last byte that are wanted, both included. */
export interface ByteRange {
  start: number
  end: number
}

/** Where files stay. A file is there whole or not at all, whatever happens while it is put. */
export interface ImageStore {
  /** Takes over the file at `path`, which is gone afterwards; what was kept under this key is replaced. */
  put(file: StoredFile, path: string): Promise<void>
  stat(key: FileKey): Promise<StoredFile | null>
  /** The bytes, or the wanted part of them; null when there is no such file. */
  read(key: FileKey, range?: ByteRange): Promise<Readable | null>
  /** Removes one file; one that is not there is no failure. */
  remove(key: FileKey): Promise<void>
  /** The names of all that is kept for a job. */
  names(jobId: string): Promise<string[]>
  /** Everything that is kept, in no order. */
  list(): AsyncIterable<Listed>
}
