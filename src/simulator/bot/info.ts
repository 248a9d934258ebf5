import { plans } from '../world/account.ts'
import type { Embed } from '../world/message.ts'
import type { CommandInteraction } from './interaction.ts'

/** What an account's jobs do just now. */
export interface Usage {
  /** Of the jobs that hold a slot. */
  running: readonly string[]
  queuedFast: number
  queuedRelax: number
}

const modes = { fast: 'Fast', relax: 'Relaxed', turbo: 'Turbo' }

/** /info (protocol page §6.1): keys padded to one column. */
export function infoEmbed({ account, bot }: CommandInteraction, usage: Usage): Embed {
  const lines = linesOf(account, account.preferences[bot], usage)
  const description = lines
    .map((line) => (line === null ? '' : `${`**${line[0]}**:`.padEnd(30)}${line[1]}`))
    .join('\n')
  return { type: 'rich', title: `Your info - ${account.username}`, description, color: 65_280 }
}

type Line = readonly [key: string, value: string | number] | null

function linesOf(
  { plan, userId, usage, fastHours, subscription }: CommandInteraction['account'],
  { mode, stealth }: CommandInteraction['account']['preferences']['niji'],
  { running, queuedFast, queuedRelax }: Usage,
): Line[] {
  const { label, fastHours: quota, relax } = plans[plan]
  const renews = `<t:${Math.floor(Date.now() / 1000) + 14 * 86_400}>`
  const states = {
    monthly: `${label} (Active monthly, renews next on ${renews})`,
    yearly: `${label} (Active yearly, renews next on ${renews})`,
    cancelled: `${label} (cancelled, ends on ${renews})`,
    paused: `${label} (Paused)`,
    inactive: `${label} (Inactive)`,
  }
  const images = (count: number, hours: number) => `${count} images (${hours.toFixed(2)} hours)`
  return [
    ['User ID', userId],
    ['Subscription', states[subscription]],
    ['Job Mode', modes[mode]],
    ['Visibility Mode', stealth ? 'Stealth' : 'Public'],
    [
      'Fast Time Remaining',
      `${fastHours.toFixed(2)}/${quota.toFixed(1)} hours (${((fastHours / quota) * 100).toFixed(2)}%)`,
    ],
    ['Lifetime Usage', images(usage.images, usage.hours)],
    ...(relax > 0 ? [['Relaxed Usage', images(usage.relaxed, usage.relaxedHours)] as const] : []),
    null,
    ['Queued Jobs (fast)', queuedFast],
    ['Queued Jobs (relax)', queuedRelax],
    ['Running Jobs', running.length === 0 ? 'None' : running.map((uuid) => `\n- ${uuid}`).join('')],
  ]
}
