import { type Static, type TSchema, Type } from 'typebox'
import { accountCommands } from '../../../accounts/pool.ts'
import { jobStates, lanes } from '../../../jobs/job.ts'
import { translations, wordChecks } from '../../../tokens/service.ts'
import { eventTypes } from '../../../webhooks/events.ts'

const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()])
const oneOf = <const Values extends readonly string[]>(values: Values, description?: string) =>
  Type.Unsafe<Values[number]>({ type: 'string', enum: [...values], ...(description ? { description } : {}) })
const time = Type.String({ format: 'date-time' })
const closed = { additionalProperties: false }

const picture = Type.String({
  minLength: 1,
  description: 'A picture: an http address, a data URL, or base64.',
  examples: ['https://example.com/fox.png'],
})
const mode = oneOf(lanes)
const prompt = Type.String({
  description: 'As it would be typed after /imagine.',
  examples: ['red fox --ar 3:2'],
})

export const callbackUrl = Type.String({ pattern: '^https?://', maxLength: 2000 })
export const eventFilter = Type.Optional(
  Type.Array(oneOf(eventTypes), { description: 'Absent or empty: all of them.' }),
)
const callback = Type.Optional(
  Type.Object(
    {
      url: callbackUrl,
      events: eventFilter,
      state: Type.Optional(Type.String({ maxLength: 1000, description: 'Given back in each body.' })),
    },
    { ...closed, description: 'Told what happens to the job; signed as Standard Webhooks.' },
  ),
)
const imagine = Type.Object(
  {
    callback,
    kind: Type.Literal('imagine'),
    prompt,
    pictures: Type.Optional(
      Type.Array(picture, { maxItems: 5, description: 'They go in front of the prompt.' }),
    ),
    mode: Type.Optional(mode),
    thenUpscale: Type.Optional(
      Type.Boolean({ description: 'Draw the first picture large too, at no charge.' }),
    ),
    confirmBatch: Type.Optional(
      Type.Boolean({
        description: 'Ask before a prompt of several jobs is drawn; else it is taken at its word.',
      }),
    ),
  },
  closed,
)
const blend = Type.Object(
  {
    callback,
    kind: Type.Literal('blend'),
    pictures: Type.Array(picture, { minItems: 2, maxItems: 5 }),
    shape: Type.Optional(oneOf(['portrait', 'square', 'landscape'])),
    mode: Type.Optional(mode),
  },
  closed,
)
const describe = Type.Object({ callback, kind: Type.Literal('describe'), picture }, closed)
const shorten = Type.Object({ callback, kind: Type.Literal('shorten'), prompt }, closed)
const show = Type.Object(
  {
    callback,
    kind: Type.Literal('show'),
    uuid: Type.String({ format: 'uuid', description: "Midjourney's own id of the job." }),
    account: Type.Optional(Type.String({ description: 'The account that drew it.' })),
  },
  closed,
)

/** A picture of one pixel. */
const dot =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='

export const jobBody = Type.Union([imagine, blend, describe, shorten, show], {
  examples: [
    { kind: 'imagine', prompt: 'a red fox in the snow --ar 3:2' },
    {
      kind: 'imagine',
      prompt: 'a red fox in the snow --ar 3:2',
      mode: 'fast',
      callback: {
        url: 'https://hooks.example/drawn',
        events: ['job.finished', 'job.failed'],
        state: 'order 17',
      },
    },
    { kind: 'blend', pictures: [dot, dot], shape: 'landscape' },
    { kind: 'describe', picture: 'https://example.com/fox.png' },
    { kind: 'shorten', prompt: 'a very red fox that stands in the very white snow' },
    { kind: 'show', uuid: '4058f1ef-893a-4250-9f44-979f94a0d2f5' },
  ],
})
export type JobBody = Static<typeof jobBody>

export const jobParams = Type.Object({ id: Type.String({ description: 'Id of the job.' }) })
export const submitHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ minLength: 1, maxLength: 255, description: 'The same key gives the same job again.' }),
  ),
})

