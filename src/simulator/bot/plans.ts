import type { JobKind } from '../control.ts'

export interface Step {
  atMs: number
  percent: number
  preview: boolean
}

export interface Plan {
  /** Before the prompt in the waiting text. `#N` stands for the index. */
  waitingPrefix: string
  /** After the prompt while it runs. */
  progressKind: string
  /** After the prompt when it is done. `#N` stands for the index. */
  finalKind: string
  /** U shows `Image #N` and no mode (protocol page §4.2). */
  showsMode: boolean
  link: boolean
  picture: 'grid' | 'single' | 'upscaled' | 'video-grid' | 'video'
  /** What the first message says before the waiting text. */
  opening?: string
  /** U and its like do not take a slot for long (§7). */
  takesSlot: boolean
  /** Timelines seen live (§4.3); one is drawn, then stretched a little. */
  timelines: readonly Timeline[]
}

interface Timeline {
  steps: readonly Step[]
  finalMs: number
}

/** From seconds and percents, the first preview at `previewFrom` percent. */
function timeline(
  previewFrom: number,
  finalSeconds: number,
  ...points: [seconds: number, percent: number][]
): Timeline {
  return {
    steps: points.map(([seconds, percent]) => ({
      atMs: seconds * 1000,
      percent,
      preview: percent >= previewFrom,
    })),
    finalMs: finalSeconds * 1000,
  }
}

const imagineTimelines = [
  timeline(35, 25, [6, 20], [8.9, 30], [12.3, 35], [15.3, 51], [18.9, 63], [23.1, 79]),
  timeline(35, 26.7, [6.4, 17], [9.1, 32], [12.9, 35], [15.5, 47], [20, 59], [23, 75]),
]
const varyTimelines = [timeline(51, 23.8, [6.1, 17], [9.2, 27], [13.1, 35], [15.5, 51], [22, 63], [22.6, 95])]
const zoomTimelines = [timeline(35, 27, [9.1, 10], [15.5, 35], [19.5, 45], [21.9, 65], [26.1, 75])]
const panTimelines = [timeline(35, 29.8, [9.3, 12], [15.9, 35], [20.4, 47], [24.2, 65], [28, 79])]
const hdTimelines = [
  timeline(15, 47.6, [9.3, 0], [13.5, 0], [18.5, 15], [25, 31], [31.5, 46], [38.1, 62], [45, 78]),
]
const animateTimelines = [
  timeline(35, 49.5, [11, 12], [20, 35], [26, 51], [32, 59], [38, 67], [43, 75], [47, 83]),
]
const upscaleTimelines = [timeline(101, 0.5), timeline(101, 0.7)]

const variations = 'Making variations for image #N with prompt '
const upscaling = 'Upscaling image #N with '

const grid = { showsMode: true, link: true, picture: 'grid', takesSlot: true } as const

function plan(
  words: Pick<Plan, 'waitingPrefix' | 'progressKind' | 'finalKind'>,
  timelines: readonly Timeline[],
): Plan {
  return { ...grid, ...words, timelines }
}

/** Texts, pictures and timings by kind of job; a follow-up may have words of its own (`follow-up.ts`). */
export function plansOf(): Record<JobKind, Plan> {
  const plain = { waitingPrefix: '', progressKind: '', finalKind: '' }
  const video = {
    ...grid,
    waitingPrefix: 'Creating video with prompt ',
    progressKind: '',
    finalKind: '',
    picture: 'video-grid',
    opening: 'Animating...',
    timelines: animateTimelines,
  } as const
  const vary = (kind: string) =>
    plan({ waitingPrefix: variations, progressKind: kind, finalKind: kind }, varyTimelines)
  return {
    imagine: plan(plain, imagineTimelines),
    reroll: plan(plain, imagineTimelines),
    blend: plan(plain, imagineTimelines),
    animate: video,
    extend: video,
    'video-upscale': {
      waitingPrefix: upscaling,
      progressKind: '',
      finalKind: 'Video #N ',
      showsMode: false,
      link: false,
      picture: 'video',
      takesSlot: false,
      timelines: upscaleTimelines,
    },
    'vary-region': vary('Variations (Region) by '),
    upscale: {
      waitingPrefix: upscaling,
      progressKind: '',
      finalKind: 'Image #N ',
      showsMode: false,
      link: false,
      picture: 'single',
      takesSlot: false,
      timelines: upscaleTimelines,
    },
    variation: vary(''),
    'vary-subtle': vary(''),
    'vary-strong': vary(''),
    zoom: plan({ waitingPrefix: '', progressKind: 'Zoom Out by ', finalKind: 'Zoom Out by ' }, zoomTimelines),
    pan: plan({ waitingPrefix: '', progressKind: '', finalKind: '' }, panTimelines),
    'hd-upscale': {
      ...grid,
      waitingPrefix: upscaling,
      progressKind: '',
      finalKind: '',
      link: false,
      picture: 'upscaled',
      timelines: hdTimelines,
    },
  }
}
