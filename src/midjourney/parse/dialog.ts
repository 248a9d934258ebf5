import type { Dialog } from '../actions.ts'
import { asRecord, asRecords, asText } from '../read.ts'
import { isSnowflake } from '../snowflake.ts'
import { firstUuid } from '../uuid.ts'

/** A form or a window that the bot opened in answer to a click (protocol page §2.7, §3.1 type 5). */
export interface OpenedDialog {
  /** Of the interaction, which is what a submit has to name. */
  id: string
  /** That of the click. */
  nonce: string | null
  channelId: string | null
  /** null for one that we do not know: its fields can be filled in all the same. */
  dialog: Dialog | null
  customId: string
  title: string
  /** The job that it is about. */
  uuid: string | null
  /** Empty for a window. `value` is what stands in it already. */
  fields: { customId: string; label: string; value: string }[]
  /** Of a window: the address behind the activity's host. */
  iframePath: string | null
  /** Of the region editor: what its back end knows the window by. */
  token: string | null
}

/** The forms of the protocol page, by custom_id; what stands behind it comes from the bot and is sent back as it is. */
export const dialogs: { pattern: RegExp; dialog: Dialog }[] = [
  { pattern: /^MJ::RemixModal::/, dialog: 'remix' },
  { pattern: /^MJ::PanModal::/, dialog: 'pan' },
  { pattern: /^MJ::OutpaintCustomZoomModal::/, dialog: 'custom-zoom' },
  { pattern: /^MJ::Picreader::Modal::/i, dialog: 'describe' },
  { pattern: /^MJ::ImagineModal::/, dialog: 'imagine' },
  { pattern: /^MJ::AnimateModal::/, dialog: 'animate' },
  { pattern: /^MJ::iframe::/, dialog: 'region' },
]

/** Reads INTERACTION_MODAL_CREATE and INTERACTION_IFRAME_MODAL_CREATE; null for what cannot be answered. */
export function parseDialog(raw: unknown): OpenedDialog | null {
  const event = asRecord(raw)
  const [id, customId] = [event?.['id'], asText(event?.['custom_id'])]
  if (!event || !isSnowflake(id) || customId === null) return null
  const fields = asRecords(event['components'])
    .flatMap((row) => asRecords(row['components']))
    .map((field) => ({
      customId: asText(field['custom_id']) ?? '',
      label: asText(field['label']) ?? '',
      value: asText(field['value']) ?? '',
    }))
  return {
    id,
    nonce: asText(event['nonce']),
    channelId: asText(event['channel_id']),
    dialog: dialogs.find(({ pattern }) => pattern.test(customId))?.dialog ?? null,
    customId,
    title: asText(event['title']) ?? '',
    uuid: firstUuid(customId),
    fields: fields.filter((field) => field.customId !== ''),
    iframePath: asText(event['iframe_path']),
    token: /^MJ::iframe::(.+)$/.exec(customId)?.[1] ?? null,
  }
}
