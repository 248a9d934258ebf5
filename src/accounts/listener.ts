import type { Clock } from '../clock.ts'
import type { DiscordRest } from '../discord/rest/client.ts'
import type { RestVerdict } from '../discord/rest/errors.ts'
import type { Log } from '../log.ts'
import { parseDialog } from '../midjourney/parse/dialog.ts'
import { type BotMessage, type Parsed, parseMessage } from '../midjourney/parse/message.ts'
import { isNewer } from '../midjourney/snowflake.ts'
import { mergeMessage, type RawMessage } from '../midjourney/wire.ts'
import type { CommandDesk } from './command-desk.ts'
import { correlate } from './correlation.ts'
import type { Custody } from './custody.ts'
import type { Dialogs } from './dialogs.ts'
import type { InFlight } from './in-flight.ts'
import type { AccountStore } from './ports.ts'
import type { Reactions } from './reactions.ts'
import { Serial } from './serial.ts'
import type { WatchBook } from './watch-book.ts'

/** How many messages of the bot are kept, for updates that carry only what has changed. */
const mostKept = 500
/** Discord's page size, and how many pages are read back at most. */
const pageSize = 100
const mostPages = 200

/** Of an empty channel: whatever comes is newer. */
const beforeAll = '0'

/** Where a message was seen: fresh, edited, or read back from the channel, where nobody can tell which it was. */
type Origin = 'create' | 'update' | 'history'

/** Whether everything that may have been missed was read; if not, what Discord said. */
export type ReadBack = { complete: true } | { complete: false; verdict: RestVerdict | null; why: string }

interface ListenerParts {
  channelId: string
  botId: string
  store: AccountStore
  inFlight: InFlight
  custody: Custody
  desk: CommandDesk
  watchBook: WatchBook
  reactions: Reactions
  dialogs: Dialogs
  rest: Pick<DiscordRest, 'messages'>
  lastMessageId: string | null
  /** Called after each message that was taken in: what waits may go on now. */
  onHandled: () => void
  signal: AbortSignal
  clock: Clock
  log: Log
}

/**
 * Turns what the gateway and the channel say into changes of jobs. Events are handled one at a time; each may come late,
 * twice or not at all, and what was missed is read back from the channel through the same path.
 */
export class Listener {
  readonly #parts: ListenerParts
  readonly #inOrder = new Serial()
  readonly #messages = new Map<string, RawMessage>()
  #lastMessageId: string | null
  #userId: string | null = null
  #finalsReply = false

  constructor(parts: ListenerParts) {
    this.#parts = parts
    this.#lastMessageId = parts.lastMessageId
  }

  /** A message of the bot as it was seen last; null when it is not remembered. */
  message(id: string): BotMessage | null {
    const raw = this.#messages.get(id)
    const parsed = raw && parseMessage(raw)
    return parsed?.outcome === 'known' ? parsed.message : null
  }

  /** The newest message of the channel that has been handled. */
  get lastMessageId(): string | null {
    return this.#lastMessageId
  }

  /** This bot's finals name their progress message (the form of 2026), so identical prompts can be told apart. */
  get finalsReply(): boolean {
    return this.#finalsReply
  }

  handle({ t, d }: { t: string; d: unknown }): Promise<void> {
    return this.#inOrder.run(() => this.#dispatch(t, d))
  }

  /**
   * Reads the channel from the oldest message that a sent job may have, or from the last one handled, and takes in what
   * was missed.
   */
  catchUp(): Promise<ReadBack> {
    return this.#inOrder.run(() => this.#readBack())
  }

