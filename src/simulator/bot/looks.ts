import type { Row } from '../world/message.ts'
import type { Job } from './job.ts'
import { gridRows, singleRows, singleVideoRows, upscaledRows, videoRows } from './rows.ts'
import { jobText, modeText } from './texts.ts'

/** What a job's messages say and show, by the columns of protocol page §4.2. */

export function waitingText(job: Job): string {
  return jobText(job.truth, { prefix: numbered(job, job.plan.waitingPrefix), progress: 'Waiting to start' })
}

export function progressText(job: Job, percent: number): string {
  const kind = job.words?.progress ?? job.plan.progressKind
  return jobText(job.truth, { kind, progress: `${percent}%`, mode: modeText(job.truth.mode, job.stealth) })
}

export function stoppedText(job: Job): string {
  return jobText(job.truth, { progress: 'Stopped' })
}

export function finalText(job: Job): string {
  const { plan, truth, readings } = job
  return jobText(truth, {
    kind: numbered(job, job.words?.final ?? plan.finalKind),
    link: plan.link && readings.era === '2026',
    ...(plan.showsMode ? { mode: modeText(truth.mode, job.stealth) } : {}),
  })
}

/** Which buttons a final has. */
export function finalRows({ plan, truth, aspect, readings }: Job): Row[] {
  const { era, manualAnimate } = readings
  if (plan.picture === 'grid') return gridRows(truth.jobUuid, era)
  if (plan.picture === 'video-grid') return videoRows(truth.jobUuid)
  if (plan.picture === 'video') return singleVideoRows(truth.jobUuid, era)
  const picture = { jobUuid: truth.jobUuid, prompt: truth.finalPrompt, aspect, era, manualAnimate }
  return plan.picture === 'single' ? singleRows(picture) : upscaledRows(picture)
}

function numbered(job: Job, words: string): string {
  return words.replace('#N', `#${job.truth.index ?? 1}`)
}
