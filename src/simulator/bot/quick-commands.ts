import { type Account, plans } from '../world/account.ts'
import { flagEphemeral, flagLoading, type Message, type Row } from '../world/message.ts'
import { readBookmark } from './actions.ts'
import type { BotParts } from './bot.ts'
import { describePicture } from './describe.ts'
import type { ClickInteraction, CommandInteraction, Interaction } from './interaction.ts'
import { button, row, toggle } from './rows.ts'
import type { AnswerOptions, Saying } from './speaker.ts'

interface Usage {
  running: number
  queuedFast: number
  queuedRelax: number
}

const answerOptions: AnswerOptions = { nonce: true, event: 'waiting' }
const commands = ['info', 'settings', 'fast', 'relax', 'turbo', 'public', 'stealth', 'prefer', 'describe']

/** Commands and buttons that answer at once and draw nothing (protocol page §4.2, §6). */
export class QuickCommands {
  #parts: BotParts
  #usage: (account: Account) => Usage

  constructor(parts: BotParts, usage: (account: Account) => Usage) {
    this.#parts = parts
    this.#usage = usage
  }

  knows(name: string): boolean {
    return commands.includes(name)
  }

  knowsButton(customId: string): boolean {
    return customId.startsWith('MJ::Settings::')
  }

  run(interaction: CommandInteraction): void {
    const { account, name } = interaction
    if (name === 'describe') describePicture(this.#parts, interaction)
    else if (name === 'info') this.#answerLate(interaction, { embeds: [this.#info(account)] })
    else if (name === 'settings') this.#answerLate(interaction, { components: settingsRows(account) })
    else if (name === 'prefer') this.#answer(interaction, { content: this.#prefer(interaction) })
    else this.#answer(interaction, { content: changeMode(account, name) })
  }

  /** Whole at once, ephemeral in a guild; a direct message has no need to hide. */
  #answer(interaction: Interaction, saying: Saying): Message {
    const flags = interaction.channel.guildId === null ? 0 : flagEphemeral
    return this.#parts.speaker.answer(interaction, { ...saying, flags }, answerOptions)
  }

  /** First an empty LOADING message, then its edit. */
  #answerLate(interaction: Interaction, saying: Saying): void {
    const { speaker, world } = this.#parts
    const flags = interaction.channel.guildId === null ? 0 : flagEphemeral
    const message = speaker.answer(interaction, { flags: flags | flagLoading }, answerOptions)
    world.time.after(600, () => speaker.edit(message, { ...saying, flags }, 'final', false))
  }

  #info(account: Account) {
    const usage = this.#usage(account)
    return {
      type: 'rich' as const,
      title: `Your info - ${account.username}`,
      description: infoText(account, usage),
      color: 65_280,
    }
  }

  #prefer({ account, options }: CommandInteraction): string {
    if (options.has('remix')) {
      account.remix = !account.remix
      return account.remix
        ? 'Remix mode turned on! Click a variation button to change its prompt.'
        : 'Remix mode turned off! Variations keep their prompt.'
    }
    if (!options.has('suffix')) return 'Done!'
    account.suffix = options.get('new_value') ?? ''
    return account.suffix === '' ? 'Done! Suffix removed.' : `Done! Suffix set to \`${account.suffix}\`.`
  }

  press(interaction: ClickInteraction): void {
    const { account, customId, message } = interaction
    const { speaker } = this.#parts
    if (readBookmark(customId)) {
      const { id, channel_id } = message
      const place = `https://discord.com/channels/${interaction.channel.guildId ?? '@me'}/${channel_id}/${id}`
      speaker.answer(
        interaction,
        { content: `You have successfully rated [this job](${place}) with 😍`, reply: message },
        { nonce: this.#parts.world.settings.buttonNonce, event: 'waiting' },
      )
      return
    }
    pressSetting(account, customId)
    speaker.edit(message, { components: settingsRows(account) }, 'final', false)
  }
}

