import type { Lane } from '../../../jobs/job.ts'
import type { Extras } from '../../../jobs/service.ts'
import { Refused } from './answers.ts'
import { type Body, bodyOf, textIn, textsIn } from './body.ts'

export const family = 'mj-proxy'

const lanes: Record<string, Lane> = { FAST: 'fast', RELAX: 'relax', TURBO: 'turbo' }

/** The lanes that were asked for: by the address, else by the account filter; none means the token's policy. */
export function lanesIn(body: Body, fixed: Lane | null): Lane[] {
  if (fixed) return [fixed]
  const modes = textsIn(bodyOf(body.accountFilter), 'modes').map((mode) => mode.toUpperCase())
  return modes.flatMap((mode) => (Object.hasOwn(lanes, mode) ? (lanes[mode] ?? []) : []))
}

/** A Niji task on an account of the Midjourney bot is drawn with the model that the caller means. */
export function promptFor(prompt: string, body: Body): string {
  return isNiji(body) && !/\s--niji\b/.test(prompt) ? `${prompt} --niji 6` : prompt
}

const isNiji = (body: Body): boolean => /^niji/i.test(textIn(body, 'botType'))

interface Kept {
  alias: string
  description: string
  parent?: string
}

/** Changes of a task that its hook is told: everything after it was handed to an account. */
const told = ['job.sent', 'job.progress', 'job.input-needed', 'job.finished', 'job.failed', 'job.cancelled']

/** What is kept with the job: its id in this family, and what its clients want to read back. */
export function extrasFor(body: Body, { alias, description, parent }: Kept): Extras {
  const [state, hook] = [textIn(body, 'state'), textIn(body, 'notifyHook')]
  if (state.length > 255) throw new Refused(4, 'State参数过长，最大255字符')
  const notes = {
    description,
    botType: isNiji(body) ? 'NIJI_JOURNEY' : 'MID_JOURNEY',
    ...(parent ? { parent } : {}),
  }
  const callback = { shape: family, events: told }
  return {
    about: { family, alias, notes, ...(state ? { state } : {}) },
    callback: hook ? { ...callback, url: hook, only: true as const } : callback,
  }
}

let last = 0

/** Sixteen digits: the time in milliseconds and three more; rising within this process, checked when it is used. */
export function newTaskId(now: number): string {
  last = Math.max(last + 1, now * 1000 + Math.floor(Math.random() * 900))
  return String(last)
}
