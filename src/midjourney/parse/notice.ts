import type { Envelope, Notice } from './bot-message.ts'
import type { Embed } from './embeds.ts'
import { findNews } from './news.ts'
import { untilIn } from './times.ts'

/** An embed, or a text without one, looked up in the table of bad news (protocol page §5). */
export function readNotice(envelope: Envelope, embed: Embed | null): Notice {
  const { commandName, timestampMs, content } = envelope
  const title = embed?.title ?? ''
  const description = embed?.description ?? content
  const footer = embed?.footer ?? null
  const color = embed?.color ?? null
  // What is bold in a text may be a caller's prompt, which says nothing about the account.
  const [words, firstLine] = embed
    ? [description, title]
    : [plainWords(content), plainWords(content).split('\n')[0]]
  const news = findNews({ title: firstLine ?? '', description: words, footer, color, commandName })
  return {
    title,
    description,
    footer,
    color,
    command: readCommand(footer),
    news,
    untilMs: untilIn(description, timestampMs),
  }
}

const plainWords = (text: string): string => text.replace(/\*\*[\s\S]*\*\*/g, ' ').trim()

/** The footer of an error is often the whole command, `/imagine a fox`. */
function readCommand(footer: string | null): Notice['command'] {
  const [, name, text = ''] = /^\/(\w+)(?:\s+([\s\S]*))?$/.exec(footer?.trim() ?? '') ?? []
  return name === undefined ? null : { name, text: text.replace(/^prompt:\s*/, '') }
}
