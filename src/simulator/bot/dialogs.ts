import type { SeenInteraction } from '../control.ts'
import type { SimulatedTime } from '../time.ts'
import type { Account } from '../world/account.ts'
import type { Message } from '../world/message.ts'
import type { ClickInteraction } from './interaction.ts'
import type { Job } from './job.ts'

/** A form or window that a click has opened, until it is submitted or the click's token dies. */
export interface OpenDialog {
  /** That of the click: what the submit has to name. */
  id: string
  click: ClickInteraction
  customId: string
  title: string
  /** Null for the region editor, a window without fields. */
  field: { customId: string; label: string; value: string } | null
  /** Of the region editor: what its back end knows the window by. */
  token: string | null
  /** The click's entry in the truth, which learns what became of a window that has no submit of its own. */
  seen: SeenInteraction
  openedAt: number
}

type Shape = Pick<OpenDialog, 'customId' | 'title' | 'field'>

/** Interaction tokens live 15 minutes (protocol page §3.1), of simulated time. */
const lifetimeMs = 15 * 60_000

interface Rule {
  pattern: RegExp
  /** Only when the account has remix on; else the click draws at once. */
  withRemix: boolean
  shape: (match: RegExpExecArray, prompt: string, click: ClickInteraction) => Shape
}

const remix = (uuid: string, index: string, strong: 0 | 1, prompt: string): Shape => ({
  customId: `MJ::RemixModal::${uuid}::${index}::${strong}`,
  title: 'Remix Prompt',
  field: { customId: 'MJ::RemixModal::new_prompt', label: 'New prompt for image', value: prompt },
})

const imagine = (message: Message, prompt: string): Shape => ({
  customId: `MJ::ImagineModal::${message.id}`,
  title: 'Imagine This!',
  field: { customId: 'MJ::ImagineModal::new_prompt', label: 'Prompt', value: prompt },
})

const animate = (which: string, prompt: string): Shape => ({
  customId: `MJ::AnimateModal::${which}`,
  title: 'Animate',
  field: { customId: 'MJ::AnimateModal::prompt', label: 'Prompt', value: prompt },
})

const uuid = '([0-9a-f-]{36})'
const picReader = /^MJ::Job::PicReader::(\d)$/

/** Which line of a described picture a button is for. */
export function readLine(customId: string): number | null {
  const line = picReader.exec(customId)?.[1]
  return line === undefined ? null : Number(line)
}

