import type { RegionDesk, RegionForm } from '../activities/activities-server.ts'
import type { SeenInteraction } from '../control.ts'
import type { Random } from '../random.ts'
import { botIds, botUsers } from '../world/message.ts'
import { readJobAction } from './actions.ts'
import { type DialogDesk, dialogFor, type OpenDialog } from './dialogs.ts'
import type { ClickInteraction, Interaction, ModalInteraction } from './interaction.ts'
import type { Job, JobBook } from './job.ts'
import type { JobMaker } from './job-maker.ts'
import type { PromptVerdict } from './prompt.ts'

type GoodPrompt = Extract<PromptVerdict, { ok: true }>

/** What the clerk needs of the bot. */
export interface DialogPort {
  dialogs: DialogDesk
  jobs: JobBook
  maker: JobMaker
  regionNonce: boolean
  randomOf(account: number): Random | undefined
  /** An event for the session that the interaction names. */
  event(interaction: Interaction, type: string, data: object): void
  /** The prompt as the bot shows it; null when it has refused it. A prompt that was shown before already has the suffix. */
  read(
    interaction: Interaction,
    typed: string,
    seen: SeenInteraction,
    shownBefore: boolean,
  ): GoodPrompt | null
  submit(job: Job, seen: SeenInteraction, nonce: boolean): void
}

/** Opens forms and windows for clicks, and turns what comes back into jobs (protocol page §3.1, type 5 and Vary Region). */
export class DialogClerk implements RegionDesk {
  #port: DialogPort

  constructor(port: DialogPort) {
    this.#port = port
  }

  /** False when this click opens nothing. */
  open(click: ClickInteraction, parent: Job | undefined, seen: SeenInteraction): boolean {
    const shape = dialogFor(click, parent)
    if (!shape) return false
    const token = shape.field ? null : (this.#port.randomOf(click.account.index)?.hex(40) ?? '')
    const dialog = this.#port.dialogs.add(click, shape, token, seen)
    seen.outcome = 'dialog'
    const [type, data] = dialogEvent(dialog)
    this.#port.event(click, type, data)
    return true
  }

  /** A form that was filled in: what its button would have done, with the prompt that stands in it now. */
  submitForm(interaction: ModalInteraction, seen: SeenInteraction, nonce: boolean): void {
    const { jobs, maker } = this.#port
    const { click, field } = interaction.opened
    this.#port.dialogs.close(interaction.opened)
    const action = readJobAction(click.customId)
    const parent = action ? jobs.get(action.jobUuid) : undefined
    const typed = interaction.fields.get(field?.customId ?? '') ?? ''
    const verdict = this.#port.read(interaction, typed, seen, parent !== undefined)
    if (!verdict) return
    const changed = typed.trim() !== field?.value.trim()
    const job =
      action && parent
        ? maker.follow(interaction, action, parent, { typed, verdict, changed })
        : maker.imagine(interaction, typed, verdict)
    this.#port.submit(job, seen, nonce)
  }

  accountOf(token: string): number | undefined {
    return this.#port.dialogs.findToken(token)?.click.account.index
  }

  submitRegion({ token, prompt, mask }: RegionForm): boolean {
    const dialog = this.#port.dialogs.findToken(token)
    const action = dialog && readJobAction(dialog.click.customId)
    const parent = action && this.#port.jobs.get(action.jobUuid)
    if (!dialog || !action || !parent) return false
    this.#port.dialogs.close(dialog)
    const { click, seen } = dialog
    const verdict = this.#port.read(click, prompt, seen, true)
    if (!verdict) return true
    const job = this.#port.maker.follow(click, action, parent, { typed: prompt, verdict, changed: true })
    Object.assign(job.truth, { mask: mask.toString('base64'), maskBytes: mask.length })
    this.#port.submit(job, seen, this.#port.regionNonce)
    return true
  }
}

/** What Discord sends to the client that clicked (protocol page §2.7), without the ids of the click. */
function dialogEvent({ click, customId, title, field, token }: OpenDialog): [type: string, data: object] {
  const { channel, bot } = click
  const data = {
    channel_id: channel.id,
    custom_id: customId,
    title,
    application: { id: botIds[bot], name: botUsers[bot].username, description: '' },
  }
  if (field === null) {
    const iframe_path = `/inpaint/index.html?customId=${customId}&token=${token}`
    return ['INTERACTION_IFRAME_MODAL_CREATE', { ...data, iframe_path, modal_size: 3 }]
  }
  const input = {
    type: 4,
    id: 2,
    custom_id: field.customId,
    label: field.label,
    value: field.value,
    style: 2,
    required: true,
    min_length: 1,
    max_length: 4000,
  }
  return ['INTERACTION_MODAL_CREATE', { ...data, components: [{ type: 1, id: 1, components: [input] }] }]
}
