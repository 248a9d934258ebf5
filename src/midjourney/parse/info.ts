import type { Plan } from '../plans.ts'
import { firstUuid } from '../uuid.ts'
import type { Mode } from './bot-message.ts'
import { modes } from './patterns.ts'
import { stampIn } from './times.ts'

export interface Subscription {
  /** As the bot writes it. */
  text: string
  plan: Plan | null
  state: 'active' | 'trial' | 'paused' | 'inactive' | 'cancelled' | 'none' | 'unknown'
  period: 'monthly' | 'yearly' | null
  renewsAtMs: number | null
  endsAtMs: number | null
}

export interface TimeLeft {
  hours: number
  /** Of the month; null for a trial or a plan without one. */
  quotaHours: number | null
  percent: number | null
}

export interface Usage {
  images: number | null
  hours: number | null
}

/** The answer to /info (protocol page §6.1). Keys come and go: whatever is missing is null, and `lines` has all of them. */
export interface AccountInfo {
  username: string | null
  userId: string | null
  subscription: Subscription | null
  mode: Mode | null
  visibility: 'public' | 'stealth' | null
  fastTimeRemaining: TimeLeft | null
  lifetimeUsage: Usage | null
  relaxedUsage: Usage | null
  fastUsage: Usage | null
  turboUsage: Usage | null
  queued: { fast: number | null; relax: number | null; turbo: number | null }
  /** null when the bot does not say. */
  running: { count: number; uuids: string[] } | null
  lines: Record<string, string>
}

export const isInfoTitle = (title: string): boolean => /\bYour info\b/i.test(title)

export function parseInfo(title: string, description: string): AccountInfo {
  const lines = readLines(description)
  const read = <Value>(key: string, reader: (text: string) => Value): Value | null => {
    const text = lines.get(key.toLowerCase())?.text
    return text === undefined ? null : reader(text)
  }
  return {
    username: title.replace(/^.*?\bYour info\b[\s\-–—:]*/i, '').trim() || null,
    userId: read('User ID', (text) => text || null),
    subscription: read('Subscription', readSubscription),
    mode: read('Job Mode', (text) => modes.get(text.toLowerCase()) ?? null),
    visibility: read('Visibility Mode', readVisibility),
    fastTimeRemaining: read('Fast Time Remaining', readTimeLeft),
    lifetimeUsage: read('Lifetime Usage', readUsage),
    relaxedUsage: read('Relaxed Usage', readUsage),
    fastUsage: read('Fast Usage', readUsage),
    turboUsage: read('Turbo Usage', readUsage),
    queued: {
      fast: read('Queued Jobs (fast)', readCount),
      relax: read('Queued Jobs (relax)', readCount),
      turbo: read('Queued Jobs (turbo)', readCount),
    },
    running: read('Running Jobs', readRunning),
    lines: Object.fromEntries([...lines.values()].map(({ key, text }) => [key, text])),
  }
}

/** Words with a capital first: a link or a list item below `Running Jobs` is none. */
const line = /^\**([A-Z][\w ()]{1,40}?)\**\s*:\**\s*(.*)$/

/** `**Key**: value`, padded with blanks; a line without a key belongs to the key above it. */
function readLines(description: string): Map<string, { key: string; text: string }> {
  const lines = new Map<string, { key: string; text: string }>()
  let last: { key: string; text: string } | undefined
  for (const raw of description.replaceAll('`', '').split('\n')) {
    const [, key, text = ''] = line.exec(raw.trim()) ?? []
    if (key !== undefined) {
      last = { key, text: text.trim() }
      lines.set(key.toLowerCase(), last)
    } else if (last && raw.trim() !== '') {
      last.text = `${last.text}\n${raw.trim()}`.trim()
    }
  }
  return lines
}

const subscriptionStates: { pattern: RegExp; state: Subscription['state'] }[] = [
  { pattern: /\btrial\b/i, state: 'trial' },
  { pattern: /\bpaused\b/i, state: 'paused' },
  { pattern: /\binactive\b/i, state: 'inactive' },
  { pattern: /\bcancel+ed\b/i, state: 'cancelled' },
  { pattern: /\bactive\b/i, state: 'active' },
  { pattern: /^none\b/i, state: 'none' },
]

function readSubscription(text: string): Subscription {
  const state = subscriptionStates.find(({ pattern }) => pattern.test(text))?.state ?? 'unknown'
  const name = /^(basic|standard|pro|mega|none)\b/i.exec(text)?.[1]?.toLowerCase() as Plan | undefined
  const period = /\b(monthly|yearly)\b/i.exec(text)?.[1]?.toLowerCase() as 'monthly' | 'yearly' | undefined
  const at = stampIn(text)
  const ends = /\b(?:ends?|expires?) on\b/i.test(text)
  return {
    text,
    plan: state === 'trial' ? 'trial' : (name ?? null),
    state,
    period: period ?? null,
    renewsAtMs: ends ? null : at,
    endsAtMs: ends ? at : null,
  }
}

function readVisibility(text: string): 'public' | 'stealth' | null {
  const word = text.toLowerCase()
  return word === 'public' || word === 'stealth' ? word : null
}

/** `12.40/15.0 hours (82.67%)`, `17.50 minutes`, `3 hours`. */
function readTimeLeft(text: string): TimeLeft | null {
  const match = /^(-?[\d.]+)(?:\s*\/\s*([\d.]+))?\s*(hour|minute)/i.exec(text)
  const [, left, quota, unit = ''] = match ?? []
  if (left === undefined) return null
  const perHour = unit.toLowerCase() === 'minute' ? 60 : 1
  const percent = /\((-?[\d.]+)\s*%\)/.exec(text)?.[1]
  return {
    hours: Number(left) / perHour,
    quotaHours: quota === undefined ? null : Number(quota) / perHour,
    percent: percent === undefined ? null : Number(percent),
  }
}

/** `310 images (5.12 hours)`. */
function readUsage(text: string): Usage {
  const number = (pattern: RegExp) => {
    const digits = pattern.exec(text)?.[1]
    return digits === undefined ? null : Number(digits.replaceAll(',', ''))
  }
  return { images: number(/([\d,]+)\s+images?/i), hours: number(/([\d,]+(?:\.\d+)?)\s+hours?/i) }
}

const readCount = (text: string): number | null => (/^\d+$/.test(text) ? Number(text) : null)

/** `None`, or one link or job id a line. */
function readRunning(text: string): { count: number; uuids: string[] } | null {
  if (/^none$/i.test(text)) return { count: 0, uuids: [] }
  const items = text.split(/\n|,\s+/).filter((item) => item.trim() !== '')
  const [only] = items
  if (items.length === 1 && only !== undefined && readCount(only) !== null)
    return { count: Number(only), uuids: [] }
  return { count: items.length, uuids: items.flatMap((item) => firstUuid(item) ?? []) }
}