  async #dispatch(t: string, d: unknown): Promise<void> {
    const data = d as Record<string, unknown>
    switch (t) {
      case 'READY':
        this.#userId = idOf(data.user)
        // Verification and the like (protocol page §2.4): nothing is sent until a person has seen to it.
        if (data.required_action)
          await this.#parts.reactions.personNeeded(`Discord asks: ${data.required_action}`)
        return
      case 'INTERACTION_CREATE':
      case 'INTERACTION_SUCCESS':
      case 'INTERACTION_FAILURE':
        return this.#interaction(t, String(data.nonce ?? ''), String(data.id ?? ''))
      case 'INTERACTION_MODAL_CREATE':
      case 'INTERACTION_IFRAME_MODAL_CREATE':
        return this.#dialog(d)
      case 'MESSAGE_CREATE':
        return this.#message(d, 'create')
      case 'MESSAGE_UPDATE':
        return this.#message(d, 'update')
      case 'MESSAGE_DELETE':
        return this.#removed([String(data.id)])
      case 'MESSAGE_DELETE_BULK':
        return this.#removed(Array.isArray(data.ids) ? data.ids.map(String) : [])
    }
  }

  /** Nonce ↔ interaction id: the link to messages that carry no nonce (protocol page §2.7). */
  async #interaction(t: string, nonce: string, interactionId: string): Promise<void> {
    const { inFlight, custody, desk, watchBook } = this.#parts
    desk.interactionLearnt(nonce, interactionId)
    inFlight.interactionLearnt(nonce, interactionId)
    const job = inFlight.started().find(({ track }) => track.nonces.at(-1) === nonce)
    if (!job) return
    if (t === 'INTERACTION_FAILURE') watchBook.unanswered(job.id)
    const acknowledged = t === 'INTERACTION_SUCCESS' ? ({ acknowledged: true } as const) : {}
    await custody.learnt(job, { track: { interactionId, ...acknowledged } })
    if (job.state === 'unconfirmed') await custody.accepted(inFlight.get(job.id) ?? job)
    if (job.track.interactionId !== interactionId) await this.#readAgain(interactionId)
  }

  /** Messages may come before it is known whose interaction they answer. */
  async #readAgain(interactionId: string): Promise<void> {
    for (const raw of [...this.#messages.values()]) {
      if (!namesInteraction(raw, interactionId)) continue
      const parsed = parseMessage(raw)
      if (parsed.outcome === 'known') await this.#take(parsed.message, 'update')
    }
  }

  async #dialog(d: unknown): Promise<void> {
    const { inFlight, dialogs, log } = this.#parts
    const dialog = parseDialog(d)
    const job = inFlight.started().find(({ track }) => track.nonces.at(-1) === dialog?.nonce)
    if (dialog && job) await dialogs.opened(job, dialog)
    else if (!dialog) log.warn({}, 'a dialog that cannot be read')
  }

  async #message(d: unknown, origin: Origin): Promise<void> {
    const { channelId } = this.#parts
    const seen = d as RawMessage
    const id = idOf(seen)
    if (id === null) return
    if (seen.channel_id !== channelId) return this.#elsewhere(seen)
    await this.#botMessage(id, seen, origin)
    if (!this.#lastMessageId || isNewer(id, this.#lastMessageId)) this.#lastMessageId = id
  }

  /** Another channel of the user: only the bot's direct message with a seed matters there (protocol page §3.3). */
  async #elsewhere(seen: RawMessage): Promise<void> {
    const { desk, botId } = this.#parts
    if (!desk.expectsSeeds || idOf(seen.author) !== botId) return
    this.#takeSeed(parseMessage(seen))
  }

  #takeSeed(parsed: Parsed): void {
    if (parsed.outcome !== 'known' || parsed.message.type !== 'seed') return
    this.#parts.desk.takeSeed(parsed.message.jobUuid, parsed.message.seed)
  }

  async #botMessage(id: string, seen: RawMessage, origin: Origin): Promise<void> {
    const { botId, log } = this.#parts
    const known = this.#messages.get(id)
    const raw = known ? mergeMessage(known, seen) : seen
    const author = idOf(raw.author)
    // An edit that comes before its message may lack whatever has not changed, the author too.
    if (author === null && origin === 'update') return this.#keep(id, raw)
    if (author !== botId) return
    this.#keep(id, raw)
    const parsed = parseMessage(raw)
    if (parsed.outcome !== 'known') {
      if (origin !== 'update') log.debug({ messageId: id, why: parsed.why }, `message ${parsed.outcome}`)
      return
    }
    this.#takeSeed(parsed)
    await this.#take(parsed.message, origin)
    this.#parts.onHandled()
  }

  async #take(message: BotMessage, origin: Origin): Promise<void> {
    const { inFlight, desk, store, reactions } = this.#parts
    const editing = origin === 'update' ? inFlight.editing(message.id) : undefined
    if (editing) return reactions.edited(editing, message)
    // The picture's own message again: an edit of its buttons after a click, or a repetition.
    if (inFlight.isResult(message.id)) return
    // News that answer an operator's command are news about the account all the same.
    if (desk.take(message)) {
      const tellsOfAccount = message.type === 'notice' || message.type === 'info'
      return tellsOfAccount ? reactions.unclaimed(message, this.#userId) : undefined
    }
    const candidates = inFlight.candidates()
    const match = correlate(message, candidates, { userId: this.#userId, seen: inFlight.sightings })
    inFlight.sightings.message(message, match)
    if (match.match === 'none') {
      // Read back from before the last one handled: it was nobody's then, and is old news now.
      const handledBefore = this.#lastMessageId !== null && !isNewer(message.id, this.#lastMessageId)
      return origin === 'history' && handledBefore ? undefined : reactions.unclaimed(message, this.#userId)
    }
    // Never end a job by what is already some job's result; live edits are results of their own for /show only.
    if (message.type === 'result') {
      const shown = match.match === 'job' && inFlight.get(match.id)?.request.kind === 'show'
      if ((origin === 'update' && !shown) || (await store.ofMessage(message.id))) return
    }
    if (match.match === 'ambiguous') return reactions.ambiguous(message, match.ids)
    const job = inFlight.get(match.id)
    if (!job) return reactions.late(message, match.id)
    // What an earlier attempt has left in the channel says nothing about the present one, unless it is an answer.
    const { sentAfter } = job.track
    if (isUnderWay(message) && sentAfter !== undefined && !isNewer(message.id, sentAfter)) return
    if (
      message.type === 'result' &&
      message.kind === 'imagine' &&
      message.referenceId === job.track.progressId
    ) {
      this.#finalsReply ||= message.referenceId !== null
    }
    await reactions.toJob(job, message)
  }

  async #removed(ids: string[]): Promise<void> {
    const { inFlight, watchBook, reactions } = this.#parts
    await reactions.removed(ids)
    for (const job of inFlight.started()) {
      if (job.track.progressId !== undefined && ids.includes(job.track.progressId)) watchBook.removed(job.id)
    }
  }

  async #readBack(): Promise<ReadBack> {
    const { rest, channelId, log, watchBook, inFlight, clock, signal } = this.#parts
    const readAt = clock.now()
    let after = this.#readFrom()
    const done = (): ReadBack => {
      watchBook.looked(
        inFlight.started().map(({ id }) => id),
        readAt,
      )
      return { complete: true }
    }
    for (let page = 0; page < mostPages; page += 1) {
      const result = await rest.messages(
        { channelId, limit: pageSize, ...(after === null ? {} : { after }) },
        signal,
      )
      if (!result.ok) {
        log.warn({ why: result.why }, 'channel could not be read back')
        return { complete: false, verdict: result.verdict, why: result.why }
      }
      const oldestFirst = result.value.sort(byId)
      const newest = idOf(oldestFirst.at(-1))
      if (after === null) {
        // Never listened for before: what stands there is nobody's here.
        this.#lastMessageId = newest ?? beforeAll
        return done()
      }
      for (const d of oldestFirst) await this.#message(d, 'history')
      if (newest === null || oldestFirst.length < pageSize) return done()
      after = newest
    }
    return { complete: false, verdict: null, why: 'there is more than can be read back' }
  }

  /** The oldest message that may have been missed; null on an account that was never listened for. */
  #readFrom(): string | null {
    const sentAfter = this.#parts.inFlight.started().flatMap(({ track }) => track.sentAfter ?? [])
    const marks = [...sentAfter, ...(this.#lastMessageId === null ? [] : [this.#lastMessageId])]
    return marks.sort((a, b) => (isNewer(a, b) ? 1 : -1))[0] ?? null
  }

  #keep(id: string, raw: RawMessage): void {
    this.#messages.delete(id)
    this.#messages.set(id, raw)
    for (const oldest of this.#messages.keys()) {
      if (this.#messages.size <= mostKept) return
      this.#messages.delete(oldest)
    }
  }
}

const idOf = (thing: unknown): string | null =>
  typeof thing === 'object' && thing !== null && 'id' in thing ? String(thing.id) : null

const underWay = new Set(['thinking', 'animating', 'waiting', 'progress', 'stopped', 'notice'])
const isUnderWay = ({ type }: BotMessage): boolean => underWay.has(type)

const namesInteraction = ({ interaction, interaction_metadata: metadata }: RawMessage, id: string): boolean =>
  idOf(metadata) === id || idOf(interaction) === id

const byId = (a: unknown, b: unknown): number => (isNewer(idOf(a) ?? '', idOf(b) ?? '') ? 1 : -1)
