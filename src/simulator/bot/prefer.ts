import type { Preferences } from '../world/preferences.ts'

/** /prefer (protocol page §3.1) with the texts of its answers: but for remix (§4.2) all ours. */
export function prefer(chosen: Preferences, given: ReadonlyMap<string, string>): string {
  if (given.has('option')) return preferOption(chosen, given)
  if (given.has('suffix')) {
    chosen.suffix = given.get('new_value') ?? ''
    return chosen.suffix === '' ? 'Done! Suffix removed.' : `Done! Suffix set to \`${chosen.suffix}\`.`
  }
  if (given.has('remix')) {
    chosen.remix = !chosen.remix
    return chosen.remix
      ? 'Remix mode turned on! Click a variation button to change its prompt.'
      : 'Remix mode turned off! Variations keep their prompt.'
  }
  if (given.has('variability')) {
    chosen.highVariation = !chosen.highVariation
    return `Done! ${chosen.highVariation ? 'High' : 'Low'} Variation Mode is on.`
  }
  if (!given.has('auto_dm')) return 'Done!'
  chosen.autoDm = !chosen.autoDm
  return `Done! Results ${chosen.autoDm ? 'will' : 'will not'} be sent to you as direct messages.`
}

/** Names stand for parameters: `/prefer option set mine --ar 3:2`, then `a fox --mine`. */
function preferOption({ options }: Preferences, given: ReadonlyMap<string, string>): string {
  if (!given.has('set')) {
    const lines = [...options].map(([name, value]) => `\`--${name}\`: \`${value}\``)
    return lines.length === 0 ? 'You have no custom options.' : `Your custom options:\n${lines.join('\n')}`
  }
  const name = (given.get('option') ?? '').replace(/^-+/, '').toLowerCase()
  const value = given.get('value') ?? ''
  if (value === '') options.delete(name)
  else options.set(name, value)
  return value === '' ? `Done! Option \`--${name}\` removed.` : `Done! \`--${name}\` stands for \`${value}\`.`
}
