import type { Mode } from '../options.ts'

/** What one account has chosen with one bot, by commands and by /settings (protocol page §6.2); the subscription is shared. */
export interface Preferences {
  mode: Mode
  remix: boolean
  stealth: boolean
  /** Appended to every prompt by /prefer suffix. */
  suffix: string
  /** As the version menu has it: `latest`, `7.0`, `niji 6`. */
  version: string
  raw: boolean
  stylize: number
  highVariation: boolean
  personalization: boolean
  stickyStyle: boolean
  /** The last `--style` or `--raw` that was typed, for Sticky Style. */
  lastStyle: string
  /** Results are sent as direct messages as well: /prefer auto_dm. */
  autoDm: boolean
  /** What `--name` stands for: /prefer option set. */
  options: Map<string, string>
}

export const plainPreferences = (): Preferences => ({
  mode: 'fast',
  remix: false,
  stealth: false,
  suffix: '',
  version: 'latest',
  raw: false,
  stylize: 100,
  highVariation: true,
  personalization: false,
  stickyStyle: false,
  lastStyle: '',
  autoDm: false,
  options: new Map(),
})
