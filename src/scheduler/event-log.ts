import type { JobId, TokenId } from '../ids.ts'
import { type EventLog, type EventQuery, isLaterEvent, type JobEvent } from '../jobs/events.ts'
import type { Log } from '../log.ts'
import type { PoolKeys } from './keys.ts'
import type { RedisClient } from './redis.ts'

/** Entries taken in one go. */
const batch = 500
/** How long (ms) a read of the log waits, and how long is waited after one that failed. */
const blockMs = 5_000
const retryMs = 500
/** How many events a follower may be behind before it is given up; it can come back with the last id that it has. */
const mostBehind = 10_000

interface EventLogParts {
  redis: RedisClient
  connect: () => RedisClient
  keys: PoolKeys
  log?: Log | undefined
}

type Entry = [id: string, fields: string[]]

/** A follower was too slow for what happens. */
export class TooSlowError extends Error {
  override name = 'TooSlowError'
}

/**
 * The pool's event log, for everyone on this node who follows it: one blocking reader, started with the first follower,
 * serves them all.
 */
export class RedisEventLog implements EventLog {
  readonly #parts: EventLogParts
  readonly #followers = new Set<(event: JobEvent) => void>()
  #reader: RedisClient | null = null
  #position: Promise<string> | null = null

  constructor(parts: EventLogParts) {
    this.#parts = parts
  }

  async *follow({ after, from, ...filter }: EventQuery, signal: AbortSignal): AsyncGenerator<JobEvent> {
    const fits = filterOf(filter)
    const queue: JobEvent[] = []
    let wake = () => {}
    let tooSlow = false
    const take = (event: JobEvent) => {
      if (!fits(event)) return
      tooSlow ||= queue.length >= mostBehind
      if (!tooSlow) queue.push(event)
      wake()
    }
    const stop = () => wake()
    signal.addEventListener('abort', stop, { once: true })
    this.#followers.add(take)
    try {
      // From here on nothing is missed; what was before is read back, and what both have is told once.
      let last = await this.#start()
      const start = after === undefined ? from : `(${after}`
      if (start !== undefined) {
        last = after ?? '0-0'
        for await (const event of this.#range(start, signal)) {
          last = event.id
          if (fits(event)) yield event
        }
      }
      while (!signal.aborted) {
        const event = queue.shift()
        if (event) {
          if (isLaterEvent(event.id, last)) yield event
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve
            if (queue.length > 0 || signal.aborted) resolve()
          })
        }
        if (tooSlow && queue.length === 0) throw new TooSlowError('a follower of the event log is too slow')
      }
    } finally {
      signal.removeEventListener('abort', stop)
      this.#followers.delete(take)
    }
  }

  async ofJob(job: JobId, from: string): Promise<JobEvent[]> {
    const events: JobEvent[] = []
    for await (const event of this.#range(from)) {
      if (event.job === job) events.push(event)
    }
    return events
  }

  close(): void {
    this.#reader?.disconnect()
    this.#reader = null
    this.#position = null
  }

  /** Every entry from `start` on, which Redis leaves out itself when a parenthesis stands before it. */
  async *#range(start: string, signal?: AbortSignal): AsyncGenerator<JobEvent> {
    const { redis, keys } = this.#parts
    let from = start
    while (!signal?.aborted) {
      const entries = (await redis.xrange(keys.events, from, '+', 'COUNT', batch)) as Entry[]
      for (const entry of entries) yield eventFrom(entry)
      const last = entries.at(-1)
      if (!last || entries.length < batch) return
      from = `(${last[0]}`
    }
  }

  /** The place from which the reader goes on; every later event reaches the followers. */
  #start(): Promise<string> {
    this.#position ??= this.#begin().catch((error) => {
      this.#position = null
      throw error
    })
    return this.#position
  }

  async #begin(): Promise<string> {
    const { redis, connect, keys } = this.#parts
    const [newest] = (await redis.xrevrange(keys.events, '+', '-', 'COUNT', 1)) as Entry[]
    const position = newest?.[0] ?? '0-0'
    const reader = connect()
    this.#reader = reader
    void this.#read(reader, position)
    return position
  }

  async #read(reader: RedisClient, from: string): Promise<void> {
    const { keys, log } = this.#parts
    let position = from
    while (this.#reader === reader) {
      try {
        const found = await reader.xread('COUNT', batch, 'BLOCK', blockMs, 'STREAMS', keys.events, position)
        for (const entry of (found?.[0]?.[1] ?? []) as Entry[]) {
          position = entry[0]
          const event = eventFrom(entry)
          for (const take of this.#followers) take(event)
        }
      } catch (error) {
        if (this.#reader !== reader) return
        log?.warn({ err: error }, 'event log could not be read')
        await new Promise((resolve) => setTimeout(resolve, retryMs))
      }
    }
  }
}

const filterOf =
  ({ job, token }: Omit<EventQuery, 'after'>) =>
  (event: JobEvent): boolean =>
    (job === undefined || event.job === job) && (token === undefined || event.token === token)

function eventFrom([id, fields]: Entry): JobEvent {
  const named = new Map<string, string>()
  for (let i = 0; i < fields.length; i += 2) named.set(fields[i] ?? '', fields[i + 1] ?? '')
  return {
    id,
    name: named.get('event') ?? '',
    job: (named.get('job') ?? '') as JobId,
    token: (named.get('token') || null) as TokenId | null,
    at: Number(named.get('at') ?? 0),
    data: named.get('data') ?? '',
  }
}
