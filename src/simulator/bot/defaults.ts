import type { Account } from '../world/account.ts'
import type { CommandInteraction } from './interaction.ts'

/** What /settings appends to an account's prompts (protocol page §4.6, §6.2). */
export function accountDefaults({ settings }: Account, given: string): string {
  const version = settings.version === null ? given : given.replace(/--v \S+/, `--v ${settings.version}`)
  return [version, settings.stylize === 100 ? '' : `--s ${settings.stylize}`, settings.raw ? '--raw' : '']
    .filter((piece) => piece !== '')
    .join(' ')
}

/** The prompt of a blend: an address for each picture, and its shape. */
export function blendPrompt({ attachments, options, id }: CommandInteraction): string {
  const links = attachments.map(
    ({ filename }, n) => `https://cdn.discordapp.com/ephemeral-attachments/${id}/${n}/${filename}`,
  )
  return [...links, options.get('dimensions') ?? ''].join(' ').trim()
}
