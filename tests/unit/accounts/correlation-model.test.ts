import { expect, test } from 'vitest'
import type { Clock } from '../../../src/clock.ts'
import type { JobId } from '../../../src/ids.ts'
import type { JobRequest } from '../../../src/jobs/job.ts'
import { accountInMemory } from '../../helpers/account-in-memory.ts'
import {
  type Ask,
  type Attempt,
  BotModel,
  buttonsOf,
  type Era,
  type Happening,
  happens,
  model,
  type Picture,
  pick,
  promptOf,
  type Random,
  someEra,
} from '../../helpers/bot-model.ts'
import { EventHeap } from '../../helpers/event-heap.ts'
import { seeded } from '../../helpers/seeded.ts'

const runs = Number(process.env['CORRELATION_RUNS'] ?? 2_000)
const firstSeed = Number(process.env['CORRELATION_SEED'] ?? 1)

const startMs = 1_800_000_000_000
/** Until every time-out has passed. */
const longestMs = 3 * 60 * 60_000

/** How badly the gateway treats what happens. */
interface Weather {
  lost: number
  twice: number
  delayed: number
  longestDelayMs: number
}

const weathers: readonly Weather[] = [
  { lost: 0, twice: 0, delayed: 0, longestDelayMs: 0 },
  { lost: 0, twice: 0.2, delayed: 0.5, longestDelayMs: 2_000 },
  { lost: 0.1, twice: 0.1, delayed: 0.2, longestDelayMs: 8_000 },
  { lost: 0.4, twice: 0.2, delayed: 0.4, longestDelayMs: 10_000 },
]

const prompts = ['a red fox', 'an   owl, at night', '狐狸 **bold** (fast) <@1>', 'Image #2 of 9']

/** What of an attempt has reached us. */
interface Heard {
  nonce: boolean
  interaction: boolean
  metadata: boolean
  reference: boolean
  uuid: boolean
}

/** One account, one channel, and what goes on in it until nothing is in flight any more. */
class Run {
  readonly #random: Random
  readonly #era: Era
  readonly #weather: Weather
  readonly #bot: BotModel
  readonly #events = new EventHeap<() => Promise<void> | void>()
  readonly #channel = new Map<string, Record<string, unknown>>()
  readonly #attempts: Attempt[] = []
  readonly #heard = new Map<Attempt, Heard>()
  readonly #pictures: Picture[] = []
  readonly #asks = new Map<string, Ask>()
  readonly #account: ReturnType<typeof accountInMemory>
  #now = startMs
  #unsent = 0

