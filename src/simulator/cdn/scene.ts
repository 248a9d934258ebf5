import { Random } from '../random.ts'

/** One picture: its colours follow from one text, its shapes from another, and it carries a few words of the prompt. */
export interface Cell {
  palette: string
  layout: string
  words: string
}

const width = 100

/** An SVG fragment that fills `100 × height`. The same cell gives the same picture at every size. */
export function paintCell(cell: Cell, height: number): string {
  const colours = new Random(`palette:${cell.palette}`)
  const shapes = new Random(`layout:${cell.layout}`)
  const hue = colours.integer(0, 359)
  const night = colours.chance(0.35)
  const id = `g${shapes.hex(8)}`
  return [
    sky(id, hue, night, height),
    night ? stars(shapes, height) : '',
    orb(shapes, hue, night, height),
    ...ridges(shapes, hue, night, height),
    caption(cell.words, night, height),
  ].join('')
}

const hsl = (hue: number, saturation: number, light: number) =>
  `hsl(${Math.round(hue) % 360},${saturation}%,${light}%)`
const fixed = (value: number) => value.toFixed(2)

function sky(id: string, hue: number, night: boolean, height: number): string {
  const [top, low] = night
    ? [hsl(hue + 20, 60, 12), hsl(hue + 60, 50, 38)]
    : [hsl(hue, 65, 55), hsl(hue + 50, 85, 82)]
  return `<defs><linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${top}"/><stop offset="1" stop-color="${low}"/></linearGradient></defs><rect width="${width}" height="${fixed(height)}" fill="url(#${id})"/>`
}

function stars(shapes: Random, height: number): string {
  const one = () =>
    `<circle cx="${fixed(shapes.between(0, width))}" cy="${fixed(shapes.between(0, height * 0.55))}" r="${fixed(shapes.between(0.1, 0.4))}" fill="#fff" opacity="0.8"/>`
  return Array.from({ length: 24 }, one).join('')
}

function orb(shapes: Random, hue: number, night: boolean, height: number): string {
  const x = shapes.between(15, 85)
  const y = shapes.between(0.12, 0.45) * height
  const radius = shapes.between(5, 12)
  const colour = night ? '#f4f1de' : hsl(hue + 40, 95, 88)
  const glow = `<circle cx="${fixed(x)}" cy="${fixed(y)}" r="${fixed(radius * 1.8)}" fill="${colour}" opacity="0.18"/>`
  return `${glow}<circle cx="${fixed(x)}" cy="${fixed(y)}" r="${fixed(radius)}" fill="${colour}"/>`
}

/** Mountains behind hills behind a meadow, each darker than the last. */
function ridges(shapes: Random, hue: number, night: boolean, height: number): string[] {
  const count = shapes.integer(3, 5)
  return Array.from({ length: count }, (_, layer) => {
    const depth = (layer + 1) / count
    const base = height * (0.4 + 0.5 * depth)
    const rough = height * (0.2 - 0.13 * depth)
    const light = (night ? 30 : 58) - depth * (night ? 22 : 38)
    const points = Array.from(
      { length: 13 },
      (_, i) => `${fixed((i * width) / 12)},${fixed(base - shapes.between(0, rough))}`,
    )
    return `<polygon points="0,${fixed(height)} ${points.join(' ')} ${width},${fixed(height)}" fill="${hsl(hue + 180 * depth, 40, Math.round(light))}"/>`
  })
}

const wordLimit = 34

function caption(words: string, night: boolean, height: number): string {
  const text = escapeXml(words.length > wordLimit ? `${words.slice(0, wordLimit - 1)}…` : words)
  return `<text x="4" y="${fixed(height - 4)}" font-family="DejaVu Sans, Liberation Sans, Noto Sans, sans-serif" font-size="4" fill="#fff" opacity="${night ? 0.7 : 0.85}">${text}</text>`
}

function escapeXml(text: string): string {
  return text
    .replace(/[^\p{L}\p{N}\p{P}\p{S}\p{Zs}]/gu, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
}
