import { type Account, plainSettings } from '../world/account.ts'
import type { Row } from '../world/message.ts'
import type { ClickInteraction } from './interaction.ts'
import { changeMode } from './modes.ts'
import { button, row, toggle } from './rows.ts'

const versions = [
  ['Use the latest model (8.1)', ''],
  ['Midjourney Model V8.1', '8.1'],
  ['Midjourney Model V7', '7.0'],
  ['Midjourney Model V6.1', '6.1'],
  ['Midjourney Model V5.2', '5.2'],
  ['Niji Model V6', 'niji 6'],
] as const
const stylizes = [
  ['Stylize low', 50],
  ['Stylize med', 100],
  ['Stylize high', 250],
  ['Stylize very high', 750],
] as const

/** /settings as it stands (protocol page §6.2); ids that the page does not give are made up after the ones that it does. */
export function settingsRows({ mode, remix, stealth, settings }: Account): Row[] {
  const { version, raw, stylize, highVariation, personalization, stickyStyle } = settings
  return [
    row({
      type: 3,
      custom_id: 'MJ::Settings::VersionSelector',
      min_values: 1,
      max_values: 1,
      options: versions.map(([label, value]) => ({
        label,
        value: value || 'latest',
        default: (version ?? '') === value,
      })),
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
  account: Account,
  { customId, values }: Pick<ClickInteraction, 'customId' | 'values'>,
): void {
  const { settings } = account
  const [name = '', detail = ''] = customId.replace('MJ::Settings::', '').split('::')
  switch (name) {
    case 'VersionSelector':
      settings.version = values[0] === 'latest' ? null : (values[0] ?? null)
      return
    case 'Style':
      settings.raw = !settings.raw
      return
    case 'Stylization':
      settings.stylize = Number(detail)
      return
    case 'Personalization':
      settings.personalization = !settings.personalization
      return
    case 'StickyStyle':
      settings.stickyStyle = !settings.stickyStyle
      return
    case 'HighVariabilityMode':
      settings.highVariation = detail === '1'
      return
    case 'RemixMode':
      account.remix = !account.remix
      return
    case 'PublicMode':
      changeMode(account, account.stealth ? 'public' : 'stealth')
      return
    case 'TurboMode':
    case 'FastMode':
    case 'RelaxMode':
      changeMode(account, name.replace('Mode', '').toLowerCase())
      return
    case 'Reset':
      Object.assign(account, { remix: false, mode: 'fast', stealth: false, suffix: '' })
      Object.assign(settings, plainSettings())
  }
}
