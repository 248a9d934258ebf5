import type { Era } from '../options.ts'
import type { Component, Message, Row } from '../world/message.ts'
import { modelOf, upscalersOf } from './upscalers.ts'

const grey = 2
const pressed = 1
const on = 3
const red = 4
const linkStyle = 5

type Face = string | { emoji: string; label?: string }

/** A button; style 2 = not pressed (protocol page §3.1). */
export function button(customId: string, face: Face, style = grey): Component {
  if (typeof face === 'string') return { type: 2, style, custom_id: customId, label: face }
  return {
    type: 2,
    style,
    custom_id: customId,
    emoji: { name: face.emoji },
    ...(face.label ? { label: face.label } : {}),
  }
}

export const row = (...components: Component[]): Row => ({ type: 1, components })
export const toggle = (customId: string, face: Face, isOn: boolean): Component =>
  button(customId, face, isOn ? on : grey)

const link = (label: string, url: string): Component => ({ type: 2, style: linkStyle, label, url })
const four = [1, 2, 3, 4] as const
/** In front of numbered lines, and on their buttons. */
export const keycaps = ['1️⃣', '2️⃣', '3️⃣', '4️⃣', '5️⃣'] as const

export const cancelRow = (jobUuid: string): Row[] => [
  row(button(`MJ::CancelJob::ByJobid::${jobUuid}`, 'Cancel Job', red)),
]

/** U1–U4 🔄 / V1–V4, and in 2026 a link whose label cannot be seen. */
export function gridRows(jobUuid: string, era: Era): Row[] {
  const website = link('\u200b', `https://www.midjourney.com/jobs/${jobUuid}`)
  return [
    row(
      ...four.map((n) => button(`MJ::JOB::upsample::${n}::${jobUuid}`, `U${n}`)),
      button(`MJ::JOB::reroll::0::${jobUuid}::SOLO`, { emoji: '🔄' }),
    ),
    row(
      ...four.map((n) => button(`MJ::JOB::variation::${n}::${jobUuid}`, `V${n}`)),
      ...(era === '2026' ? [website] : []),
    ),
  ]
}

const solo = (action: string, jobUuid: string) => `MJ::JOB::${action}::1::${jobUuid}::SOLO`

const vary = (jobUuid: string): Component[] => [
  button(solo('low_variation', jobUuid), { emoji: '🪄', label: 'Vary (Subtle)' }),
  button(solo('high_variation', jobUuid), { emoji: '🪄', label: 'Vary (Strong)' }),
]
const zoom = ({ jobUuid, aspect: [width, height] }: SinglePicture): Row =>
  row(
    button(`MJ::Outpaint::50::1::${jobUuid}::SOLO`, { emoji: '🔍', label: 'Zoom Out 2x' }),
    button(`MJ::Outpaint::75::1::${jobUuid}::SOLO`, { emoji: '🔍', label: 'Zoom Out 1.5x' }),
    button(`MJ::CustomZoom::${jobUuid}`, { emoji: '🔍', label: 'Custom Zoom' }),
    ...(width === height
      ? []
      : [button(`MJ::Outpaint::100::1::${jobUuid}::SOLO`, { emoji: '↔️', label: 'Make Square' })]),
  )
const pan = (jobUuid: string): Row =>
  row(
    ...(
      [
        ['left', '⬅️'],
        ['right', '➡️'],
        ['up', '⬆️'],
        ['down', '⬇️'],
      ] as const
    ).map(([side, emoji]) => button(solo(`pan_${side}`, jobUuid), { emoji })),
  )
const animate = (jobUuid: string): Component[] => [
  button(solo('animate_high', jobUuid), { emoji: '🎞️', label: 'Animate (High motion)' }),
  button(solo('animate_low', jobUuid), { emoji: '🎞️', label: 'Animate (Low motion)' }),
]
const manual = (jobUuid: string): Component =>
  button(`MJ::JOB::video::1::${jobUuid}::SOLO::manual`, { emoji: '🎞️', label: 'Animate (Manual)' })
const keep = (jobUuid: string, era: Era): Row =>
  row(
    button(`MJ::BOOKMARK::${jobUuid}`, { emoji: '❤️' }),
    link(
      'Web',
      era === '2026'
        ? `https://www.midjourney.com/jobs/${jobUuid}`
        : `https://www.midjourney.com/app/jobs/${jobUuid}/`,
    ),
  )

