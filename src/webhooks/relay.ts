import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { eventTypeOf, passes, toldNames } from './events.ts'
import type { Delivery, LogEntry, Target, WebhookStore } from './ports.ts'

/** Entries looked at in one step. */
const batch = 500
const leaseMs = 10_000
/** How long (ms) a read of the log waits for the first entry, and from then on for more: one by one they would cost a lot. */
const waitMs = 2_000
const gatherMs = 10
const retryMs = 1_000

/** Whom an entry of the log concerns. */
export type TargetsOf = (entry: LogEntry) => readonly Target[]

interface RelayParts {
  store: WebhookStore
  targetsOf: TargetsOf
  /** Whether somebody is told of every job. */
  everybody: boolean
  holder: string
  clock: Clock
  log: Log
  /** Something was queued. */
  onQueued: () => void
}

/**
 * Turns the event log into callbacks that wait. One node at a time does it; that an entry was passed on is written in the
 * same step as the callbacks it makes, so each is made once, whoever stops where.
 */
export class Relay {
  readonly #parts: RelayParts
  /** How far the log was read. */
  #at = '0-0'

  constructor(parts: RelayParts) {
    this.#parts = parts
  }

  async run(signal: AbortSignal): Promise<void> {
    const { store, holder, clock, log } = this.#parts
    let leadsUntil = Number.NEGATIVE_INFINITY
    while (!signal.aborted) {
      try {
        if (performance.now() > leadsUntil) {
          if (!(await store.lead(holder, leaseMs))) {
            await clock.sleep(retryMs, signal)
            continue
          }
          leadsUntil = performance.now() + leaseMs / 3
        }
        await this.passOn()
        await store.waitForEntries(this.#at, waitMs, signal)
        await delay(gatherMs, undefined, { signal })
      } catch (error) {
        if (signal.aborted) break
        leadsUntil = Number.NEGATIVE_INFINITY
        log.error({ err: error }, 'events could not be passed on to callbacks')
        await clock.sleep(retryMs, signal).catch(() => {})
      }
    }
    await store.endLead(holder).catch(() => {})
  }

  /** Passes on what there is; false when there was nothing. */
  async passOn(): Promise<boolean> {
    const { store, everybody, onQueued } = this.#parts
    const { from, to, entries } = await store.read({ most: batch, told: toldNames, everybody })
    this.#at = to
    if (entries.length === 0) return from !== to
    const deliveries = entries.flatMap((entry) => this.deliveriesOf(entry))
    if ((await store.passOn({ from, to }, deliveries)) && deliveries.length > 0) onQueued()
    return true
  }

  /** The callbacks that an entry makes. */
  deliveriesOf(entry: LogEntry): Delivery[] {
    const type = eventTypeOf(entry.name)
    if (type === null) return []
    return this.#parts.targetsOf(entry).flatMap((target): Delivery[] => {
      if (!passes(target.events, type) || !URL.canParse(target.url)) return []
      const chain = `${entry.job}:${digest(`${target.shape} ${target.url}`)}`
      const event = { id: entry.id, type, at: entry.at, data: entry.data }
      const message = { id: `msg_${digest(`${chain} ${entry.id}`)}`, event, token: entry.token }
      return [{ job: entry.job, chain, lane: new URL(target.url).origin, target, message }]
    })
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 24)
