import type { DoneJob } from '../../../jobs/service.ts'
import { badParameters } from './answers.ts'
import { needNumber, needText } from './to-request.ts'

const anyIndex = [1, 2, 3, 4]

/** How each of these endpoints finds its button on the picture: the parts of a custom_id that will do, best first. */
const presses: Record<string, (body: unknown) => string[]> = {
  upscale: (body) => [`::upsample::${needNumber(body, 'index', anyIndex)}::`],
  variation: (body) => [`::variation::${needNumber(body, 'index', anyIndex)}::`],
  solo_variation: () => ['::variation::1::', '::high_variation::1::'],
  solo_low_variation: () => ['::low_variation::1::'],
  solo_high_variation: () => ['::high_variation::1::'],
  reset: () => ['::reroll::'],
  expand: (body) => [`::pan_${needDirection(body)}::`],
  zoomout: (body) => [`::Outpaint::${needNumber(body, 'zoomout', [50, 75, 100])}::`],
}

export const pressNames = Object.keys(presses)

/** The button that is meant; a picture without it refuses like any other bad parameter. */
export function buttonFor(name: string, body: unknown): (parent: DoneJob) => string {
  const parts = presses[name]?.(body) ?? []
  return ({ result }) => {
    const ids = result.buttons.flat().map(({ customId }) => customId)
    const found = parts.map((part) => ids.find((id) => id.includes(part))).find((id) => id !== undefined)
    if (found === undefined) throw badParameters(body)
    return found
  }
}

function needDirection(body: unknown): string {
  const direction = needText(body, 'direction')
  if (!['left', 'right', 'up', 'down'].includes(direction)) throw badParameters(body)
  return direction
}
