import { Random } from '../random.ts'
import type { Account } from '../world/account.ts'
import type { Preferences } from '../world/preferences.ts'

/** What /settings appends to an account's prompts (protocol page §4.6, §6.2). */
export function accountDefaults({ userId }: Account, chosen: Preferences, given: string): string {
  const { version, stylize, raw, personalization, stickyStyle, lastStyle } = chosen
  return [
    version === 'latest' ? given : given.replace(/--v \S+/, parameterOf(version)),
    stylize === 100 ? '' : `--s ${stylize}`,
    raw ? '--raw' : stickyStyle ? lastStyle : '',
    personalization ? `--profile ${new Random(`profile:${userId}`).hex(7)}` : '',
  ]
    .filter((piece) => piece !== '')
    .join(' ')
}

const parameterOf = (version: string): string =>
  version.startsWith('niji') ? `--${version}` : `--v ${version}`

/** What Sticky Style would repeat. */
export const styleIn = (prompt: string): string =>
  / --(?:raw|style \S+)(?= |$)/.exec(prompt)?.[0].trim() ?? ''
