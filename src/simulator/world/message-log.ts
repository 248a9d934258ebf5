import { isOlder } from '../snowflake.ts'
import type { Message } from './message.ts'

export interface PageOrder {
  limit: number
  before?: string | undefined
  after?: string | undefined
  around?: string | undefined
}

/** The history of one channel, oldest first, bounded. */
export class MessageLog {
  #byId = new Map<string, Message>()
  #memory: number

  constructor(memory: number) {
    this.#memory = memory
  }

  add(message: Message): void {
    this.#byId.set(message.id, message)
    if (this.#byId.size <= this.#memory) return
    const [oldest] = this.#byId.keys()
    if (oldest) this.#byId.delete(oldest)
  }

  get(id: string): Message | undefined {
    return this.#byId.get(id)
  }

  remove(id: string): boolean {
    return this.#byId.delete(id)
  }

  get size(): number {
    return this.#byId.size
  }

  get lastId(): string | null {
    let last: string | null = null
    for (const id of this.#byId.keys()) last = id
    return last
  }

  /** A page, newest first, as GET /channels/:id/messages gives it (protocol page §3.3). */
  page({ limit, before, after, around }: PageOrder): Message[] {
    const all = [...this.#byId.values()]
    if (around) return pageAround(all, around, limit)
    if (before) {
      const older = all.filter((message) => isOlder(message.id, before))
      return older.slice(-limit).reverse()
    }
    if (after) {
      const newer = all.filter((message) => isOlder(after, message.id))
      // With `after` Discord gives those next to the given id, still newest first.
      return newer.slice(0, limit).reverse()
    }
    return all.slice(-limit).reverse()
  }
}

function pageAround(all: Message[], around: string, limit: number): Message[] {
  const at = all.findIndex((message) => !isOlder(message.id, around))
  const middle = at === -1 ? all.length : at
  const from = Math.max(0, Math.min(middle - Math.floor(limit / 2), all.length - limit))
  return all.slice(from, from + limit).reverse()
}
