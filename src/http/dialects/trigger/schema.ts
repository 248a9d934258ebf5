import { Type } from 'typebox'

/** For readers of the document; values are read leniently. */
const text = (description: string) => Type.String({ description })

export const anyBody = Type.Object({})
export const imagineBody = Type.Object({
  prompt: text('What to draw.'),
  picurl: Type.Optional(text('The address of a picture to put in front.')),
  extra: Type.Optional(text('Parameters to put behind: `--ar 9:16`.')),
})
export const pressBody = Type.Object({
  index: Type.Optional(Type.Integer()),
  msg_id: text('`id` of the end of the picture.'),
  msg_hash: text('Its hash.'),
  trigger_id: text('The trigger that it belongs to.'),
  direction: Type.Optional(text('Of `expand`: `left`, `right`, `up`, `down`.')),
  zoomout: Type.Optional(Type.Integer({ description: 'Of `zoomout`: 50 or 75.' })),
})
export const uploadedBody = Type.Object({
  upload_filename: text('From `upload`.'),
  trigger_id: Type.Optional(text('From `upload`.')),
})
export const triggerBody = Type.Object({ trigger_id: text('The trigger.') })
export const submittedView = Type.Object({
  message: Type.String(),
  trigger_id: Type.String(),
  trigger_type: Type.String(),
})
