import type { PictureShop } from '../cdn/picture-shop.ts'
import type { SeenInteraction, SimulatedJob } from '../control.ts'
import type { Faults } from '../faults/fault-desk.ts'
import { type Account, plans } from '../world/account.ts'
import type { Message } from '../world/message.ts'
import type { World } from '../world/world.ts'
import { accountDefaults, styleIn } from './defaults.ts'
import type { Interaction } from './interaction.ts'
import { isOver, type Job, type JobBook } from './job.ts'
import type { JobRunner } from './job-runner.ts'
import type { NewsDesk } from './news-desk.ts'
import { type PromptVerdict, readPrompt } from './prompt.ts'
import { Slots } from './slots.ts'

type GoodPrompt = Extract<PromptVerdict, { ok: true }>

interface IntakePort {
  world: World
  jobs: JobBook
  faults: Faults
  shop: PictureShop
  news: NewsDesk
  runner(): JobRunner
}

/** Reads prompts, refuses, queues or starts jobs, and books what they used: keeps accounts within their limits (protocol page §7). */
export class Intake {
  #port: IntakePort
  #slots: Slots

  constructor(port: IntakePort) {
    this.#port = port
    this.#slots = new Slots(port.world.settings.limits)
  }

  usage(account: Account) {
    return this.#slots.usage(account)
  }

  /** The prompt as the bot shows it; when it will not have it, it says so, and null. */
  read(
    interaction: Interaction,
    typed: string,
    seen: SeenInteraction,
    shownBefore = false,
  ): GoodPrompt | null {
    const { account, bot } = interaction
    const { bannedWords } = this.#port.world.settings
    const { era, defaultParameters } = account.readings
    const chosen = account.preferences[bot]
    const defaults = accountDefaults(account, chosen, defaultParameters)
    const suffix = shownBefore ? '' : chosen.suffix
    const { options } = chosen
    const verdict = this.#withPictures(
      typed,
      withinPlan(account, readPrompt(typed, { bot, era, defaults, suffix, bannedWords, options })),
    )
    if (verdict.ok) {
      chosen.lastStyle = styleIn(verdict.prompt) || chosen.lastStyle
      return verdict
    }
    seen.outcome = verdict.news
    this.#port.news.tell(interaction, verdict.news, { delivery: 'create', detail: verdict.detail })
    return null
  }

  /** A picture that a prompt links to has to be there, and to be one. */
  #withPictures(typed: string, verdict: PromptVerdict): PromptVerdict {
    if (!verdict.ok) return verdict
    for (const link of typed.match(/https?:\/\/[^\s<>]+/g) ?? []) {
      const judged = this.#port.shop.judge(link)
      if (judged === 'fine') continue
      return { ok: false, news: judged === 'gone' ? 'invalid-link' : 'invalid-link!', detail: link }
    }
    return verdict
  }

  submit(job: Job, seen: SeenInteraction, nonce: boolean): void {
    const { interaction, account, truth } = job
    if (!interaction || !account) return
    const { news, jobs, faults } = this.#port
    faults.meet(account.index, truth.jobUuid)
    const refusal = news.refusalFor(job)
    if (refusal) {
      seen.outcome = refusal.news
      faults.part(truth.jobUuid)
      news.tell(interaction, refusal.news, { ...refusal, job, nonce })
      return
    }
    const key = truth.jobUuid
    let queuedAnswer: Message | null = null
    const start = () => {
      if (queuedAnswer && news.lacksHours(job)) this.#refuseQueued(job)
      else this.#port.runner().start(job, nonce && this.#mayRepeatNonce(queuedAnswer), queuedAnswer?.id)
    }
    jobs.add(job)
    const placed = job.plan.takesSlot ? this.#slots.take(account, truth.mode, key, start) : 'started'
    if (!job.plan.takesSlot) start()
    seen.outcome = placed === 'full' ? 'queue-full' : 'job'
    if (placed !== 'full') {
      seen.jobUuid = key
      seen.jobUuids.push(key)
    }
    if (placed === 'queued')
      queuedAnswer = news.tell(interaction, 'job-queued', { delivery: 'create', nonce })
    if (placed === 'full') this.#refuseFull(job)
  }

  #mayRepeatNonce(queuedAnswer: Message | null): boolean {
    return queuedAnswer === null || this.#port.world.settings.queuedJobNonce
  }

  #refuseFull(job: Job): void {
    this.#end(job, 'queue-full')
    if (job.interaction) this.#port.news.tell(job.interaction, 'queue-full', { delivery: 'create' })
  }

  /** Its turn has come, but the hours went to those before it. */
  #refuseQueued(job: Job): void {
    this.#end(job, 'credits-exhausted')
    if (job.interaction)
      this.#port.news.tell(job.interaction, 'credits-exhausted', { delivery: 'create', job, nonce: false })
    // Not at once: the slot is only just being handed over.
    this.#port.world.time.after(0, () => this.over(job))
  }

  #end({ truth }: Job, failure: string): void {
    this.#port.faults.part(truth.jobUuid)
    Object.assign(truth, { state: 'failed', failure, finishedAt: this.#port.world.time.now() })
  }

  cancel(jobUuid: string): void {
    const job = this.#port.jobs.get(jobUuid)
    if (!job || isOver(job)) return
    if (job.account && this.#slots.withdraw(job.account, jobUuid)) {
      Object.assign(job.truth, { state: 'stopped', finishedAt: this.#port.world.time.now() })
    } else this.#port.runner().stop(job)
  }

  /** A job is over: what it used is booked and its slot goes to the next. */
  over({ account, plan, truth }: Job): void {
    if (!account || truth.foreign) return
    this.#port.faults.part(truth.jobUuid)
    this.#book(account, truth)
    if (plan.takesSlot) this.#slots.release(account, truth.mode, truth.jobUuid)
  }

  #book(account: Account, { state, mode }: SimulatedJob): void {
    if (state !== 'done') return
    const hours = this.#port.world.settings.fastHoursPerJob
    account.usage.images++
    account.usage.hours += hours
    if (mode === 'relax') {
      account.usage.relaxed++
      account.usage.relaxedHours += hours
    } else account.fastHours = Math.max(0, account.fastHours - hours * (mode === 'turbo' ? 2 : 1))
  }
}

/** Not every plan has relaxed or stealth jobs (protocol page §7). */
function withinPlan({ plan }: Account, verdict: PromptVerdict): PromptVerdict {
  if (!verdict.ok) return verdict
  const refused = (detail: string) => ({ ok: false as const, news: 'invalid-parameter' as const, detail })
  if (verdict.mode === 'relax' && plans[plan].relax === 0)
    return refused('`--relax` is not part of your plan.')
  if (verdict.stealth && !plans[plan].stealth) return refused('`--stealth` is not part of your plan.')
  return verdict
}
