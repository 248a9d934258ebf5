import { type Account, plans } from '../world/account.ts'
import { flagEphemeral, flagLoading, type Message } from '../world/message.ts'
import { readBookmark } from './actions.ts'
import type { BotParts } from './bot.ts'
import { describeAgain, describePicture, shortenDetails, shortenPrompt } from './describe.ts'
import type { ClickInteraction, CommandInteraction, Interaction } from './interaction.ts'
import { changeMode } from './modes.ts'
import { pressSetting, settingsRows } from './settings.ts'
import { showJob } from './show.ts'
import type { AnswerOptions, Saying } from './speaker.ts'

interface Usage {
  running: number
  queuedFast: number
  queuedRelax: number
}

const answerOptions: AnswerOptions = { nonce: true, event: 'waiting' }
const commands = [
  'info',
  'settings',
  'fast',
  'relax',
  'turbo',
  'public',
  'stealth',
  'prefer',
  'describe',
  'shorten',
  'show',
  'Cancel Job',
  'ask',
  'help',
  'userid',
]

const again = /^MJ::Picread::Retry/
const details = 'MJ::Job::PromptAnalyzerExtended'

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
    return customId.startsWith('MJ::Settings::') || again.test(customId) || customId === details
  }

  run(interaction: CommandInteraction): void {
    const { account, name } = interaction
    if (name === 'describe') describePicture(this.#parts, interaction)
    else if (name === 'shorten') shortenPrompt(this.#parts, interaction)
    else if (name === 'show') showJob(this.#parts, interaction)
    else if (name === 'ask' || name === 'help')
      this.#answer(interaction, { content: 'Look at docs.midjourney.com.' })
    else if (name === 'userid') this.#answer(interaction, { content: account.userId })
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
    if (again.test(customId)) return describeAgain(this.#parts, interaction)
    if (customId === details) return shortenDetails(this.#parts, interaction)
    pressSetting(account, interaction)
    speaker.edit(message, { components: settingsRows(account) }, 'final', false)
  }
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
