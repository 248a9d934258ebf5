import type { BotMessage, Envelope } from './bot-message.ts'
import { type Embed, keycapPrompts } from './embeds.ts'

/** The answers to /describe and /shorten: an embed that lists prompts behind keycaps (protocol page §4.2). */
export function readList(envelope: Envelope, embed: Embed): BotMessage | null {
  const prompts = keycapPrompts(embed.description)
  if (prompts.length === 0) return null
  const has = (start: string) =>
    envelope.buttons.flat().some(({ customId }) => customId?.startsWith(start) === true)
  const { description: text } = embed

  const shortened = /Shortened prompts/i.exec(text)
  if (shortened || has('MJ::Job::PromptAnalyzer') || envelope.commandName === 'shorten') {
    const firstPrompt = text.search(/[1-9]\ufe0f?\u20e3/)
    const tokens = text.slice(0, shortened ? shortened.index : firstPrompt).replace(/[#*\s]+$/, '')
    return { ...envelope, type: 'shortened', prompts, tokens: tokens.trim(), text }
  }
  if (has('MJ::Job::PicReader') || embed.image !== null || envelope.commandName === 'describe') {
    const image = embed.image ?? { url: null, proxyUrl: null, width: null, height: null }
    return { ...envelope, type: 'described', prompts, text, image }
  }
  return null
}
