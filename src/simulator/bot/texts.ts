import type { SimulatedJob } from '../control.ts'
import type { Mode } from '../options.ts'

/** The words in a message's tail (protocol page §4.1). */
const modeNames: Record<Mode, string> = { fast: 'fast', relax: 'relaxed', turbo: 'turbo' }

export function modeText(mode: Mode, stealth: boolean): string {
  return stealth ? `${modeNames[mode]}, stealth` : modeNames[mode]
}

interface TextParts {
  prefix?: string
  kind?: string
  link?: boolean
  progress?: string
  mode?: string
}

/** `PREFIX **PROMPT** - KIND <@USER> LINK (PROGRESS) (MODE)`. */
export function jobText(
  job: Pick<SimulatedJob, 'finalPrompt' | 'userId' | 'jobUuid'>,
  { prefix = '', kind = '', link = false, progress, mode }: TextParts,
): string {
  const website = ` [(Open on website for full quality)](<https://midjourney.com/jobs/${job.jobUuid}>)`
  return [
    `${prefix}**${job.finalPrompt}** - ${kind}<@${job.userId}>`,
    link ? website : '',
    progress ? ` (${progress})` : '',
    mode ? ` (${mode})` : '',
  ].join('')
}
