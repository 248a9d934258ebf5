import type { PictureShop } from '../cdn/picture-shop.ts'
import type { Faults } from '../faults/fault-desk.ts'
import type { Settings } from '../options.ts'
import type { SimulatedTime } from '../time.ts'
import { type Attachment, flagEphemeral, flagLoading, type Message, type Row } from '../world/message.ts'
import { type BadNewsName, isBadNews } from './bad-news.ts'
import type { Interaction } from './interaction.ts'
import { isOver, type Job } from './job.ts'
import { finalRows, finalText, progressText, stoppedText, waitingText } from './looks.ts'
import { isMeant, type Telling } from './news-desk.ts'
import type { Step } from './plans.ts'
import { cancelRow, customIdsOf, withPressed } from './rows.ts'
import type { Speaker } from './speaker.ts'

export interface RunnerPort {
  settings: Settings
  time: SimulatedTime
  speaker: Speaker
  shop: PictureShop
  faults: Faults
  /** Tells bad news about a job that has already shown itself. */
  tellBadNews(job: Job, news: BadNewsName, how: Telling): void
  /** The job is over: its slot is free. */
  over(job: Job): void
}

type Mishap = { atPercent: number; happen: () => void }

/**
 * Plays a job's messages (protocol page §4.2, §4.3): the waiting message, its edits, the edit of the clicked message, the final, and
 * the removal of the progress message around it.
 */
export class JobRunner {
  #port: RunnerPort

  constructor(port: RunnerPort) {
    this.#port = port
  }

