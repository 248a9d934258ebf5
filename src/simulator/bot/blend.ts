import { sizeOf } from '../cdn/picture-shop.ts'
import type { BadNewsName } from './bad-news.ts'
import type { CommandInteraction } from './interaction.ts'

/** What is wrong with the pictures of a /blend: refused at once when one is no picture; told later when two are the same (§5). */
export async function judgePictures({
  attachments,
}: CommandInteraction): Promise<{ refusal: BadNewsName | null; doom: BadNewsName | null }> {
  const sizes = await Promise.all(attachments.map(({ bytes }) => sizeOf(bytes)))
  const distinct = new Set(attachments.map(({ bytes }) => bytes.toString('base64')))
  return {
    refusal: sizes.includes(null) ? 'invalid-link!' : null,
    doom: distinct.size < attachments.length ? 'duplicate-images' : null,
  }
}

/** The prompt of a blend: an address for each picture, and its shape. */
export function blendPrompt({ attachments, options, id }: CommandInteraction): string {
  const links = attachments.map(
    ({ filename }, n) => `https://cdn.discordapp.com/ephemeral-attachments/${id}/${n}/${filename}`,
  )
  return [...links, options.get('dimensions') ?? ''].join(' ').trim()
}
