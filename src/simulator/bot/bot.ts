import type { PictureShop } from '../cdn/picture-shop.ts'
import type { SeenInteraction, SimulatedJob } from '../control.ts'
import type { Faults } from '../faults/fault-desk.ts'
import type { Delivery } from '../faults/fault-types.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { Random } from '../random.ts'
import { flagEphemeral, type Message } from '../world/message.ts'
import type { World } from '../world/world.ts'
import { readBookmark, readCancel, readJobAction } from './actions.ts'
import { type BadNewsName, isBadNews, notice } from './bad-news.ts'
import type { ClickInteraction, CommandInteraction, Interaction } from './interaction.ts'
import { isOver, type Job, type JobBook } from './job.ts'
import { JobMaker } from './job-maker.ts'
import { JobRunner } from './job-runner.ts'
import { readPrompt } from './prompt.ts'
import { QuickCommands } from './quick-commands.ts'
import { Slots } from './slots.ts'
import type { Speaker } from './speaker.ts'

export interface BotParts {
  world: World
  gateway: Gateway
  speaker: Speaker
  shop: PictureShop
  faults: Faults
  jobs: JobBook
}

/** Discord tells the user that a bot did not answer after this (protocol page §2.7). */
const answerLimitMs = 3_000
const slowDownMs = 30_000

/** Both bots' desk: acknowledges interactions, decides what becomes of them, and keeps accounts within their limits. */
export class Bot {
  #parts: BotParts
  #slots: Slots
  #maker: JobMaker
  #runner: JobRunner
  #quick: QuickCommands
  #random: Random
  /** Refusals that last: Slow Down! and Blocked, by account. */
  #refusals = new Map<number, { news: BadNewsName; untilMs: number }>()

