import { Random } from '../random.ts'
import { flagLoading, type Message } from '../world/message.ts'
import type { ClickInteraction, CommandInteraction } from './interaction.ts'
import { readPrompt } from './prompt.ts'
import type { QuickParts } from './quick-commands.ts'
import { button, keycaps, row } from './rows.ts'

interface Token {
  word: string
  /** From 0 to 1. */
  weight: number
}

const heavy = 0.3
const footer = { text: 'Click on a button to imagine one of the shortened prompts' }

/**
 * /shorten (protocol page §4.2): an empty LOADING message, then its edit to the words that count and shorter prompts, each with a
 * button. How the bot marks the words is a guess: the important ones are bold, the rest struck out.
 */
export function shortenPrompt({ speaker, world, news }: QuickParts, interaction: CommandInteraction): void {
  const { account, bot, options } = interaction
  const { era } = account.readings
  const { bannedWords } = world.settings
  const typed = options.get('prompt') ?? ''
  const verdict = readPrompt(typed, { bot, era, defaults: '', suffix: '', bannedWords })
  const answer = speaker.answer(interaction, { flags: flagLoading }, { nonce: true, event: 'waiting' })
  world.time.after(1_500, () => {
    if (!verdict.ok) return news.instead(answer, interaction, verdict.news, { detail: verdict.detail })
    const tokens = weigh(verdict.prompt)
    const description = [
      '## Important tokens',
      tokens.map(({ word, weight }) => (weight >= heavy ? `**${word}**` : `~~${word}~~`)).join(' '),
      '',
      '## Shortened prompts',
      shorter(tokens).join('\n\n'),
    ].join('\n')
    const embeds = [{ type: 'rich' as const, title: 'Shorten', description, footer }]
    speaker.edit(answer, { embeds, components: buttons(true), flags: 0 }, 'final', false)
  })
}

/** The same prompt gives the same weights; a word counts by itself, so that Show Details need not know the rest. */
function weigh(prompt: string): Token[] {
  const words = (prompt.split(' --')[0] ?? '').split(' ')
  return words.map((word) => ({ word, weight: weightOf(word) }))
}

function weightOf(word: string): number {
  const random = new Random(`shorten:${word}`)
  return word.length > 3 ? random.between(heavy, 1) : random.between(0, heavy * 1.2)
}

/** Five prompts, each with fewer words, in their order. */
function shorter(tokens: readonly Token[]): string[] {
  const byWeight = tokens.toSorted((a, b) => b.weight - a.weight)
  return keycaps.map((keycap, n) => {
    const kept = new Set(byWeight.slice(0, Math.max(1, Math.ceil(tokens.length * (0.9 - n * 0.18)))))
    const words = tokens.filter((token) => kept.has(token)).map(({ word }) => word)
    return `${keycap} ${words.join(' ')}`
  })
}

function buttons(details: boolean): Message['components'] {
  return [
    row(...keycaps.map((keycap, n) => button(`MJ::Job::PromptAnalyzer::${n + 1}`, { emoji: keycap }))),
    ...(details ? [row(button('MJ::Job::PromptAnalyzerExtended', 'Show Details'))] : []),
  ]
}

/** `Show Details`: the message says how much each word counts, and has that button no more. */
export function shortenDetails({ speaker, world }: QuickParts, { message }: ClickInteraction): void {
  const [shown] = message.embeds
  const marked = /\n(.*)\n\n## Shortened/.exec(shown?.description ?? '')?.[1] ?? ''
  const words = marked.split(' ').map((token) => token.replace(/^(?:\*\*|~~)|(?:\*\*|~~)$/g, ''))
  const weights = words.map((word) => `${word} (${weightOf(word).toFixed(2)})`).join(', ')
  const description = `${shown?.description ?? ''}\n\n## Details\n${weights}`
  world.time.after(700, () =>
    speaker.edit(
      message,
      { embeds: [{ ...shown, type: 'rich', description }], components: buttons(false) },
      'final',
      false,
    ),
  )
}
