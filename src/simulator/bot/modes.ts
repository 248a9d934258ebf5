import { type Account, plans } from '../world/account.ts'

/** Texts begin with `Done!`; the rest of the sentence is ours (§4.2 knows only the beginning). */
export function changeMode(account: Account, name: string): string {
  const plan = plans[account.plan]
  if (name === 'fast' || name === 'turbo') {
    account.mode = name
    return `Done! Your jobs now run in ${name} mode.`
  }
  if (name === 'relax') {
    if (plan.relax === 0) return 'Relax mode is not part of your plan.'
    account.mode = 'relax'
    return 'Done! Your jobs now run in relax mode and do not use fast hours.'
  }
  if (name === 'stealth' && !plan.stealth) return 'Stealth mode is not part of your plan.'
  account.stealth = name === 'stealth'
  return `Done! Your jobs are now ${account.stealth ? 'private' : 'public'}.`
}
