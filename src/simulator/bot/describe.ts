import { Random } from '../random.ts'
import { flagLoading } from '../world/message.ts'
import type { BotParts } from './bot.ts'
import type { CommandInteraction } from './interaction.ts'
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
