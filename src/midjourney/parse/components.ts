import { asList, asNumber, asRecord, asRecords, asText, type UnknownRecord } from '../read.ts'
import { firstUuid } from '../uuid.ts'
import type { Button } from './bot-message.ts'

/** Component types of Discord that we look at. */
const actionRow = 1
const button = 2
const selectMenu = 3

/** Rows stand at the top, or in the containers of newer layouts. */
const deepest = 4

/** The rows of buttons in display order; rows without a button are left out. */
export function readButtons(components: unknown): Button[][] {
  return actionRows(components)
    .map((row) => asRecords(row['components']).filter(isOf(button)).map(readButton))
    .filter((row) => row.length > 0)
}

export interface SelectMenu {
  customId: string
  options: { label: string; value: string; selected: boolean }[]
}

/** The select menus of a message: /settings has one for the version (protocol page §6.2). */
export function readSelectMenus(components: unknown): SelectMenu[] {
  return actionRows(components)
    .flatMap((row) => asRecords(row['components']))
    .filter(isOf(selectMenu))
    .map((menu) => ({
      customId: asText(menu['custom_id']) ?? '',
      options: asRecords(menu['options']).map((option) => ({
        label: asText(option['label']) ?? '',
        value: asText(option['value']) ?? '',
        selected: option['default'] === true,
      })),
    }))
}

/** Midjourney's id of the job that the Cancel button would stop; it is the id of the final too (protocol page §4.5). */
export function cancelUuid(rows: readonly Button[][]): string | null {
  const cancel = rows.flat().find(({ customId }) => customId?.startsWith('MJ::CancelJob::'))
  return cancel?.customId ? firstUuid(cancel.customId) : null
}

function actionRows(components: unknown, depth = 0): UnknownRecord[] {
  if (depth > deepest) return []
  return asList(components).flatMap((item) => {
    const component = asRecord(item)
    if (!component) return []
    return component['type'] === actionRow ? [component] : actionRows(component['components'], depth + 1)
  })
}

const isOf = (type: number) => (component: UnknownRecord) => component['type'] === type

function readButton(raw: UnknownRecord): Button {
  const emoji = asText(asRecord(raw['emoji'])?.['name'])
  // The link below a grid has a zero-width space for its label.
  const text = (asText(raw['label']) ?? '').replace(/[\u200b-\u200d\u2060\ufeff]/g, '').trim()
  return {
    label: text || (emoji ?? ''),
    customId: asText(raw['custom_id']),
    url: asText(raw['url']),
    emoji,
    style: asNumber(raw['style']),
    disabled: raw['disabled'] === true,
  }
}
