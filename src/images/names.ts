import { extname } from 'node:path'

const jobIds = /^[A-Za-z0-9_-]{1,64}$/
const fileNames = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/
const mostStem = 150

/** Whether a text may stand for a job in links and paths. */
export const isJobId = (text: string): boolean => jobIds.test(text)

/** Whether a text may stand for a file in links and paths: no separators, no leading dot, ASCII alone. */
export const isFileName = (text: string): boolean => fileNames.test(text)

/** The pictures that are made from a job's own, by the name that links give them. */
export type Variant = { kind: 'thumbnail' } | { kind: 'webp' } | { kind: 'quarter'; quarter: 1 | 2 | 3 | 4 }

export const variantNames = [
  'thumbnail.webp',
  'image.webp',
  'quarter-1.png',
  'quarter-2.png',
  'quarter-3.png',
  'quarter-4.png',
] as const
export type VariantName = (typeof variantNames)[number]

const variants: Record<VariantName, Variant> = {
  'thumbnail.webp': { kind: 'thumbnail' },
  'image.webp': { kind: 'webp' },
  'quarter-1.png': { kind: 'quarter', quarter: 1 },
  'quarter-2.png': { kind: 'quarter', quarter: 2 },
  'quarter-3.png': { kind: 'quarter', quarter: 3 },
  'quarter-4.png': { kind: 'quarter', quarter: 4 },
}

/** The variant of this name; null for any other name. */
export const variantOf = (name: string): Variant | null =>
  Object.hasOwn(variants, name) ? variants[name as VariantName] : null

/**
 * The names that a job's files have in our links, in their order: Discord's, with what is not plain ASCII replaced, and
 * told apart where two would be the same. The same files always give the same names.
 */
export function fileNamesOf(filenames: readonly string[]): string[] {
  const taken = new Set<string>(variantNames)
  return filenames.map((filename) => {
    const plain = plainName(filename)
    const extension = extname(plain)
    const stem = plain.slice(0, plain.length - extension.length)
    let name = plain
    for (let n = 2; taken.has(name); n += 1) name = `${stem}-${n}${extension}`
    taken.add(name)
    return name
  })
}

function plainName(filename: string): string {
  const plain = filename
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^\.+/, '')
  const extension = extname(plain).slice(0, 12)
  const stem = plain.slice(0, plain.length - extname(plain).length).slice(0, mostStem)
  return `${stem || 'file'}${extension}`
}
