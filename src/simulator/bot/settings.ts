import type { BotName, Plan } from '../options.ts'
import type { Row } from '../world/message.ts'
import { type Preferences, plainPreferences } from '../world/preferences.ts'
import type { ClickInteraction } from './interaction.ts'
import { changeMode } from './modes.ts'
import { button, row, toggle } from './rows.ts'

const midjourneyVersions = [
  ['Use the latest model (8.1)', 'latest'],
  ['Midjourney Model V8.1', '8.1'],
  ['Midjourney Model V7', '7.0'],
  ['Midjourney Model V6.1', '6.1'],
  ['Midjourney Model V5.2', '5.2'],
  ['Niji Model V6', 'niji 6'],
] as const
const nijiVersions = [
  ['Use the latest model (6)', 'latest'],
  ['Niji Model V6', 'niji 6'],
  ['Niji Model V5', 'niji 5'],
] as const
const stylizes = [
  ['Stylize low', 50],
  ['Stylize med', 100],
  ['Stylize high', 250],
  ['Stylize very high', 750],
] as const

/** /settings as it stands (protocol page §6.2); ids that the page does not give are made up after the ones that it does. */
export function settingsRows(bot: BotName, chosen: Preferences): Row[] {
  const versions = bot === 'niji' ? nijiVersions : midjourneyVersions
  const { mode, remix, stealth, version, raw, stylize, highVariation, personalization, stickyStyle } = chosen
  return [
    row({
      type: 3,
      custom_id: 'MJ::Settings::VersionSelector',
      min_values: 1,
      max_values: 1,
      options: versions.map(([label, value]) => ({ label, value, default: version === value })),
    }),
    row(
      toggle('MJ::Settings::Style::raw', { emoji: '🔧', label: 'RAW Mode' }, raw),
      ...stylizes.map(([label, value]) =>
        toggle(`MJ::Settings::Stylization::${value}`, { emoji: '🖌️', label }, stylize === value),
      ),
    ),
    row(
      toggle('MJ::Settings::Personalization', { emoji: '👤', label: 'Personalization' }, personalization),
      toggle('MJ::Settings::PublicMode', { emoji: '🧑‍🎨', label: 'Public mode' }, !stealth),
      toggle('MJ::Settings::RemixMode', { emoji: '🎛️', label: 'Remix mode' }, remix),
      toggle(
        'MJ::Settings::HighVariabilityMode::1',
        { emoji: '🎨', label: 'High Variation Mode' },
        highVariation,
      ),
      toggle(
        'MJ::Settings::HighVariabilityMode::0',
        { emoji: '🎨', label: 'Low Variation Mode' },
        !highVariation,
      ),
    ),
    row(
      toggle('MJ::Settings::StickyStyle', { emoji: '📌', label: 'Sticky Style' }, stickyStyle),
      toggle('MJ::Settings::TurboMode', { emoji: '🚀', label: 'Turbo mode' }, mode === 'turbo'),
      toggle('MJ::Settings::FastMode', { emoji: '⚡', label: 'Fast mode' }, mode === 'fast'),
      toggle('MJ::Settings::RelaxMode', { emoji: '🐢', label: 'Relax mode' }, mode === 'relax'),
      button('MJ::Settings::Reset', 'Reset Settings'),
    ),
  ]
}

/** Presses a switch, or chooses from the menu. */
export function pressSetting(
  plan: Plan,
  chosen: Preferences,
  { customId, values }: Pick<ClickInteraction, 'customId' | 'values'>,
): void {
  const [name = '', detail = ''] = customId.replace('MJ::Settings::', '').split('::')
  switch (name) {
    case 'VersionSelector':
      chosen.version = values[0] ?? 'latest'
      return
    case 'Style':
      chosen.raw = !chosen.raw
      return
    case 'Stylization':
      chosen.stylize = Number(detail)
      return
    case 'Personalization':
      chosen.personalization = !chosen.personalization
      return
    case 'StickyStyle':
      chosen.stickyStyle = !chosen.stickyStyle
      return
    case 'HighVariabilityMode':
      chosen.highVariation = detail === '1'
      return
    case 'RemixMode':
      chosen.remix = !chosen.remix
      return
    case 'PublicMode':
      changeMode(plan, chosen, chosen.stealth ? 'public' : 'stealth')
      return
    case 'TurboMode':
    case 'FastMode':
    case 'RelaxMode':
      changeMode(plan, chosen, name.replace('Mode', '').toLowerCase())
      return
    case 'Reset':
      Object.assign(chosen, plainPreferences())
  }
}
