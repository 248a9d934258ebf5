import { sizeOf } from '../cdn/picture-shop.ts'
import { Random } from '../random.ts'
import { type Embed, flagLoading, type Message } from '../world/message.ts'
import type { BadNewsName } from './bad-news.ts'
import type { ClickInteraction, CommandInteraction } from './interaction.ts'
import type { QuickParts } from './quick-commands.ts'
import { button, keycaps, row } from './rows.ts'

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

type Shown = NonNullable<Embed['image']>

/**
 * /describe (protocol page §4.2): an empty LOADING message, then its edit to one embed with the picture, four prompts and the
 * PicReader buttons. The prompts follow from the picture's bytes, their `--ar` from its size.
 */
export function describePicture(parts: QuickParts, interaction: CommandInteraction): void {
  const { speaker, world, news } = parts
  const [file] = interaction.attachments
  const link = interaction.options.get('link')
  const answer = speaker.answer(interaction, { flags: flagLoading }, { nonce: true, event: 'waiting' })
  const random = new Random(`describe:${file ? file.bytes.toString('base64') : link}`)
  const found = file || link ? pictureOf(parts, interaction) : Promise.resolve('invalid-request' as const)
  world.time.after(random.between(2_500, 6_000), () => {
    void found.then((picture) => {
      if (typeof picture === 'string') return news.instead(answer, interaction, picture)
      const description = prompts(random, aspectOf(picture)).join('\n\n')
      const embeds = [{ type: 'rich' as const, description, image: picture }]
      speaker.edit(answer, { embeds, components: buttons(), flags: 0 }, 'final', false)
    })
  })
}

/** The picture as the answer shows it, or what is wrong with it. */
async function pictureOf(
  { shop }: QuickParts,
  interaction: CommandInteraction,
): Promise<Shown | BadNewsName> {
  const [file] = interaction.attachments
  if (file) {
    const size = await sizeOf(file.bytes)
    return size ? { ...(await shop.keep(interaction, file)), ...size } : 'invalid-link!'
  }
  const link = interaction.options.get('link') ?? ''
  const judged = /^https?:\/\/\S+$/.test(link) ? shop.judge(link) : 'gone'
  if (judged !== 'fine') return judged === 'gone' ? 'invalid-link' : 'invalid-link!'
  const size = (await shop.sizeBehind(link)) ?? { width: 1024, height: 1024 }
  return { url: link, proxy_url: link, ...size }
}

/** 🔄: four other prompts in the same message (§4.2). */
export function describeAgain({ speaker, world }: QuickParts, { message, id }: ClickInteraction): void {
  const [shown] = message.embeds
  if (!shown?.image) return
  const random = new Random(`describe again:${id}`)
  const description = prompts(random, aspectOf(shown.image)).join('\n\n')
  world.time.after(random.between(2_500, 6_000), () =>
    speaker.edit(message, { embeds: [{ ...shown, description }] }, 'final', false),
  )
}

function prompts(random: Random, aspect: string): string[] {
  return keycaps.slice(0, 4).map((keycap, n) => {
    const style = random.pick(manners)
    const phrase =
      n % 2 === 0 ? `[${style}](https://www.google.com/search?q=${encodeURIComponent(style)})` : style
    return `${keycap} ${random.pick(subjects)}, ${phrase}, ${random.pick(moods)} --ar ${aspect}`
  })
}

function aspectOf({ width, height }: Pick<Shown, 'width' | 'height'>): string {
  const common = (a: number, b: number): number => (b === 0 ? a : common(b, a % b))
  const by = common(width, height)
  // Only shapes that a prompt may ask for.
  const scale = Math.max(1, Math.ceil(Math.max(width, height) / by / 300))
  const side = (length: number) => Math.max(1, Math.round(length / by / scale))
  return `${side(width)}:${side(height)}`
}

function buttons(): Message['components'] {
  return [
    row(
      ...keycaps.slice(0, 4).map((keycap, n) => button(`MJ::Job::PicReader::${n + 1}`, { emoji: keycap })),
      button('MJ::Picread::Retry', { emoji: '🔄' }),
    ),
    row(button('MJ::Job::PicReader::all', { emoji: '🎉', label: 'Imagine all' })),
  ]
}