  constructor(seed: number) {
    this.#random = seeded(seed)
    this.#era = someEra(this.#random)
    this.#weather = pick(this.#random, weathers)
    this.#bot = new BotModel(this.#random, this.#era)
    const clock: Clock = {
      now: () => this.#now,
      sleep: () => Promise.reject(new Error('nobody sleeps here')),
    }
    this.#account = accountInMemory({
      channelId: model.channelId,
      botId: model.botId,
      clock,
      history: (after, limit) => this.#history(after, limit),
      onChange: ({ id }, { fields }) => {
        const { progressId, uuid, previewUrl, interactionId } = fields?.track ?? {}
        if (progressId)
          this.#mustOwn(id, 'message', progressId, ({ messageIds }) => messageIds.includes(progressId))
        if (uuid) this.#mustOwn(id, 'uuid', uuid, (attempt) => attempt.uuid === uuid)
        if (previewUrl)
          this.#mustOwn(id, 'preview', previewUrl, (attempt) => previewUrl.includes(attempt.uuid))
        if (interactionId) {
          this.#mustOwn(
            id,
            'interaction',
            interactionId,
            (attempt) => attempt.interactionId === interactionId,
          )
        }
      },
      onEnding: ({ id }, ending) => {
        if (ending.event === 'job-finished') {
          const { messageId, uuid, url } = ending.result
          this.#mustOwn(
            id,
            'picture',
            messageId,
            (attempt) =>
              attempt.final?.messageId === messageId &&
              attempt.uuid === uuid &&
              url?.includes(attempt.uuid) === true,
          )
        }
        const notice = ending.fields?.notices?.at(-1)
        if (notice) this.#mustOwn(id, 'notice', notice.id, ({ messageIds }) => messageIds.includes(notice.id))
      },
    })
  }

  async play(): Promise<{ jobs: number; done: number; messages: number }> {
    const random = this.#random
    await this.#account.listener.handle({ t: 'READY', d: { user: { id: model.us } } })
    const inChannel = happens(random, 0.8)
    for (const shape of ['grid', 'grid', 'single', 'single', 'video'] as const) {
      const picture = {
        messageId: this.#bot.id(startMs - 60_000),
        uuid: this.#bot.uuid(),
        shape,
        prompt: pick(random, prompts),
      }
      this.#pictures.push(picture)
      this.#account.ownsMessage(picture.messageId)
      // They may have been made elsewhere, so that the channel is empty.
      if (inChannel) this.#channel.set(picture.messageId, this.#bot.shown(picture))
    }
    await this.#account.listener.catchUp()
    const jobs = 1 + Math.floor(random() ** 2 * 40)
    this.#unsent = jobs
    for (let job = 0; job < jobs; job += 1) {
      this.#in(random() * jobs * 2_000, () => this.#submit(`job-${job}`))
    }
    for (let stranger = Math.floor(random() * 4); stranger > 0; stranger -= 1) {
      this.#in(random() * jobs * 2_000, () => this.#byOthers())
    }
    this.#in(400, () => this.#dispatch())
    this.#in(2_000, () => this.#watch())
    for (;;) {
      const next = this.#events.next()
      if (!next || next.at > startMs + longestMs) break
      this.#now = Math.max(this.#now, next.at)
      await next.event()
    }
    this.#checkCompleteness()
    const done = [...this.#asks.keys()].filter(
      (id) => this.#account.job(id as JobId)?.state === 'done',
    ).length
    return { jobs, done, messages: this.#channel.size }
  }

  #in(ms: number, event: () => Promise<void> | void): void {
    this.#events.add(this.#now + ms, event)
  }

  /** A caller's job comes in: an imagine, or a button of a picture that is there. */
  #submit(id: string): void {
    const random = this.#random
    const finished = [...this.#asks.keys()].flatMap((job) => this.#pictureOf(job) ?? [])
    const picture = pick(random, [...this.#pictures, ...finished])
    const ask: Ask = happens(random, 0.45)
      ? { does: 'imagine', prompt: pick(random, prompts) }
      : { does: 'press', picture, manner: pick(random, buttonsOf(picture, this.#era.year)) }
    this.#asks.set(id, ask)
    this.#unsent -= 1
    this.#account.assign(id as JobId, requestOf(ask))
  }

  #pictureOf(id: string): Picture | undefined {
    const job = this.#account.job(id as JobId)
    if (job?.state !== 'done') return undefined
    return this.#attempts.find(({ final }) => final?.messageId === job.result.messageId)?.final?.picture
  }

  /** Somebody else's job, or the owner's own by hand, in the same words. */
  #byOthers(): void {
    const random = this.#random
    const byHand = happens(random, 0.5)
    const picture = pick(random, this.#pictures)
    const imagine: Ask = { does: 'imagine', prompt: pick(random, prompts) }
    const ask: Ask =
      byHand || happens(random, 0.6)
        ? imagine
        : { does: 'press', picture, manner: pick(random, buttonsOf(picture, this.#era.year)) }
    const user = byHand ? model.us : model.other
    const attempt = this.#bot.attempt({
      ask,
      job: null,
      user,
      nonce: this.#bot.id(this.#now),
      at: this.#now,
      fate: 'drawn',
    })
    this.#begin(attempt)
  }

  /** Sends what may go, one at a time, as the dispatcher does. */
  async #dispatch(): Promise<void> {
    const { inFlight, custody, listener, watchBook } = this.#account
    const random = this.#random
    const job = inFlight.waiting().find(({ request }) => !inFlight.mustWait(request, listener.finalsReply))
    if (job) {
      const nonce = this.#bot.id(this.#now)
      const ask = this.#asks.get(job.id)
      if (!ask || !(await custody.startSending(job, nonce, listener.lastMessageId)))
        throw new Error('not sent')
      watchBook.forget(job.id)
      const unknown = happens(random, 0.1)
      const unheard = unknown ? happens(random, 0.5) : happens(random, 0.04)
      const late = unheard && happens(random, 0.3)
      const refused = happens(random, 0.06)
      const fate = unheard && !late ? 'silence' : refused ? 'refused' : 'drawn'
      this.#begin(this.#bot.attempt({ ask, job: job.id, user: model.us, nonce, at: this.#now, fate, late }))
      this.#in(300, async () => {
        const sent = inFlight.get(job.id)
        if (sent?.track.nonces.at(-1) !== nonce) return
        await (unknown ? custody.unconfirmed(sent, 'no answer') : custody.accepted(sent))
      })
    }
    if (this.#unsent > 0 || inFlight.all().length > 0) this.#in(400, () => this.#dispatch())
  }

  async #watch(): Promise<void> {
    await this.#account.watchman.round()
    if (this.#unsent > 0 || this.#account.inFlight.all().length > 0) this.#in(2_000, () => this.#watch())
  }

  #begin(attempt: Attempt): void {
    this.#attempts.push(attempt)
    this.#heard.set(attempt, {
      nonce: false,
      interaction: false,
      metadata: false,
      reference: false,
      uuid: false,
    })
    for (const happening of attempt.happenings) {
      this.#events.add(happening.at, () => this.#happen(happening))
    }
  }

  /** It happens at Discord, whose gateway may lose it, repeat it, or bring it late. */
  #happen(happening: Happening): void {
    const random = this.#random
    const { t, d, whole, attempt } = happening
    if (whole) this.#channel.set(String(whole['id']), whole)
    if (t === 'MESSAGE_DELETE') this.#channel.delete(String(d['id']))
    // What is run by hand is known by its first message alone, which is why these are not lost.
    const byHand = attempt.job === null && attempt.user === model.us
    const { lost, twice, delayed, longestDelayMs } = byHand ? calm : this.#weather
    if (happens(random, lost)) return
    const delay = () => (happens(random, delayed) ? random() * longestDelayMs : 40)
    this.#in(delay(), () => this.#hear(happening))
    if (happens(random, twice)) this.#in(delay() + 10, () => this.#hear(happening))
  }

  async #hear({ t, d, attempt, tells }: Happening): Promise<void> {
    await this.#account.listener.handle({ t, d })
    const heard = this.#heard.get(attempt)
    if (heard) this.#heard.set(attempt, { ...heard, ...tells })
  }

  /** Discord shows no nonce in the channel. */
  #history(after: string | null, limit: number): object[] {
    return [...this.#channel.keys()]
      .filter((id) => after === null || isAfter(id, after))
      .sort((a, b) => (isAfter(a, b) ? 1 : -1))
      .slice(0, limit)
      .map((id) => this.#channel.get(id) ?? {})
  }

  #mustOwn(job: string, what: string, value: string, owns: (attempt: Attempt) => boolean): void {
    const owner = this.#attempts.find(owns)
    if (owner?.job === job) return
    throw new Error(
      `${job} (${this.#describe(job)}) was given the ${what} ${value} of ${owner?.job ?? 'nobody'}`,
    )
  }

  #describe(job: string): string {
    const ask = this.#asks.get(job)
    if (!ask) return '?'
    return ask.does === 'imagine'
      ? `imagine ${ask.prompt}`
      : `${ask.manner.customId} on ${ask.picture.messageId}`
  }

  /** Whatever an id has tied to its job has ended it. */
  #checkCompleteness(): void {
    for (const [id] of this.#asks) {
      const job = this.#account.job(id as JobId)
      const drawn = this.#attempts.filter((attempt) => attempt.job === id && attempt.final !== null)
      const known = drawn.find((attempt) => this.#isKnown(attempt))
      // Another attempt of it may have been refused, which ends it too.
      const refused = job?.notices.some((notice) => notice.final)
      if (!known || refused || job?.state === 'done') continue
      const failure = job && 'failure' in job ? JSON.stringify(job.failure) : ''
      const { happenings: _, ask: __, ...attempt } = known
      throw new Error(
        `${id} (${this.#describe(id)}) is ${job?.state} ${failure} though its picture could be known: ${JSON.stringify({ ...attempt, heard: this.#heard.get(known) })}`,
      )
    }
  }

  #isKnown(attempt: Attempt): boolean {
    const { ask, late, final, job, progressId } = attempt
    const heard = this.#heard.get(attempt)
    if (!heard || !final || late) return false
    const last = this.#attempts.findLast((other) => other.job === job) === attempt
    const alone = !this.#attempts.some((other) => other !== attempt && readsAlike(other.ask, ask))
    const byReference = ask.does === 'press' && alone && heard.reference
    const progress = heard.nonce || (heard.metadata && heard.interaction && last) || byReference
    const replies = final.referenceId !== null
    return (
      (replies && ask.does === 'press' && alone) ||
      (replies && final.referenceId === progressId && progress) ||
      (progress && heard.uuid) ||
      (ask.does === 'imagine' && alone)
    )
  }
}