/** Texts begin with `Done!`; the rest of the sentence is ours (§4.2 knows only the beginning). */
function changeMode(account: Account, name: string): string {
  const plan = plans[account.plan]
  if (name === 'fast' || name === 'turbo') {
    account.mode = name
    return `Done! Your jobs now run in ${name} mode.`
  }
  if (name === 'relax') {
    if (plan.relax === 0) return 'Relax mode is not part of your plan.'
    account.mode = 'relax'
    return 'Done! Your jobs now run in relax mode and do not use fast hours.'
  }
  if (name === 'stealth' && !plan.stealth) return 'Stealth mode is not part of your plan.'
  account.stealth = name === 'stealth'
  return `Done! Your jobs are now ${account.stealth ? 'private' : 'public'}.`
}

function infoText(account: Account, { running, queuedFast, queuedRelax }: Usage): string {
  const plan = plans[account.plan]
  const { usage, fastHours } = account
  const renews = Math.floor(Date.now() / 1000) + 14 * 86_400
  const percent = ((fastHours / plan.fastHours) * 100).toFixed(2)
  const modes = { fast: 'Fast', relax: 'Relaxed', turbo: 'Turbo' }
  return [
    `**User ID**:                  ${account.userId}`,
    `**Subscription**:             ${plan.label} (Active monthly, renews next on <t:${renews}>)`,
    `**Job Mode**:                 ${modes[account.mode]}`,
    `**Visibility Mode**:          ${account.stealth ? 'Stealth' : 'Public'}`,
    `**Fast Time Remaining**:      ${fastHours.toFixed(2)}/${plan.fastHours.toFixed(1)} hours (${percent}%)`,
    `**Lifetime Usage**:           ${usage.images} images (${usage.hours.toFixed(2)} hours)`,
    `**Relaxed Usage**:            ${usage.relaxed} images (${usage.relaxedHours.toFixed(2)} hours)`,
    '',
    `**Queued Jobs (fast)**:       ${queuedFast}`,
    `**Queued Jobs (relax)**:      ${queuedRelax}`,
    `**Running Jobs**:             ${running === 0 ? 'None' : running}`,
  ].join('\n')
}

/** The part of /settings that the simulator keeps (§6.2): remix, visibility, mode, reset. */
function settingsRows(account: Account): Row[] {
  const { mode } = account
  return [
    row({
      type: 3,
      custom_id: 'MJ::Settings::VersionSelector',
      min_values: 1,
      max_values: 1,
      options: [{ label: 'Use the latest model (7)', value: '7', default: true }],
    }),
    row(
      toggle('MJ::Settings::PublicMode', { emoji: '🧑‍🎨', label: 'Public mode' }, !account.stealth),
      toggle('MJ::Settings::RemixMode', { emoji: '🎛️', label: 'Remix mode' }, account.remix),
    ),
    row(
      toggle('MJ::Settings::TurboMode', { emoji: '🚀', label: 'Turbo mode' }, mode === 'turbo'),
      toggle('MJ::Settings::FastMode', { emoji: '⚡', label: 'Fast mode' }, mode === 'fast'),
      toggle('MJ::Settings::RelaxMode', { emoji: '🐢', label: 'Relax mode' }, mode === 'relax'),
      button('MJ::Settings::Reset', 'Reset Settings'),
    ),
  ]
}

function pressSetting(account: Account, customId: string): void {
  const name = customId.replace('MJ::Settings::', '')
  if (name === 'RemixMode') account.remix = !account.remix
  else if (name === 'PublicMode') changeMode(account, account.stealth ? 'public' : 'stealth')
  else if (name === 'TurboMode' || name === 'FastMode' || name === 'RelaxMode') {
    changeMode(account, name.replace('Mode', '').toLowerCase())
  } else if (name === 'Reset')
    Object.assign(account, { remix: false, mode: 'fast', stealth: false, suffix: '' })
}