/** What the buttons under one picture depend on. */
export interface SinglePicture {
  jobUuid: string
  /** As the bot shows it: it names the model. */
  prompt: string
  aspect: readonly [width: number, height: number]
  era: Era
  manualAnimate: boolean
}

/** Models before v5 have no zoom, pan or strength of variation (a guess: the page has no recording of them). */
const isVeryOld = ({ prompt }: SinglePicture): boolean => modelOf(prompt) < 5

const upscalers = ({ jobUuid, prompt, era }: SinglePicture, before = ''): Component[] =>
  upscalersOf(prompt, era).map(({ action, label }) => button(solo(action, jobUuid), `${before}${label}`))

/**
 * Under a single picture. The 16 buttons of 2026 need six rows by kind, a message has five: animate shares its row with the
 * heart and the link here (the page leaves the split open).
 */
export function singleRows(picture: SinglePicture): Row[] {
  const { jobUuid, era } = picture
  if (isVeryOld(picture)) {
    return filled([variations(jobUuid), upscalers(picture), keep(jobUuid, era).components])
  }
  const old = era === '2023'
  const region = button(`MJ::Inpaint::1::${jobUuid}::SOLO`, { emoji: '🖌️', label: 'Vary (Region)' })
  return filled([
    upscalers(picture),
    old ? vary(jobUuid).reverse() : [...vary(jobUuid), region],
    zoom(picture).components,
    pan(jobUuid).components,
    [
      ...(old ? [] : animate(jobUuid)),
      ...(picture.manualAnimate && !old ? [manual(jobUuid)] : []),
      ...keep(jobUuid, era).components,
    ],
  ])
}

/** Under an enlarged picture: no zoom, pan or region (2026). */
export function upscaledRows(picture: SinglePicture): Row[] {
  const { jobUuid, era } = picture
  return filled([
    upscalers(picture, 'Redo '),
    isVeryOld(picture) ? variations(jobUuid) : vary(jobUuid),
    era === '2026' ? animate(jobUuid) : [],
    keep(jobUuid, era).components,
  ])
}

/** Rows cannot be empty. */
const filled = (rows: Component[][]): Row[] =>
  rows.filter((components) => components.length > 0).map((components) => row(...components))

const variations = (jobUuid: string): Component[] => [button(solo('variation', jobUuid), 'Make Variations')]

/** Under the four videos of an animation (protocol page §3.1). */
export function videoRows(jobUuid: string): Row[] {
  return [
    row(
      ...four.map((n) => button(`MJ::JOB::video_virtual_upscale::${n}::${jobUuid}`, `U${n}`)),
      button(`MJ::JOB::reroll::0::${jobUuid}::SOLO`, { emoji: '🔄' }),
    ),
    row(link('\u200b', `https://www.midjourney.com/jobs/${jobUuid}`)),
  ]
}

/** Under one video: it can go on. The page leaves the form open (§10). */
export function singleVideoRows(jobUuid: string, era: Era): Row[] {
  return [
    row(
      button(`MJ::JOB::animate_high_extend::1::${jobUuid}::SOLO`, {
        emoji: '🎞️',
        label: 'Extend (High motion)',
      }),
      button(`MJ::JOB::animate_low_extend::1::${jobUuid}::SOLO`, {
        emoji: '🎞️',
        label: 'Extend (Low motion)',
      }),
    ),
    keep(jobUuid, era),
  ]
}

/** The custom_ids that can be clicked on a message. */
export function customIdsOf(message: Message): string[] {
  return message.components.flatMap(({ components }) =>
    components.flatMap(({ custom_id }) => custom_id ?? []),
  )
}

export function componentOf(message: Message, customId: string): Component | undefined {
  return message.components
    .flatMap(({ components }) => components)
    .find((component) => component.custom_id === customId)
}

/** The same rows with one button pressed: style 1. */
export function withPressed(rows: readonly Row[], customId: string): Row[] {
  return rows.map(({ components }) =>
    row(
      ...components.map((component) =>
        component.type === 2 && component.custom_id === customId
          ? { ...component, style: pressed }
          : component,
      ),
    ),
  )
}
