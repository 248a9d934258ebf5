import { Type } from 'typebox'

const text = (description: string) => Type.Optional(Type.String({ description }))
const whole = (description: string, minimum: number, maximum: number) =>
  Type.Optional(Type.Integer({ description, minimum, maximum }))

const common = {
  model: text('Taken as it is; a name that begins with `gpt-` or `chatgpt-` is answered with bytes.'),
  n: whole('How many pictures. Each four of them are one job, and cost one use.', 1, 10),
  size: text('`WIDTHxHEIGHT`: becomes `--ar`, unless the prompt has one. `auto` and squares add nothing.'),
  response_format: text('`url` or `b64_json`.'),
  output_format: text('`png`, `jpeg` or `webp`, for bytes.'),
  output_compression: whole('For `jpeg` and `webp`.', 0, 100),
}
const streaming = {
  stream: Type.Optional(Type.Boolean({ description: 'Answer with server-sent events, with bytes.' })),
  partial_images: whole('How many pictures of the unfinished grid a stream shows.', 0, 3),
}
const prompt = Type.String({ description: 'What to draw, with parameters of Midjourney where wanted.' })
const file = (description: string) => Type.String({ format: 'binary', description })

export const generation = Type.Object({ prompt, ...common, ...streaming })
export const edit = Type.Object({
  image: file('Goes in front of the prompt; `image[]` for several, up to five.'),
  mask: Type.Optional(file('Not used: Midjourney redraws parts of its own pictures only.')),
  prompt,
  ...common,
  ...streaming,
})
export const variation = Type.Object({ image: file('Is described, and drawn anew by that.'), ...common })

export const modelParams = Type.Object({ id: Type.String() })
export const submitHeaders = Type.Object({
  'idempotency-key': text('The same key with the same request gives the same pictures.'),
})

export const images = Type.Object({
  created: Type.Integer({ description: 'Unix seconds.' }),
  data: Type.Array(
    Type.Object({
      url: text('Of a PNG.'),
      b64_json: text('Base64.'),
      revised_prompt: text('What was drawn.'),
    }),
  ),
})
export const refused = Type.Object({
  error: Type.Object({
    message: Type.String(),
    type: Type.String(),
    param: Type.Union([Type.String(), Type.Null()]),
    code: Type.Union([Type.String(), Type.Null()]),
  }),
})
export const model = Type.Object({
  id: Type.String(),
  object: Type.Literal('model'),
  created: Type.Integer(),
  owned_by: Type.String(),
})
export const modelList = Type.Object({ object: Type.Literal('list'), data: Type.Array(model) })
