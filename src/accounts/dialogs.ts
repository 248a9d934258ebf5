import type { Clock } from '../clock.ts'
import type { ActivitiesClient } from '../discord/rest/activities.ts'
import type { DiscordRest } from '../discord/rest/client.ts'
import type { DialogAnswer, HeldJob, JobRequest, Question } from '../jobs/job.ts'
import type { Limits } from '../jobs/policy.ts'
import type { Log } from '../log.ts'
import type { OpenedDialog } from '../midjourney/parse/dialog.ts'
import { parameterOf, withParameter } from '../midjourney/prompt/edit.ts'
import type { Custody } from './custody.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { HealthKeeper } from './health-keeper.ts'
import type { InteractionWriter } from './interaction-writer.ts'
import type { AccountStore } from './ports.ts'

interface DialogsParts {
  store: Pick<AccountStore, 'blobs'>
  custody: Custody
  health: HealthKeeper
  dispatcher: Pick<Dispatcher, 'reply'>
  writer: InteractionWriter
  rest: Pick<DiscordRest, 'interact'>
  activities: ActivitiesClient
  limits: Limits
  clock: Clock
  log: Log
}

type Action = JobRequest & { kind: 'action' }

/**
 * What becomes of a form or window that the bot has opened in answer to a job (protocol page §3.1, type 5). With the
 * caller's answer, or where the caller takes the form as it is, it is sent back at once; else the caller is asked, and the
 * job leaves its slot. The button is clicked anew for an answer that comes later, so no form has to be kept open.
 */
export class Dialogs {
  readonly #parts: DialogsParts

  constructor(parts: DialogsParts) {
    this.#parts = parts
  }

  async opened(job: HeldJob, dialog: OpenedDialog): Promise<void> {
    const { custody, clock, log } = this.#parts
    // Told twice: a second answer would be refused, and fail a job that is being drawn.
    if (job.track.answered) return
    log.debug({ jobId: job.id, dialog: dialog.dialog }, 'dialog opened')
    const { request } = job
    if (dialog.iframePath !== null && (dialog.dialog !== 'region' || request.kind !== 'action')) {
      return this.#personNeeded(job, dialog)
    }
    await custody.learnt(job, { track: { dialogAt: clock.now() } })
    if (request.kind !== 'action') return this.#submit(job, dialog, {})
    const mayAnswer =
      dialog.dialog === 'region' ? request.answer?.mask !== undefined : request.answer !== undefined
    if (!mayAnswer && request.onDialog === 'ask') return custody.ask(job, this.#question(dialog))
    if (dialog.dialog === 'region') return this.#submitRegion(job, dialog, request)
    return this.#submit(job, dialog, request.answer ?? {})
  }

  /** A window that is no editor asks for a person, whom nobody imitates here. */
  async #personNeeded(job: HeldJob, { title }: OpenedDialog): Promise<void> {
    const { custody, health } = this.#parts
    await health.apply({ event: 'person-needed', reason: `Midjourney opened a window: ${title}` })
    await custody.giveBack(job, 'the account waits for a person', 'job-returned')
  }

  async #submit(job: HeldJob, dialog: OpenedDialog, answer: DialogAnswer): Promise<void> {
    const { writer, dispatcher, rest } = this.#parts
    const fields = dialog.fields.map((field, index) => ({
      customId: field.customId,
      value: index === 0 ? filledIn(field.value, answer) : field.value,
    }))
    dispatcher.reply(job.id, {
      usesNonce: true,
      post: async (nonce, signal) => {
        const written = writer.modal({ modalId: dialog.id, customId: dialog.customId, fields })
        if (written.outcome !== 'ready') return { outcome: 'not-sent', why: written.why }
        return rest.interact(written.body(nonce), signal)
      },
    })
  }

  async #submitRegion(job: HeldJob, dialog: OpenedDialog, { answer, prompt }: Action): Promise<void> {
    const { store, custody, dispatcher, activities } = this.#parts
    const [mask] = await store.blobs(job.id)
    const { token } = dialog
    if (!mask || token === null) {
      return custody.fail(job, 'answer-incomplete', 'The region editor needs a mask.')
    }
    dispatcher.reply(job.id, {
      usesNonce: false,
      post: (_, signal) => activities.submitRegion({ token, mask, prompt: answer?.prompt ?? prompt }, signal),
    })
  }

  #question({ dialog, title, fields }: OpenedDialog): Question {
    const { clock, limits } = this.#parts
    const askedAt = clock.now()
    return {
      dialog: dialog ?? 'other',
      title,
      fields: fields.map(({ customId, label, value }) => ({ name: customId, label, value })),
      askedAt,
      until: askedAt + limits.answerWithinMs,
    }
  }
}

/** The whole prompt stands in the form: what the caller does not change stays (protocol page §3.1, custom zoom). */
function filledIn(value: string, { prompt, zoom }: DialogAnswer): string {
  const text = prompt ?? value
  if (zoom !== undefined) return withParameter(text, 'zoom', String(zoom))
  // A new prompt for a custom zoom keeps how far the form goes out, unless it says so itself.
  const kept = parameterOf(value, 'zoom')?.value
  return prompt !== undefined && kept && !parameterOf(prompt, 'zoom')
    ? withParameter(prompt, 'zoom', kept)
    : text
}
