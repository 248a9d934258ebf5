import type { PictureShop } from '../cdn/picture-shop.ts'
import type { SeenInteraction } from '../control.ts'
import type { Faults } from '../faults/fault-desk.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { Random } from '../random.ts'
import type { World } from '../world/world.ts'
import { readBookmark, readCancel, readJobAction } from './actions.ts'
import { BatchClerk } from './batch-clerk.ts'
import { blendPrompt, judgePictures } from './blend.ts'
import { DialogClerk } from './dialog-clerk.ts'
import { DialogDesk, dialogFor, lineOf, readLine } from './dialogs.ts'
import { Envelope } from './envelope.ts'
import { Intake } from './intake.ts'
import type { ClickInteraction, CommandInteraction, Interaction } from './interaction.ts'
import type { JobBook } from './job.ts'
import { JobMaker } from './job-maker.ts'
import { JobRunner } from './job-runner.ts'
import { NewsDesk } from './news-desk.ts'
import { QuickCommands } from './quick-commands.ts'
import type { Speaker } from './speaker.ts'

export interface BotParts {
  world: World
  gateway: Gateway
  speaker: Speaker
  shop: PictureShop
  faults: Faults
  jobs: JobBook
}

/** Commands that draw. */
const drawing = new Set(['imagine', 'blend'])
const messageCommands = ['Cancel Job', 'DM Results']
const imagineAll = 'MJ::Job::PicReader::all'

/** Discord tells the user that a bot did not answer after this (protocol page §2.7). */
const answerLimitMs = 3_000

/** Both bots' desk: acknowledges interactions and decides what becomes of them. */
export class Bot {
  #parts: BotParts
  #intake: Intake
  #batches: BatchClerk
  #news: NewsDesk
  #maker: JobMaker
  #runner: JobRunner
  #quick: QuickCommands
  /** One stream per account, so that accounts do not shift each other's draws. */
  #random: Random[]
  /** Answers ✉️ reactions. */
  readonly envelope: Envelope
  readonly dialogs: DialogDesk
  /** Also the desk of the region editor's back end. */
  readonly clerk: DialogClerk

