import type { Button, Mode } from './bot-message.ts'
import type { SelectMenu } from './components.ts'

/** A switch of /settings, pressed by its custom_id. */
export interface SettingsSwitch {
  /** Our word for it; null for one that we do not know. */
  key: SettingsKey | null
  label: string
  customId: string
  on: boolean
}

export type SettingsKey =
  | 'raw'
  | 'stylize-low'
  | 'stylize-medium'
  | 'stylize-high'
  | 'stylize-very-high'
  | 'personalization'
  | 'public'
  | 'remix'
  | 'high-variation'
  | 'low-variation'
  | 'sticky-style'
  | 'turbo'
  | 'fast'
  | 'relax'
  | 'reset'

/** The answer to /settings (protocol page §6.2). null = the message does not show it. */
export interface BotSettings {
  version: { customId: string; selected: string | null; options: { label: string; value: string }[] } | null
  switches: SettingsSwitch[]
  remix: boolean | null
  raw: boolean | null
  public: boolean | null
  highVariation: boolean | null
  mode: Mode | null
}

/** By custom_id where the protocol page gives one, else by label. */
const keys: { customId?: RegExp; label?: RegExp; key: SettingsKey }[] = [
  { customId: /^MJ::Settings::Style::raw$/i, key: 'raw' },
  { customId: /^MJ::Settings::RemixMode$/i, key: 'remix' },
  { customId: /^MJ::Settings::HighVariabilityMode::1$/i, key: 'high-variation' },
  { customId: /^MJ::Settings::HighVariabilityMode::0$/i, key: 'low-variation' },
  { customId: /^MJ::Settings::Reset$/i, key: 'reset' },
  { label: /\braw\b/i, key: 'raw' },
  { label: /\bremix\b/i, key: 'remix' },
  { label: /\bhigh variation\b/i, key: 'high-variation' },
  { label: /\blow variation\b/i, key: 'low-variation' },
  { label: /\bstylize low\b/i, key: 'stylize-low' },
  { label: /\bstylize med/i, key: 'stylize-medium' },
  { label: /\bstylize very high\b/i, key: 'stylize-very-high' },
  { label: /\bstylize high\b/i, key: 'stylize-high' },
  { label: /\bpersonali[sz]ation\b/i, key: 'personalization' },
  { label: /\bpublic\b/i, key: 'public' },
  { label: /\bsticky style\b/i, key: 'sticky-style' },
  { label: /\bturbo\b/i, key: 'turbo' },
  { label: /\bfast\b/i, key: 'fast' },
  { label: /\brelax\b/i, key: 'relax' },
]

/** The style of a switch that is on. */
const onStyle = 3

/** null when nothing on the message is a setting. */
export function parseSettings(rows: readonly Button[][], menus: readonly SelectMenu[]): BotSettings | null {
  const switches = rows.flat().flatMap((button) => readSwitch(button) ?? [])
  const menu = menus.find(({ customId }) => customId.startsWith('MJ::Settings::'))
  if (switches.length === 0 && !menu) return null
  const state = (key: SettingsKey) => switches.find((one) => one.key === key)?.on ?? null
  return {
    version: menu
      ? {
          customId: menu.customId,
          selected: menu.options.find(({ selected }) => selected)?.value ?? null,
          options: menu.options.map(({ label, value }) => ({ label, value })),
        }
      : null,
    switches,
    remix: state('remix'),
    raw: state('raw'),
    public: state('public'),
    highVariation: state('high-variation'),
    mode: (['turbo', 'fast', 'relax'] as const).find((mode) => state(mode)) ?? null,
  }
}

function readSwitch({ customId, label, style }: Button): SettingsSwitch | null {
  if (!customId?.startsWith('MJ::Settings::')) return null
  const row = keys.find((one) => one.customId?.test(customId) || one.label?.test(label))
  return { key: row?.key ?? null, label, customId, on: style === onStyle }
}