  constructor(parts: BotParts) {
    const { world, speaker, shop, faults, jobs } = parts
    const { settings, time } = world
    this.#parts = parts
    this.#slots = new Slots(settings.limits)
    this.#maker = new JobMaker(world, jobs)
    this.#random = new Random(`${settings.seed}:bot`)
    this.#quick = new QuickCommands(parts, (account) => this.#slots.usage(account))
    this.#runner = new JobRunner({
      settings,
      time,
      speaker,
      shop,
      faults,
      tellBadNews: (job, news, delivery, retryAfterMs) => {
        if (job.interaction) this.#tell(job.interaction, news, { delivery, job, retryAfterMs })
      },
      over: (job) => this.#over(job),
    })
  }

  get runner(): JobRunner {
    return this.#runner
  }

  get maker(): JobMaker {
    return this.#maker
  }

  /** An interaction that Discord has accepted. `seen` is its entry in the truth, which learns the outcome. */
  receive(interaction: Interaction, seen: SeenInteraction): void {
    const { faults, world } = this.#parts
    this.#event(interaction, 'INTERACTION_CREATE')
    const fault = faults.forBot(interaction.account.index)
    if (fault?.does === 'silent') {
      seen.outcome = 'silent'
      return
    }
    const supported = this.#supports(interaction)
    if (fault || !supported) {
      seen.outcome = supported ? 'failure' : 'unsupported'
      world.time.after(answerLimitMs, () =>
        this.#event(interaction, 'INTERACTION_FAILURE', { reason_code: 2 }),
      )
      if (fault?.does !== 'failure-then-job' || !supported) return
      // The interaction's token is dead by now, so the answer has lost its nonce.
      world.time.after(answerLimitMs + (fault.delayMs ?? 5_000), () => this.#handle(interaction, seen, false))
      return
    }
    world.time.after(this.#random.between(60, 350), () => this.#acknowledge(interaction, seen))
  }

  #acknowledge(interaction: Interaction, seen: SeenInteraction): void {
    const successFirst = this.#random.chance(0.7)
    if (successFirst) this.#event(interaction, 'INTERACTION_SUCCESS')
    this.#handle(interaction, seen, true)
    if (!successFirst) this.#event(interaction, 'INTERACTION_SUCCESS')
  }

  #event({ id, nonce, sessionId, account }: Interaction, type: string, more: object = {}): void {
    this.#parts.gateway.whisper(sessionId, account, type, { id, nonce, ...more })
  }

  #supports(interaction: Interaction): boolean {
    if (interaction.kind === 'modal') return false
    if (interaction.kind === 'command')
      return interaction.name === 'imagine' || this.#quick.knows(interaction.name)
    const { customId } = interaction
    const action = readJobAction(customId)
    if (action) return this.#parts.jobs.get(action.jobUuid) !== undefined
    return (
      readCancel(customId) !== null || readBookmark(customId) !== null || this.#quick.knowsButton(customId)
    )
  }

  #handle(interaction: Interaction, seen: SeenInteraction, nonce: boolean): void {
    if (interaction.kind === 'modal') return
    if (interaction.kind === 'click') this.#click(interaction, seen, nonce)
    else if (interaction.name === 'imagine') this.#imagine(interaction, seen, nonce)
    else {
      seen.outcome = interaction.name
      this.#quick.run(interaction)
    }
  }

  #imagine(interaction: CommandInteraction, seen: SeenInteraction, nonce: boolean): void {
    const { account, bot } = interaction
    const { era, defaultParameters, bannedWords } = this.#parts.world.settings
    const typed = interaction.options.get('prompt') ?? ''
    const context = { bot, era, defaults: defaultParameters, suffix: account.suffix, bannedWords }
    const verdict = readPrompt(typed, context)
    if (!verdict.ok) {
      seen.outcome = verdict.news
      this.#tell(interaction, verdict.news, { delivery: 'create', detail: verdict.detail })
      return
    }
    this.#submit(this.#maker.imagine(interaction, typed, verdict), seen, nonce)
  }

  #click(interaction: ClickInteraction, seen: SeenInteraction, nonce: boolean): void {
    const { customId } = interaction
    const action = readJobAction(customId)
    const parent = action ? this.#parts.jobs.get(action.jobUuid) : undefined
    if (action && parent) this.#submit(this.#maker.follow(interaction, action, parent), seen, nonce)
    else if (readCancel(customId)) {
      seen.outcome = 'cancel'
      this.#cancel(readCancel(customId) ?? '')
    } else {
      seen.outcome = 'button'
      this.#quick.press(interaction)
    }
  }

  /** Refuses, queues or starts a job. */
  #submit(job: Job, seen: SeenInteraction, nonce: boolean): void {
    const { interaction, account, truth } = job
    if (!interaction || !account) return
    const refusal = this.#refusalFor(job)
    if (refusal) {
      seen.outcome = refusal.news
      this.#tell(interaction, refusal.news, refusal)
      return
    }
    const key = truth.jobUuid
    let queuedAnswer: Message | null = null
    const start = () => this.#runner.start(job, nonce && this.#mayRepeatNonce(queuedAnswer), queuedAnswer?.id)
    this.#parts.jobs.add(job)
    const placed = job.plan.takesSlot ? this.#slots.take(account, truth.mode, key, start) : 'started'
    if (!job.plan.takesSlot) start()
    seen.outcome = placed === 'full' ? 'queue-full' : 'job'
    if (placed !== 'full') seen.jobUuid = key
    if (placed === 'queued')
      queuedAnswer = this.#tell(interaction, 'job-queued', { delivery: 'create', nonce })
    if (placed === 'full') this.#refuseFull(job)
  }

  #mayRepeatNonce(queuedAnswer: Message | null): boolean {
    return queuedAnswer === null || this.#parts.world.settings.queuedJobNonce
  }

  #refuseFull(job: Job): void {
    job.truth.state = 'failed'
    job.truth.failure = 'queue-full'
    job.truth.finishedAt = this.#parts.world.time.now()
    if (job.interaction) this.#tell(job.interaction, 'queue-full', { delivery: 'create' })
  }

  /** Bad news that keeps a job from starting at all: scripted, still in force, or no hours left. */
  #refusalFor({
    account,
    truth,
    plan,
  }: Job): { news: BadNewsName; delivery: Delivery; retryAfterMs?: number } | null {
    if (!account) return null
    const atOnce = (fault: { news: string; delivery?: Delivery; atPercent?: number }) =>
      isBadNews(fault.news) &&
      fault.atPercent === undefined &&
      (fault.delivery === undefined || fault.delivery === 'create' || fault.delivery === 'ephemeral')
    const scripted = this.#parts.faults.take('bad-news', account.index, atOnce)
    if (scripted && isBadNews(scripted.news)) {
      const { news, delivery = 'create', retryAfterMs } = scripted
      return { news, delivery, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
    }
    const standing = this.#refusals.get(account.index)
    const left = (standing?.untilMs ?? 0) - this.#parts.world.time.now()
    if (standing && left > 0) {
      return { news: standing.news, delivery: 'create', retryAfterMs: left * this.#parts.world.time.speed }
    }
    const costsHours = plan.takesSlot && truth.mode !== 'relax'
    return costsHours && account.fastHours <= 0 ? { news: 'credits-exhausted', delivery: 'create' } : null
  }

  /** Bad news in one of its four ways of arriving (§5). */
  #tell(
    interaction: Interaction,
    news: BadNewsName,
    how: {
      delivery: Delivery
      detail?: string
      job?: Job
      retryAfterMs?: number | undefined
      nonce?: boolean
    },
  ): Message | null {
    const { speaker, world } = this.#parts
    const lasting = world.time.real(how.retryAfterMs ?? slowDownMs)
    const untilMs = world.time.now() + lasting
    if (news === 'slow-down' || news === 'blocked')
      this.#refusals.set(interaction.account.index, { news, untilMs })
    const occasion = { command: commandText(interaction, how.job), untilMs, id: interaction.id }
    const saying = notice(news, how.detail === undefined ? occasion : { ...occasion, detail: how.detail })
    const { job } = how
    if (how.delivery === 'update' && job?.progress) {
      speaker.edit(job.progress, { ...saying, attachments: [] }, 'progress', false)
      return job.progress
    }
    const target =
      job?.clicked ?? job?.progress ?? (interaction.kind === 'click' ? interaction.message : null)
    if (how.delivery === 'reply') {
      const reply = { ...saying, reply: target, mentions: [interaction.account.user] }
      return speaker.say(interaction.channel, interaction.bot, reply, 'final')
    }
    const flags = how.delivery === 'ephemeral' ? flagEphemeral : 0
    const reply = interaction.kind === 'click' ? interaction.message : null
    const nonce = (how.nonce ?? true) && job?.progress == null && this.#repeatsNonce(interaction)
    return speaker.answer(interaction, { ...saying, flags, reply }, { nonce, event: 'waiting' })
  }

  #repeatsNonce(interaction: Interaction): boolean {
    return interaction.kind === 'command' || this.#parts.world.settings.buttonNonce
  }

  #cancel(jobUuid: string): void {
    const job = this.#parts.jobs.get(jobUuid)
    if (!job || isOver(job)) return
    if (job.account && this.#slots.withdraw(job.account, jobUuid)) job.truth.state = 'stopped'
    else this.#runner.stop(job)
  }

  /** A job is over: what it used is booked and its slot goes to the next. */
  #over({ account, plan, truth }: Job): void {
    if (!account || truth.foreign) return
    this.#book(account, truth)
    if (plan.takesSlot) this.#slots.release(account, truth.mode)
  }

  #book(account: NonNullable<Job['account']>, { state, mode }: SimulatedJob): void {
    if (state !== 'done') return
    const hours = this.#parts.world.settings.fastHoursPerJob
    account.usage.images++
    account.usage.hours += hours
    if (mode === 'relax') {
      account.usage.relaxed++
      account.usage.relaxedHours += hours
    } else account.fastHours = Math.max(0, account.fastHours - hours * (mode === 'turbo' ? 2 : 1))
  }
}

/** The whole command, as embeds' footers have it. */
function commandText(interaction: Interaction, job?: Job): string {
  if (interaction.kind !== 'command') return job ? `/imagine ${job.truth.finalPrompt}` : ''
  const prompt = interaction.options.get('prompt')
  return prompt === undefined ? `/${interaction.name}` : `/${interaction.name} ${prompt}`
}