const answerFields = {
  prompt: Type.Optional(prompt),
  zoom: Type.Optional(Type.Number({ minimum: 1, maximum: 2, description: 'Of a custom zoom.' })),
  mask: Type.Optional(
    Type.String({
      description: 'Of Vary (Region): a picture in base64 or as a data URL, white where it is drawn anew.',
    }),
  ),
}
export const answerBody = Type.Object(answerFields, {
  ...closed,
  examples: [{ prompt: 'a blue fox --ar 3:2' }],
})
export const actionBody = Type.Object(
  {
    callback,
    button: Type.String({ description: 'Id or label of one of the buttons.', examples: ['U1'] }),
    values: Type.Optional(Type.Array(Type.String(), { description: 'What is chosen from a menu.' })),
    ...answerFields,
    onDialog: Type.Optional(oneOf(['ask', 'accept'])),
  },
  { ...closed, examples: [{ button: 'U1' }, { button: 'V1', prompt: 'a blue fox', onDialog: 'ask' }] },
)
export type AnswerBody = Static<typeof answerBody>
export type ActionBody = Static<typeof actionBody>

const button = Type.Object({ id: Type.String(), label: Type.String() })
const file = Type.Object({
  url: Type.String({ description: 'Where it is kept; does not expire.' }),
  filename: Type.String(),
  contentType: nullable(Type.String()),
  width: nullable(Type.Number()),
  height: nullable(Type.Number()),
  size: nullable(Type.Number()),
  discordUrl: Type.String({ description: 'Where Discord has it; expires.' }),
})

export const jobView = Type.Object(
  {
    id: Type.String(),
    kind: Type.String(),
    state: oneOf(jobStates),
    prompt: nullable(Type.String({ description: 'What is drawn.' })),
    originalPrompt: nullable(
      Type.String({ description: 'What the caller wrote, where that was translated.' }),
    ),
    warnings: Type.Array(Type.String()),
    mode,
    account: nullable(Type.String()),
    parent: nullable(Type.String()),
    root: Type.String(),
    charge: Type.Integer({ description: 'Uses that it costs.' }),
    attempts: Type.Integer(),
    queue: nullable(
      Type.Object(
        { position: Type.Integer(), etaMs: nullable(Type.Integer()) },
        {
          description:
            'How many stand before it, and about how long it will wait; only for a job that waits.',
        },
      ),
    ),
    percent: nullable(Type.Number()),
    previewUrl: nullable(Type.String()),
    question: nullable(
      Type.Object({
        dialog: Type.String(),
        title: Type.String(),
        fields: Type.Array(Type.Object({ name: Type.String(), label: Type.String(), value: Type.String() })),
        until: time,
      }),
    ),
    failure: nullable(Type.Object({ code: Type.String(), message: Type.String(), retry: Type.Boolean() })),
    notices: Type.Array(Type.Object({ title: Type.String(), text: Type.String(), at: time })),
    result: nullable(
      Type.Object({
        messageId: Type.String(),
        uuid: nullable(Type.String()),
        prompt: Type.String({ description: 'As the bot has rewritten it.' }),
        index: nullable(
          Type.Integer({ description: "Which picture of the parent's grid it was made from." }),
        ),
        mode: nullable(mode),
        seed: nullable(Type.String()),
        content: Type.String({ description: 'The text of the message that shows it.' }),
        text: nullable(Type.String()),
        files: Type.Array(file),
        thumbnail: nullable(Type.String({ description: 'The first picture, small, as WebP.' })),
        webp: nullable(Type.String({ description: 'The first picture in full size, as WebP.' })),
        quarters: Type.Array(Type.String(), {
          description: 'The four pictures of a grid, each as a PNG of its own; no upscale is spent.',
        }),
        buttons: Type.Array(Type.Array(button)),
        children: Type.Array(Type.String()),
      }),
    ),
    timings: Type.Object({
      queuedAt: time,
      takenAt: nullable(time),
      sentAt: nullable(time),
      startedAt: nullable(time),
      finishedAt: nullable(time),
    }),
  },
  { description: 'A job, with all that is known of it.' },
)
export type JobView = Static<typeof jobView>

export const listQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
    cursor: Type.Optional(Type.String({ description: '`next` of the page before.' })),
    root: Type.Optional(
      Type.String({ description: 'Only the line that this job began, oldest first: lineage.' }),
    ),
    state: Type.Optional(oneOf(jobStates)),
    kind: Type.Optional(oneOf(['imagine', 'batch', 'action', 'blend', 'describe', 'shorten', 'show'])),
    mode: Type.Optional(mode),
    account: Type.Optional(Type.String({ description: 'The account that has or had it.' })),
  },
  // A filter that is misspelt would show everything.
  closed,
)
export const listView = Type.Object({ data: Type.Array(jobView), next: nullable(Type.String()) })

