/** The plans of Midjourney; `trial` has a few minutes and no renewal. */
export type Plan = 'basic' | 'standard' | 'pro' | 'mega' | 'trial' | 'none'

export interface PlanLimits {
  /** Jobs at a time in fast (and turbo) mode. */
  fast: number
  relax: number
  stealth: boolean
  fastHoursPerMonth: number
}

/** Protocol page §7; public plan pages, so a start and no promise: the bot's `Queue full` is the truth. */
export const planLimits: Record<Plan, PlanLimits> = {
  none: { fast: 0, relax: 0, stealth: false, fastHoursPerMonth: 0 },
  trial: { fast: 3, relax: 0, stealth: false, fastHoursPerMonth: 0 },
  basic: { fast: 3, relax: 0, stealth: false, fastHoursPerMonth: 3.3 },
  standard: { fast: 3, relax: 3, stealth: false, fastHoursPerMonth: 15 },
  pro: { fast: 12, relax: 3, stealth: true, fastHoursPerMonth: 30 },
  mega: { fast: 12, relax: 3, stealth: true, fastHoursPerMonth: 60 },
}