  constructor(parts: BotParts) {
    const { world, speaker, shop, faults } = parts
    const { settings, time } = world
    this.#parts = parts
    this.#maker = new JobMaker(world)
    const news = new NewsDesk(parts)
    this.#news = news
    this.#intake = new Intake({ world, jobs: parts.jobs, faults, shop, news, runner: () => this.#runner })
    this.#batches = new BatchClerk({
      speaker,
      news,
      intake: this.#intake,
      maker: this.#maker,
      memory: settings.memory,
    })
    this.envelope = new Envelope(parts)
    this.dialogs = new DialogDesk(time)
    this.#random = world.accounts.map(({ index }) => new Random(`${settings.seed}:bot:${index}`))
    this.#quick = new QuickCommands({ ...parts, news, usage: (account) => this.#intake.usage(account) })
    this.#runner = new JobRunner({
      settings,
      time,
      speaker,
      shop,
      faults,
      tellBadNews: (job, name, how) => {
        if (job.interaction) news.tell(job.interaction, name, { ...how, job })
      },
      over: (job) => {
        this.#intake.over(job)
        const wanted = job.account?.preferences[job.truth.bot].autoDm
        if (wanted && job.truth.state === 'done') this.envelope.send(job)
      },
    })
    this.clerk = new DialogClerk({
      dialogs: this.dialogs,
      jobs: parts.jobs,
      maker: this.#maker,
      regionNonce: settings.regionNonce,
      randomOf: (account) => this.#random[account],
      event: (interaction, type, data) => this.#event(interaction, type, data),
      read: (interaction, typed, seen, shownBefore) =>
        this.#intake.read(interaction, typed, seen, shownBefore),
      submit: (job, seen, nonce) => this.#intake.submit(job, seen, nonce),
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
    const random = this.#random[interaction.account.index] ?? new Random('')
    const successFirst = random.chance(0.7)
    world.time.after(random.between(60, 350), () => this.#acknowledge(interaction, seen, successFirst))
  }

  #acknowledge(interaction: Interaction, seen: SeenInteraction, successFirst: boolean): void {
    if (successFirst) this.#event(interaction, 'INTERACTION_SUCCESS')
    this.#handle(interaction, seen, true)
    if (!successFirst) this.#event(interaction, 'INTERACTION_SUCCESS')
  }

  #event({ id, nonce, sessionId, account }: Interaction, type: string, more: object = {}): void {
    this.#parts.gateway.whisper(sessionId, account, type, { id, nonce, ...more })
  }

  #supports(interaction: Interaction): boolean {
    if (interaction.kind === 'modal') return true
    if (interaction.kind === 'command')
      return drawing.has(interaction.name) || this.#quick.knows(interaction.name)
    const { customId } = interaction
    const action = readJobAction(customId)
    if (action) return this.#parts.jobs.get(action.jobUuid) !== undefined
    return (
      readCancel(customId) !== null ||
      readBookmark(customId) !== null ||
      dialogFor(interaction, undefined) !== null ||
      readLine(customId) !== null ||
      customId === imagineAll ||
      this.#batches.knowsButton(customId) ||
      this.#news.buttons.knows(customId) ||
      this.#quick.knowsButton(customId)
    )
  }

  #handle(interaction: Interaction, seen: SeenInteraction, nonce: boolean): void {
    if (interaction.kind === 'modal') this.clerk.submitForm(interaction, seen, nonce)
    else if (interaction.kind === 'click') this.#click(interaction, seen, nonce)
    else if (interaction.name === 'imagine') this.#imagine(interaction, seen, nonce)
    else if (interaction.name === 'blend') void this.#blend(interaction, seen, nonce)
    else if (messageCommands.includes(interaction.name)) this.#onMessage(interaction, seen)
    else {
      const news = this.#news.meet(interaction)
      seen.outcome = news ?? interaction.name
      if (news === null) this.#quick.run(interaction)
    }
  }

  #imagine(interaction: CommandInteraction, seen: SeenInteraction, nonce: boolean): void {
    const typed = interaction.options.get('prompt') ?? ''
    if (this.#batches.ask(interaction, typed, seen, nonce)) return
    const verdict = this.#intake.read(interaction, typed, seen)
    if (verdict) this.#intake.submit(this.#maker.imagine(interaction, typed, verdict), seen, nonce)
  }

  async #blend(interaction: CommandInteraction, seen: SeenInteraction, nonce: boolean): Promise<void> {
    const { refusal, doom } = await judgePictures(interaction)
    if (refusal) {
      seen.outcome = refusal
      this.#news.tell(interaction, refusal, { delivery: 'create', nonce })
      return
    }
    const typed = blendPrompt(interaction)
    const verdict = this.#intake.read(interaction, typed, seen)
    if (!verdict) return
    const job = this.#maker.imagine(interaction, typed, verdict, 'blend')
    job.doom = doom
    this.#intake.submit(job, seen, nonce)
  }

  #click(interaction: ClickInteraction, seen: SeenInteraction, nonce: boolean): void {
    const { customId } = interaction
    const action = readJobAction(customId)
    const parent = action ? this.#parts.jobs.get(action.jobUuid) : undefined
    if (this.clerk.open(interaction, parent, seen)) return
    if (this.#news.buttons.knows(customId)) return this.#pressNews(interaction, seen)
    if (this.#batches.knowsButton(customId)) return this.#batches.press(interaction, seen)
    if (customId === imagineAll) return this.#imagineLines(interaction, [1, 2, 3, 4], seen)
    const line = readLine(customId)
    if (line !== null) return this.#imagineLines(interaction, [line], seen)
    if (action && parent) this.#intake.submit(this.#maker.follow(interaction, action, parent), seen, nonce)
    else if (readCancel(customId)) {
      seen.outcome = 'cancel'
      this.#intake.cancel(readCancel(customId) ?? '')
    } else {
      seen.outcome = 'button'
      this.#quick.press(interaction)
    }
  }

  /** A refused job whose appeal was accepted is drawn after all, as an answer to the command that asked for it. */
  #pressNews(click: ClickInteraction, seen: SeenInteraction): void {
    seen.outcome = 'button'
    const freed = this.#news.buttons.press(click)
    if (freed) this.#intake.submit(freed, seen, false)
  }

  /** Lines of a described picture, each a job of the same click. */
  #imagineLines(interaction: ClickInteraction, lines: readonly number[], seen: SeenInteraction): void {
    for (const line of lines) {
      const typed = lineOf(interaction.message, line)
      const verdict = this.#intake.read(interaction, typed, seen)
      if (verdict)
        this.#intake.submit(this.#maker.imagine(interaction, typed, verdict), seen, line === lines[0])
    }
  }

  /** The commands of a message's context menu. */
  #onMessage({ name, options, account, channel }: CommandInteraction, seen: SeenInteraction): void {
    seen.outcome = name === 'Cancel Job' ? 'cancel' : name
    const target = options.get('target') ?? ''
    const job = this.#parts.jobs.all().find(({ truth }) => truth.progressMessageId === target)
    const message = this.#parts.speaker.find(channel, target, account)
    if (name === 'DM Results') message && this.envelope.sendSeed(account, message)
    else if (job?.account === account) this.#intake.cancel(job.truth.jobUuid)
  }
}
