import type { Plan } from '../options.ts'
import { plans } from '../world/account.ts'
import type { Preferences } from '../world/preferences.ts'

/** Texts begin with `Done!`; the rest of the sentence is ours (§4.2 knows only the beginning). */
export function changeMode(plan: Plan, chosen: Preferences, name: string): string {
  const allowed = plans[plan]
  if (name === 'fast' || name === 'turbo') {
    chosen.mode = name
    return `Done! Your jobs now run in ${name} mode.`
  }
  if (name === 'relax') {
    if (allowed.relax === 0) return 'Relax mode is not part of your plan.'
    chosen.mode = 'relax'
    return 'Done! Your jobs now run in relax mode and do not use fast hours.'
  }
  if (name === 'stealth' && !allowed.stealth) return 'Stealth mode is not part of your plan.'
  chosen.stealth = name === 'stealth'
  return `Done! Your jobs are now ${chosen.stealth ? 'private' : 'public'}.`
}
