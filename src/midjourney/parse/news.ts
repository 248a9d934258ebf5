import { type NewsRow, newsRows, unknownRed } from './news-rows.ts'

export type { AccountEffect, NewsCode, NewsRow } from './news-rows.ts'
export { newsRows, unknownRed } from './news-rows.ts'

/** The reds of 2023 and of 2026 (protocol page §5). Colour alone never decides where a title is known. */
const reds = new Set([16_711_680, 15_548_997])

export interface NewsText {
  /** Of an embed, or the first line of a message without one. */
  title: string
  /** Of an embed, or the whole text of a message without one. */
  description: string
  footer: string | null
  color: number | null
  /** The command that it answers, when it says so. */
  commandName: string | null
}

/** What the text means by protocol page §5; null = nothing is known of it and it is not red: log only. */
export function findNews(text: NewsText): NewsRow | null {
  const row = newsRows.find((candidate) => fits(candidate, text))
  if (row) return row
  return text.color !== null && reds.has(text.color) ? unknownRed : null
}

function fits(row: NewsRow, { title, description, footer, commandName }: NewsText): boolean {
  return (
    (row.title?.test(title) ?? true) &&
    (row.text?.test(description) ?? true) &&
    (row.footer?.test(footer ?? '') ?? true) &&
    (row.command === undefined || row.command === commandName)
  )
}
