import { asNumber, asRecord, asRecords, asText } from '../read.ts'
import type { RawMessage } from '../wire.ts'
import type { DescribedImage } from './bot-message.ts'

export interface Embed {
  title: string
  description: string
  footer: string | null
  color: number | null
  image: DescribedImage | null
}

/**
 * The embed that the bot wrote itself. Discord adds embeds of its own for links of the prompt, with the title of a foreign
 * page: they have a `url`, or another type than `rich`.
 */
export function readEmbed(raw: RawMessage): Embed | null {
  for (const embed of asRecords(raw.embeds)) {
    if ((asText(embed['type']) ?? 'rich') !== 'rich' || asText(embed['url'])) continue
    const fields = asRecords(embed['fields']).map(
      (field) => `**${asText(field['name']) ?? ''}**: ${asText(field['value']) ?? ''}`,
    )
    const image = asRecord(embed['image'])
    return {
      title: asText(embed['title'])?.trim() ?? '',
      description: [asText(embed['description']) ?? '', ...fields].filter(Boolean).join('\n'),
      footer: asText(asRecord(embed['footer'])?.['text']),
      color: asNumber(embed['color']),
      image: image && {
        url: asText(image['url']),
        proxyUrl: asText(image['proxy_url']),
        width: asNumber(image['width']),
        height: asNumber(image['height']),
      },
    }
  }
  return null
}

/** `1️⃣` to `9️⃣`, with or without the variation selector. */
const keycap = /^\s*([1-9])\ufe0f?\u20e3\s*/

/** The prompts that describe and shorten list, one behind each keycap (protocol page §4.2). */
export function keycapPrompts(text: string): string[] {
  const prompts: string[] = []
  for (const line of text.split('\n')) {
    if (keycap.test(line)) prompts.push(line.replace(keycap, '').trim())
    else if (prompts.length > 0 && line.trim() !== '') prompts.push(`${prompts.pop()} ${line.trim()}`)
  }
  return prompts
}