/** Which clicks open what (protocol page §3.1, type 5). */
const rules: Rule[] = [
  {
    pattern: new RegExp(`^MJ::JOB::variation::(\\d)::${uuid}`),
    withRemix: true,
    // Strong or subtle is a setting (§3.1).
    shape: ([, index = '1', job = ''], prompt, { account, bot }) =>
      remix(job, index, account.preferences[bot].highVariation ? 1 : 0, prompt),
  },
  {
    pattern: new RegExp(`^MJ::JOB::(low|high)_variation::1::${uuid}`),
    withRemix: true,
    shape: ([, strength, job = ''], prompt) => remix(job, '1', strength === 'high' ? 1 : 0, prompt),
  },
  {
    pattern: new RegExp(`^MJ::JOB::pan_(left|right|up|down)::1::${uuid}`),
    withRemix: true,
    shape: ([, side, job], prompt) => ({
      customId: `MJ::PanModal::${side}::${job}::1`,
      title: 'Pan',
      field: { customId: 'MJ::PanModal::prompt', label: 'Prompt', value: prompt },
    }),
  },
  {
    pattern: new RegExp(`^MJ::JOB::reroll::0::${uuid}`),
    withRemix: true,
    shape: (_, prompt, { message }) => imagine(message, prompt),
  },
  {
    pattern: new RegExp(`^MJ::JOB::animate_(low|high)(_extend)?::(\\d)::${uuid}`),
    withRemix: true,
    shape: ([, motion, extend, index, job], prompt) =>
      animate(`${job}::${index}::${motion}::${extend ? 1 : 0}`, prompt),
  },
  {
    pattern: new RegExp(`^MJ::JOB::video::(1)::${uuid}::SOLO::manual$`),
    withRemix: false,
    shape: ([, index, job], prompt) => animate(`${job}::${index}::low::0`, prompt),
  },
  {
    pattern: new RegExp(`^MJ::CustomZoom::${uuid}`),
    withRemix: false,
    shape: ([, job], prompt) => ({
      customId: `MJ::OutpaintCustomZoomModal::${job}`,
      title: 'Zoom Out',
      field: {
        customId: 'MJ::OutpaintCustomZoomModal::prompt',
        label: 'Prompt',
        value: `${prompt} --zoom 2`,
      },
    }),
  },
  {
    pattern: /^MJ::Inpaint::1::/,
    withRemix: false,
    shape: () => ({ customId: 'MJ::iframe::', title: 'Vary (Region)', field: null }),
  },
  {
    pattern: picReader,
    withRemix: true,
    shape: ([, line = '1'], _, { message }) => ({
      customId: `MJ::Picreader::Modal::${line}`,
      title: 'Imagine This!',
      field: {
        customId: 'MJ::Picreader::Modal::PromptField',
        label: 'Prompt',
        value: lineOf(message, Number(line)),
      },
    }),
  },
  {
    pattern: /^MJ::Job::PromptAnalyzer::(\d)$/,
    withRemix: false,
    shape: ([, line = '1'], _, { message }) => imagine(message, lineOf(message, Number(line))),
  },
]

/** The dialog that this click opens; null when it acts at once. */
export function dialogFor(click: ClickInteraction, parent: Job | undefined): Shape | null {
  const { customId, account, bot } = click
  for (const { pattern, withRemix, shape } of rules) {
    const match = pattern.exec(customId)
    if (match)
      return withRemix && !account.preferences[bot].remix
        ? null
        : shape(match, parent?.truth.finalPrompt ?? '', click)
  }
  return null
}

/** Line `n` of a described or shortened prompt, as plain text: the number and the links of its embed are left out. */
export function lineOf({ embeds }: Message, n: number): string {
  const lines = (embeds[0]?.description ?? '').split('\n')
  const line = lines.find((one) => one.startsWith(`${n}\uFE0F\u20E3`)) ?? ''
  return line
    .replace(/^\S+ /, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
}

/** The dialogs that are open. */
export class DialogDesk {
  #open = new Map<string, OpenDialog>()
  #time: SimulatedTime

  constructor(time: SimulatedTime) {
    this.#time = time
  }

  add(click: ClickInteraction, shape: Shape, token: string | null, seen: SeenInteraction): OpenDialog {
    this.#forgetOld()
    const customId = token === null ? shape.customId : `${shape.customId}${token}`
    const openedAt = this.#time.now()
    const dialog: OpenDialog = { ...shape, customId, id: click.id, click, token, seen, openedAt }
    this.#open.set(dialog.id, dialog)
    return dialog
  }

  #forgetOld(): void {
    for (const [id, dialog] of this.#open) {
      if (this.#isAlive(dialog)) return
      this.#open.delete(id)
    }
  }

  #isAlive({ openedAt }: OpenDialog): boolean {
    return this.#time.now() - openedAt <= this.#time.real(lifetimeMs)
  }

  /** The open dialog that a submit names; null when it never was, is answered, or is too old. */
  find(id: string, customId: string, account: Account): OpenDialog | null {
    const dialog = this.#open.get(id)
    const fits = dialog?.customId === customId && dialog.click.account === account
    return fits && this.#isAlive(dialog) ? dialog : null
  }

  findToken(token: string): OpenDialog | null {
    const dialog = [...this.#open.values()].find((one) => one.token === token)
    return dialog && this.#isAlive(dialog) ? dialog : null
  }

  close({ id }: OpenDialog): void {
    this.#open.delete(id)
  }
}