const isAfter = (a: string, b: string): boolean => a.length > b.length || (a.length === b.length && a > b)

const [calm] = weathers as [Weather, ...Weather[]]

/** Nothing but ids tells their messages apart. */
function readsAlike(a: Ask, b: Ask): boolean {
  const [oneA, oneB] = [likeImagine(a), likeImagine(b)]
  if (a.does === 'imagine' || b.does === 'imagine') return oneA !== null && oneA === oneB
  return a.picture.messageId === b.picture.messageId && a.manner.family === b.manner.family
}

/** The prompt of what reads like an imagine when its final replies to nothing. */
const likeImagine = (ask: Ask): string | null =>
  ask.does === 'imagine' || ask.manner.family === 'reroll' ? promptOf(ask) : null

const requestOf = (ask: Ask): JobRequest =>
  ask.does === 'imagine'
    ? { kind: 'imagine', prompt: ask.prompt }
    : {
        kind: 'action',
        parent: 'parent' as JobId,
        messageId: ask.picture.messageId,
        messageFlags: 0,
        customId: ask.manner.customId,
        prompt: promptOf(ask),
      }

test('no job is ever given what is another’s, and each is given what an id ties to it', {
  timeout: 300_000,
}, async () => {
  const seen = { jobs: 0, done: 0, messages: 0 }
  for (let run = 0; run < runs; run += 1) {
    const seed = firstSeed + run
    const played = await new Run(seed).play().catch((error: unknown) => {
      throw new Error(`CORRELATION_SEED=${seed} CORRELATION_RUNS=1: ${String(error)}`, { cause: error })
    })
    for (const key of ['jobs', 'done', 'messages'] as const) seen[key] += played[key]
  }
  // Else the model proves nothing.
  if (runs >= 100) expect(seen.done / seen.jobs, JSON.stringify(seen)).toBeGreaterThan(0.9)
})