export const traceView = Type.Object({
  why: nullable(Type.String({ description: 'How its account was chosen, and why others were passed over.' })),
  events: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), at: time, data: Type.String() })),
})

const whole = (most: number) => Type.Integer({ minimum: 1, maximum: most })
const services = Type.Object(
  {
    translate: Type.Optional(
      oneOf(
        translations,
        'Prompts in other scripts: left alone, or translated; without a translation sent, or refused.',
      ),
    ),
    bannedWords: Type.Optional(oneOf(wordChecks)),
  },
  { ...closed, description: 'What is done with its prompts; absent: what is done with everybody’s.' },
)
export const grantBody = Type.Object(
  {
    count: whole(1_000_000_000),
    days: whole(36_500),
    class: Type.Optional(
      Type.String({ pattern: '^[A-Za-z0-9_-]{1,32}$', description: 'Its row in the mode policy.' }),
    ),
    mode: Type.Optional(mode),
    weight: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 1000, description: 'Its share of a lane.' }),
    ),
    services: Type.Optional(services),
  },
  {
    ...closed,
    examples: [
      { count: 100, days: 30 },
      { count: 100, days: 30, mode: 'relax', services: { translate: 'refuse' } },
    ],
  },
)
export const tokenParams = Type.Object({
  id: Type.String({ description: 'As the list of tokens names it.' }),
})
export const tokenChange = Type.Object(
  { services },
  { ...closed, examples: [{ services: { bannedWords: 'warn' } }] },
)
export const newTokenView = Type.Object({
  id: Type.String({ description: 'Names it to operators; no secret.' }),
  token: Type.String({ description: 'Shown this once: only its hash is kept.' }),
})
export const tokenView = Type.Object({
  label: Type.String({ description: 'Its first characters.' }),
  granted: Type.Integer(),
  remaining: Type.Integer(),
  reserved: Type.Integer(),
  used: Type.Integer(),
  class: Type.String(),
  mode: Type.String(),
  weight: Type.Number(),
  services,
  createdAt: time,
  expiresAt: time,
})
export const listedToken = Type.Object({ id: Type.String(), ...tokenView.properties })
export type TokenView = Static<typeof tokenView>

export const attachBody = Type.Object(
  { job: Type.String({ pattern: '^[0-9a-f]{20}$' }) },
  { ...closed, examples: [{ job: '9c1f0a77b2de43c1aa05' }] },
)
export const orphanParams = Type.Object({ orphan: Type.String({ description: 'Id of the message.' }) })

export const seedView = Type.Object({ seed: Type.String() })

const flag = Type.Optional(Type.Boolean())
export const orderBody = Type.Union(
  [
    Type.Object({ do: oneOf(accountCommands) }, closed),
    Type.Object(
      {
        do: Type.Literal('settings'),
        change: Type.Optional(
          Type.Object(
            {
              switches: Type.Optional(
                Type.Object(
                  {
                    remix: flag,
                    raw: flag,
                    public: flag,
                    personalization: flag,
                    'high-variation': flag,
                    'low-variation': flag,
                    'sticky-style': flag,
                    'stylize-low': flag,
                    'stylize-medium': flag,
                    'stylize-high': flag,
                    'stylize-very-high': flag,
                  },
                  closed,
                ),
              ),
              version: Type.Optional(Type.String()),
            },
            closed,
          ),
        ),
      },
      closed,
    ),
    Type.Object(
      {
        do: Type.Literal('prefer'),
        option: oneOf(['remix', 'variability', 'auto_dm', 'suffix']),
        value: Type.Optional(Type.String({ maxLength: 500 })),
      },
      closed,
    ),
  ],
  {
    examples: [
      { do: 'info' },
      { do: 'settings', change: { switches: { remix: true } } },
      { do: 'prefer', option: 'suffix', value: '--ar 3:2' },
    ],
  },
)
export const accountParams = Type.Object({ account: Type.String() })