  /** `queuedAnswerId` is the `Job queued` message of a job that had to wait: its start is then a follow-up. */
  start(job: Job, nonce: boolean, queuedAnswerId?: string): void {
    const { time } = this.#port
    job.truth.state = 'waiting'
    job.truth.startedAt = time.now()
    this.#sayWaiting(job, nonce, queuedAnswerId)
    const timeline = job.random.pick([...job.plan.timelines] as [Job['plan']['timelines'][number]])
    const stretch = job.random.between(0.9, 1.15)
    // Relax jobs wait for capacity; seconds here, many minutes in life (§4.3).
    const wait = job.truth.mode === 'relax' && job.plan.takesSlot ? job.random.between(4_000, 20_000) : 0
    const mishap = this.#mishapOf(job)
    const final = this.#draw(job)
    for (const step of timeline.steps) {
      this.#later(job, wait + step.atMs * stretch, () => this.#step(job, step, mishap))
    }
    this.#later(job, wait + timeline.finalMs * stretch, () => {
      if (mishap) mishap.happen()
      else void this.#finish(job, final)
    })
    this.#pressClicked(job)
  }

  #later(job: Job, ms: number, act: () => void): void {
    const cancel = this.#port.time.after(ms, () => {
      if (!isOver(job)) act()
    })
    job.cancelled.push(cancel)
  }

  #sayWaiting(job: Job, nonce: boolean, queuedAnswerId?: string): void {
    const { speaker, settings } = this.#port
    const content = job.plan.opening ?? waitingText(job)
    const components = this.#progressRows(job)
    const { interaction } = job
    if (!interaction) {
      const saying = { content, components, mentions: [job.requester] }
      job.progress = speaker.say(job.channel, job.truth.bot, saying, 'waiting')
    } else {
      const slash = interaction.kind === 'command'
      const hidden = this.#isHidden(job)
      const loadingFirst = slash && !queuedAnswerId && job.random.chance(settings.loadingFirstRate)
      const saying = { content, components, reply: job.clicked, flags: hidden ? flagEphemeral : 0 }
      const options = {
        nonce: nonce && (slash || job.readings.buttonNonce),
        event: 'waiting' as const,
        ...(queuedAnswerId ? { originalResponseId: queuedAnswerId } : {}),
      }
      job.progress = speaker.answer(
        interaction,
        loadingFirst ? { ...saying, content: '', components: [], flags: flagLoading } : saying,
        options,
      )
      if (loadingFirst) {
        this.#later(job, 300, () => this.#edit(job, { content, components, flags: 0 }))
      }
    }
    job.truth.progressMessageId = job.progress.id
    if (job.plan.opening !== undefined) {
      this.#later(job, job.random.between(1_200, 7_000), () => this.#edit(job, { content: waitingText(job) }))
    }
  }

  /** U's waiting message was ephemeral in older captures (§4.2). */
  #isHidden({ clicked, truth, channel, readings }: Job): boolean {
    if (clicked === null || channel.guildId === null) return false
    const { ephemeralWaiting } = readings
    return ephemeralWaiting === 'clicks' || (ephemeralWaiting === 'upscale' && truth.kind === 'upscale')
  }

  #progressRows(job: Job): Row[] {
    // Videos have none (§4.2).
    if (job.plan.opening !== undefined) return []
    const shown = job.clicked !== null || this.#port.settings.imagineCancelButton
    return shown ? cancelRow(job.truth.jobUuid) : []
  }

  #edit(job: Job, changes: Partial<Message>): void {
    const { speaker, settings } = this.#port
    const partial = settings.updates === 'partial' || (settings.updates === 'mixed' && job.random.chance(0.5))
    if (job.progress) speaker.edit(job.progress, changes, 'progress', partial)
  }

  #step(job: Job, step: Step, mishap: Mishap | null): void {
    if (mishap && step.percent >= mishap.atPercent) {
      mishap.happen()
      return
    }
    job.truth.state = 'running'
    job.truth.percent = step.percent
    void this.#showProgress(job, step)
  }

  async #showProgress(job: Job, { percent, preview }: Step): Promise<void> {
    const attachments =
      preview && this.#port.settings.previews ? await this.#port.shop.previews(job, percent) : []
    if (isOver(job)) return
    const content = progressText(job, percent)
    this.#edit(job, { content, ...(attachments.length > 0 ? { attachments } : {}) })
  }

  #draw(job: Job): Promise<Attachment> {
    const drawing = this.#port.shop.final(job)
    // Awaited when the job finishes; a job that is stopped never looks at it.
    drawing.catch(() => {})
    return drawing
  }

  async #finish(job: Job, drawing: Promise<Attachment>): Promise<void> {
    const { speaker, shop, time } = this.#port
    const attachment = await drawing
    if (isOver(job) || time.closed) return
    const { deletion, gapMs } = this.#deletionOf(job)
    const remove = () => job.progress && speaker.remove(job.progress, 'delete')
    const say = () => {
      job.truth.percent = 100
      const reply = job.clicked ?? (job.readings.era === '2026' ? job.progress : null)
      const shown = shop.signedAnew(attachment)
      const saying = {
        content: finalText(job),
        attachments: [shown],
        components: finalRows(job),
        mentions: [job.requester],
        reply,
      }
      const message = speaker.say(job.channel, job.truth.bot, saying, 'final')
      Object.assign(job.truth, {
        finalMessageId: message.id,
        imageUrl: shown.url,
        imageName: attachment.filename,
      })
      this.#settle(job, 'done')
    }
    if (deletion === 'before') {
      remove()
      this.#later(job, gapMs, say)
      return
    }
    say()
    if (deletion === 'after') time.after(gapMs, remove)
  }

  #deletionOf(job: Job): { deletion: 'before' | 'after' | 'never'; gapMs: number } {
    const { progressDeletion } = this.#port.settings
    const gapMs = job.random.between(20, 400)
    const either = job.random.chance(0.5) ? 'before' : 'after'
    return { deletion: progressDeletion === 'either' ? either : progressDeletion, gapMs }
  }

  /** The clicked button turns style 1: an edit of a finished message, which is no result (§4.2). */
  #pressClicked(job: Job): void {
    const { clicked, interaction } = job
    const customId =
      interaction?.kind === 'modal' ? interaction.opened.click.customId : pressedBy(interaction)
    if (!clicked || customId === null) return
    const delay = job.truth.kind === 'upscale' ? job.random.between(200, 900) : job.random.between(300, 1_600)
    this.#port.time.after(delay, () => {
      if (!customIdsOf(clicked).includes(customId)) return
      const components = withPressed(clicked.components, customId)
      this.#port.speaker.edit(clicked, { components }, 'progress', this.#port.settings.updates === 'partial')
    })
  }

  #mishapOf(job: Job): Mishap | null {
    const account = job.account?.index
    if (account === undefined) return null
    const { faults } = this.#port
    if (job.doom) return this.#news(job, job.doom, { delivery: 'update' }, 0)
    const ending = faults.take('job', account, undefined, job.truth.jobUuid)
    if (ending) {
      const happen = () => (ending.does === 'stop' ? this.stop(job) : this.#vanish(job))
      return { atPercent: ending.atPercent ?? 50, happen }
    }
    const news = faults.take(
      'bad-news',
      account,
      (fault) => isMeant(fault, job.interaction),
      job.truth.jobUuid,
    )
    if (!news || !isBadNews(news.news)) return null
    const { news: name, delivery = 'update', atPercent = 0, retryAfterMs, holds = false } = news
    return this.#news(job, name, { delivery, retryAfterMs, holds }, atPercent)
  }

  #news(job: Job, name: BadNewsName, how: Telling, atPercent: number): Mishap {
    const happen = () => {
      this.#port.tellBadNews(job, name, how)
      this.fail(job, name)
    }
    return { atPercent, happen }
  }

  /** Ends as `(Stopped)`: cancelled by a person, or moderated (§4.2). */
  stop(job: Job): void {
    this.#settle(job, 'stopped')
    this.#edit(job, { content: stoppedText(job), components: [] })
  }

  /** The progress message goes and nothing follows: post-moderation (§5). */
  #vanish(job: Job): void {
    if (job.progress) this.#port.speaker.remove(job.progress, 'delete')
    this.fail(job, 'vanished')
  }

  fail(job: Job, reason: string): void {
    job.truth.failure = reason
    this.#settle(job, 'failed')
  }

  #settle(job: Job, state: 'done' | 'failed' | 'stopped'): void {
    job.truth.state = state
    job.truth.finishedAt = this.#port.time.now()
    for (const cancel of job.cancelled) cancel()
    job.cancelled = []
    this.#port.over(job)
  }
}

const pressedBy = (interaction: Interaction | null): string | null =>
  interaction?.kind === 'click' ? interaction.customId : null
