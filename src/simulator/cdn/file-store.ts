import { type Picture, paint, pictureKey } from './paint.ts'

export interface StoredFile {
  path: string
  contentType: string
  /** Whose: the account that a download is counted for; undefined for strangers' files. */
  account: number | undefined
  source: { picture: Picture } | { bytes: Buffer }
}

const cacheBytes = 64 * 1024 * 1024
const paintersAtOnce = 2

/** Files by path. Pictures are kept as descriptions and drawn again when they have dropped out of the cache. */
export class FileStore {
  #files = new Map<string, StoredFile>()
  #cache = new Map<string, Promise<Buffer>>()
  #cached = 0
  #painting = 0
  #waiting: (() => void)[] = []
  #memory: number

  constructor(memory: number) {
    this.#memory = memory * 4
  }

  put(file: StoredFile): void {
    this.#files.set(file.path, file)
    const [oldest] = this.#files.keys()
    if (oldest && this.#files.size > this.#memory) this.#files.delete(oldest)
  }

  get(path: string): StoredFile | undefined {
    return this.#files.get(path)
  }

  remove(path: string): boolean {
    return this.#files.delete(path)
  }

  bytesOf(file: StoredFile): Promise<Buffer> {
    if ('bytes' in file.source) return Promise.resolve(file.source.bytes)
    const key = pictureKey(file.source.picture)
    const known = this.#cache.get(key)
    if (known) return known
    const painting = this.#paint(file.source.picture)
    this.#cache.set(key, painting)
    painting.then(
      (bytes) => this.#remember(bytes.length),
      () => this.#cache.delete(key),
    )
    return painting
  }

  #remember(size: number): void {
    this.#cached += size
    if (this.#cached <= cacheBytes) return
    this.#cache.clear()
    this.#cached = 0
  }

  /** Two at a time: drawing shares its two cores with what is under test. */
  async #paint(picture: Picture): Promise<Buffer> {
    if (this.#painting >= paintersAtOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#painting++
    try {
      return await paint(picture)
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#painting--
    }
  }
}
