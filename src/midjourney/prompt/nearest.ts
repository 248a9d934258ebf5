import { namesOfAny } from './parameters.ts'

/** What was probably meant by a name that is not known, as it should be written; undefined when it is like none. */
export function nearestParameter(name: string): string | undefined {
  return unglued(name) ?? misspelt(name)
}

/** `--ar16:9`: the blank was forgotten. */
function unglued(name: string): string | undefined {
  const [longest] = namesOfAny
    .filter((one) => one.length > 1 && name.startsWith(one) && /^\d/.test(name.slice(one.length)))
    .sort((a, b) => b.length - a.length)
  return longest && `--${longest} ${name.slice(longest.length)}`
}

function misspelt(name: string): string | undefined {
  const most = name.length > 5 ? 2 : 1
  const [best] = namesOfAny
    .filter((one) => one.length > 2)
    .map((one) => ({ one, distance: distanceOf(name, one) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance)
  return best && `--${best.one}`
}

/** Edits between two words; swapping neighbours counts as one. */
function distanceOf(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(
        (rows[i - 1]?.[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (rows[i - 1]?.[j - 1] ?? 0) + same,
      )
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) best = Math.min(best, (rows[i - 2]?.[j - 2] ?? 0) + 1)
      row.push(best)
    }
    rows.push(row)
  }
  return rows[a.length]?.[b.length] ?? 3
}
