import { Random } from '../random.ts'
import { flagLoading } from '../world/message.ts'
import type { BotParts } from './bot.ts'
import type { ClickInteraction, CommandInteraction } from './interaction.ts'
import { button, row } from './rows.ts'

const subjects = [
  'a quiet valley',
  'layered mountains',
  'a pale sun',
  'a lonely ridge',
  'rolling hills',
] as const
const manners = [
  'in the style of flat design',
  'soft pastel colours',
  'minimalist poster',
  'long shadows',
] as const
const moods = ['calm', 'dreamlike', 'crisp morning light', 'golden hour', 'deep blue dusk'] as const
const keycaps = ['1️⃣', '2️⃣', '3️⃣', '4️⃣'] as const

/**
 * /describe (protocol page §4.2): an empty LOADING message, then its edit to one embed with the picture, four prompts and the
 * PicReader buttons. The prompts follow from the picture's bytes.
 */
export function describePicture(parts: BotParts, interaction: CommandInteraction): void {
  const { speaker, world, shop } = parts
  const [file] = interaction.attachments
  const link = interaction.options.get('link')
  const answer = speaker.answer(interaction, { flags: flagLoading }, { nonce: true, event: 'waiting' })
  const random = new Random(`describe:${file ? file.bytes.toString('base64') : link}`)
  world.time.after(random.between(2_500, 6_000), () => {
    const pictured = file
      ? shop.keep(interaction, file)
      : Promise.resolve(link ? { url: link, proxy_url: link } : null)
    void pictured.then((picture) => {
      const image = picture ? { image: { ...picture, width: 1024, height: 1024 } } : {}
      const embed = { type: 'rich' as const, description: prompts(random).join('\n\n'), ...image }
      speaker.edit(answer, { embeds: [embed], components: buttons(), flags: 0 }, 'final', false)
    })
  })
}

/** 🔄: four other prompts in the same message (§4.2). */
export function describeAgain({ speaker, world }: BotParts, { message, id }: ClickInteraction): void {
  const [shown] = message.embeds
  if (!shown) return
  const random = new Random(`describe again:${id}`)
  world.time.after(random.between(2_500, 6_000), () => {
    const embed = { ...shown, description: prompts(random).join('\n\n') }
    speaker.edit(message, { embeds: [embed] }, 'final', false)
  })
}

/**
 * /shorten (§4.2): an empty LOADING message, then its edit to the words that count and shorter prompts, each with a button. How the
 * bot marks the words is a guess: the important ones are bold, the rest struck out.
 */
export function shortenPrompt({ speaker, world }: BotParts, interaction: CommandInteraction): void {
  const typed = interaction.options.get('prompt') ?? ''
  const words = (typed.split(' --')[0] ?? '').split(/\s+/).filter((word) => word !== '')
  const random = new Random(`shorten:${typed}`)
  const weighed = words.map((word) => ({ word, counts: word.length > 3 || random.chance(0.3) }))
  const answer = speaker.answer(interaction, { flags: flagLoading }, { nonce: true, event: 'waiting' })
  const kept = weighed.filter(({ counts }) => counts).map(({ word }) => word)
  const shorter = [...keycaps, '5️⃣'].map(
    (keycap, n) => `${keycap} ${kept.slice(0, Math.max(1, kept.length - n)).join(' ')}`,
  )
  const description = [
    '## Important tokens',
    weighed.map(({ word, counts }) => (counts ? `**${word}**` : `~~${word}~~`)).join(' '),
    '',
    '## Shortened prompts',
    shorter.join('\n\n'),
  ].join('\n')
  const footer = { text: 'Click on a button to imagine one of the shortened prompts' }
  world.time.after(1_500, () => {
    const embed = { type: 'rich' as const, title: 'Shorten', description, footer }
    speaker.edit(answer, { embeds: [embed], components: shortenButtons(), flags: 0 }, 'final', false)
  })
}

const shortenButtons = () => [
  row(
    ...[...keycaps, '5️⃣'].map((keycap, n) => button(`MJ::Job::PromptAnalyzer::${n + 1}`, { emoji: keycap })),
  ),
  row(button('MJ::Job::PromptAnalyzerExtended', 'Show Details')),
]

/** `Show Details`: the message says how much each word counts. */
export function shortenDetails({ speaker, world }: BotParts, { message }: ClickInteraction): void {
  const [shown] = message.embeds
  if (!shown) return
  const description = `${shown.description ?? ''}\n\n## Details\nEvery word was weighed.`
  world.time.after(700, () => speaker.edit(message, { embeds: [{ ...shown, description }] }, 'final', false))
}

function prompts(random: Random): string[] {
  return keycaps.map((keycap, n) => {
    const style = random.pick(manners)
    const phrase =
      n % 2 === 0 ? `[${style}](https://www.google.com/search?q=${encodeURIComponent(style)})` : style
    return `${keycap} ${random.pick(subjects)}, ${phrase}, ${random.pick(moods)} --ar 1:1`
  })
}

function buttons() {
  return [
    row(
      ...keycaps.map((keycap, n) => button(`MJ::Job::PicReader::${n + 1}`, { emoji: keycap })),
      button('MJ::Picread::Retry', { emoji: '🔄' }),
    ),
    row(button('MJ::Job::PicReader::all', { emoji: '🎉', label: 'Imagine all' })),
  ]
}
