import { Type } from 'typebox'

/** What readers of the document need; bodies are read leniently, as this family's clients have always been. */
export const security = [{ mjApiSecret: [] }, { bearer: [] }]

const text = (description: string) => Type.Optional(Type.String({ description }))
const pictures = Type.Optional(Type.Array(Type.String(), { description: 'Data URLs, base64 or links.' }))
const common = {
  state: text('Given back with the task.'),
  notifyHook: text('Is sent the task whenever it changes.'),
  botType: text('`MID_JOURNEY` or `NIJI_JOURNEY`.'),
}
const body = (properties: Parameters<typeof Type.Object>[0]) => Type.Object({ ...properties, ...common })

export const anyBody = Type.Object({})
export const idsBody = Type.Object({ ids: Type.Array(Type.Union([Type.String(), Type.Number()])) })

export const submitBodies: Record<string, ReturnType<typeof body>> = {
  imagine: body({ prompt: Type.String({ examples: ['red fox --ar 3:2'] }), base64Array: pictures }),
  change: body({ taskId: Type.String(), action: Type.String(), index: Type.Optional(Type.Integer()) }),
  'simple-change': body({ content: Type.String({ examples: ['1700000000000123 U2'] }) }),
  describe: body({ base64: text('A picture.'), link: text('Its address.') }),
  blend: body({
    base64Array: Type.Array(Type.String()),
    dimensions: text('`PORTRAIT`, `SQUARE`, `LANDSCAPE`.'),
  }),
  action: body({ taskId: Type.String(), customId: Type.String() }),
  modal: body({
    taskId: Type.String(),
    prompt: text('The prompt.'),
    maskBase64: text('White is drawn anew.'),
  }),
  shorten: body({ prompt: Type.String() }),
  show: body({ jobId: Type.String({ description: "Midjourney's id of the job, or an address with it." }) }),
  video: body({
    prompt: text('What happens.'),
    image: text('The first picture.'),
    motion: text('`low` or `high`.'),
  }),
  'upload-discord-images': body({ base64Array: Type.Array(Type.String()) }),
}

export const submitView = Type.Object({
  code: Type.Integer({
    description: '1 accepted, 21 waits for a modal, 22 waits in the queue; else a refusal.',
  }),
  description: Type.String(),
  result: Type.Union([Type.String(), Type.Array(Type.String()), Type.Null()]),
  properties: Type.Object({}),
})

export const taskView = Type.Object({
  id: Type.String(),
  action: Type.String(),
  status: Type.String(),
  progress: Type.Union([Type.String(), Type.Null()]),
  imageUrl: Type.Union([Type.String(), Type.Null()]),
  failReason: Type.Union([Type.String(), Type.Null()]),
  buttons: Type.Array(
    Type.Object({
      customId: Type.String(),
      emoji: Type.String(),
      label: Type.String(),
      type: Type.Integer(),
      style: Type.Integer(),
    }),
  ),
})
