import type { Account } from '../world/account.ts'
import { flagEphemeral, flagLoading, type Message } from '../world/message.ts'
import { readBookmark } from './actions.ts'
import type { BotParts } from './bot.ts'
import { describeAgain, describePicture } from './describe.ts'
import { infoEmbed, type Usage } from './info.ts'
import type { ClickInteraction, CommandInteraction, Interaction } from './interaction.ts'
import { changeMode } from './modes.ts'
import type { NewsDesk } from './news-desk.ts'
import { prefer } from './prefer.ts'
import { pressSetting, settingsRows } from './settings.ts'
import { shortenDetails, shortenPrompt } from './shorten.ts'
import { showJob } from './show.ts'
import type { AnswerOptions, Saying } from './speaker.ts'

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
  'DM Results',
  'userid',
]

/** Commands that only say something; all of it is ours. */
const said: Record<string, string> = {
  ask: 'Look at docs.midjourney.com.',
  help: 'Look at docs.midjourney.com.',
  subscribe: 'Open your personal link to the subscription page: https://www.midjourney.com/account',
  invite: 'Invite the bot: https://discord.com/oauth2/authorize?client_id=936929561302675456',
  feedback: 'Thank you.',
  tune: 'Style tuners are retired.',
  list_tuners: 'You have no tuners.',
  list_personalize_codes: 'You have no personalization codes.',
}

const again = /^MJ::Picread::Retry/
const details = 'MJ::Job::PromptAnalyzerExtended'

export interface QuickParts extends BotParts {
  news: NewsDesk
  usage(account: Account): Usage
}

/** Commands and buttons that answer at once and draw nothing (protocol page §4.2, §6). */
export class QuickCommands {
  #parts: QuickParts

  constructor(parts: QuickParts) {
    this.#parts = parts
  }

  knows(name: string): boolean {
    return commands.includes(name) || Object.hasOwn(said, name)
  }

  knowsButton(customId: string): boolean {
    return customId.startsWith('MJ::Settings::') || again.test(customId) || customId === details
  }

  run(interaction: CommandInteraction): void {
    const { account, bot, name } = interaction
    const chosen = account.preferences[bot]
    if (name === 'describe') describePicture(this.#parts, interaction)
    else if (name === 'shorten') shortenPrompt(this.#parts, interaction)
    else if (name === 'show') showJob(this.#parts, interaction)
    else if (name === 'userid') this.#answer(interaction, { content: account.userId })
    else if (Object.hasOwn(said, name)) this.#answer(interaction, { content: said[name] ?? '' })
    else if (name === 'info')
      this.#answerLate(interaction, { embeds: [infoEmbed(interaction, this.#parts.usage(account))] })
    else if (name === 'settings') this.#answerLate(interaction, { components: settingsRows(bot, chosen) })
    else if (name === 'prefer') this.#answer(interaction, { content: prefer(chosen, interaction.options) })
    else this.#answer(interaction, { content: changeMode(account.plan, chosen, name) })
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

  press(interaction: ClickInteraction): void {
    const { account, bot, customId, message } = interaction
    const { speaker } = this.#parts
    if (readBookmark(customId)) {
      const { id, channel_id } = message
      const place = `https://discord.com/channels/${interaction.channel.guildId ?? '@me'}/${channel_id}/${id}`
      speaker.answer(
        interaction,
        { content: `You have successfully rated [this job](${place}) with 😍`, reply: message },
        { nonce: account.readings.buttonNonce, event: 'waiting' },
      )
      return
    }
    if (again.test(customId)) return describeAgain(this.#parts, interaction)
    if (customId === details) return shortenDetails(this.#parts, interaction)
    const chosen = account.preferences[bot]
    pressSetting(account.plan, chosen, interaction)
    speaker.edit(message, { components: settingsRows(bot, chosen) }, 'final', false)
  }
}
