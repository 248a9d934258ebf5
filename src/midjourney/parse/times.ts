const unitMs: Record<string, number> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
}

const stamp = /<t:(\d{1,12})(?::[a-zA-Z])?>/
const span = /\b(\d{1,6}(?:\.\d{1,4})?|an?)\s+(second|minute|hour|day|week)s?\b/gi

/** The first `<t:UNIX>` or `<t:UNIX:R>` of a text, in milliseconds. */
export function stampIn(text: string): number | null {
  const seconds = stamp.exec(text)?.[1]
  return seconds === undefined ? null : Number(seconds) * 1_000
}

/** The first duration of a text, `2 hours`, in milliseconds; directly following ones add up: `1 hour and 30 minutes`. */
export function durationIn(text: string): number | null {
  let total: number | null = null
  let end = 0
  for (const match of text.matchAll(span)) {
    if (total !== null && !/^,?\s*(?:and\s+)?$/.test(text.slice(end, match.index))) break
    const amount = Number.parseFloat(match[1] ?? '')
    total = (total ?? 0) + (Number.isNaN(amount) ? 1 : amount) * (unitMs[match[2]?.toLowerCase() ?? ''] ?? 0)
    end = match.index + match[0].length
  }
  return total
}

/** Until when a text says that something holds; durations count from `sinceMs`, the time of the message. */
export function untilIn(text: string, sinceMs: number | null): number | null {
  const at = stampIn(text)
  if (at !== null) return at
  const duration = durationIn(text)
  return duration === null || sinceMs === null ? null : sinceMs + duration
}
