import { type Static, type TProperties, Type } from 'typebox'

/** What callers send. Everything is a string, as in a query; JSON numbers and booleans are taken as if they were one. */
const text = (description: string, ...examples: string[]) =>
  Type.Optional(Type.String({ description, ...(examples.length > 0 ? { examples } : {}) }))

const token = text('An API token.', 'k3v9wq…')
const key = text('The admin key, for clients that can send no header.')
const jobId = text('Id of the job.', '9c1f0a77b2de43c1aa05')
const account = text('Channel of an account, as `client_id` or `channelID` gave it.', '1103654914795765792')

export const imagineParams = Type.Object({
  prompt: text('What to draw; every em dash becomes `--`.', 'red fox --ar 3:2'),
  token,
  upscale: text('`true`: also draw the first picture of the grid large, at no charge.', 'true'),
})
export const idParams = Type.Object({ id: jobId })
export const actionParams = Type.Object({
  image: text('Id of an entry of `images`.', '1110056538573389844'),
  action: text('Id of one of its `actions`.', 'MJ::JOB::upsample::1::03aa7a73-cfd8-4231-86fe-adc7be88c983'),
  token,
  client_id: account,
  prompt: text(
    'For a button that asks for one: the new prompt; else the picture keeps its own.',
    'a blue fox',
  ),
  zoom: text('For a custom zoom: from 1 to 2.', '1.5'),
  mask: text('For the region editor: a picture in base64 or as a data URL, white where it is drawn anew.'),
})
export const createTokenParams = Type.Object({
  count: text('How many uses: a whole number from 1 on.', '100'),
  day: text('How many days it is good for: a whole number from 1 on.', '30'),
  key,
})
export const adminParams = Type.Object({ key })
export const historyParams = Type.Object({ token })
export const switchParams = Type.Object({
  type: text('`info`, `fast`, `relax`, `turbo`, `stealth`, `public` or `resume`.', 'info'),
  client_id: account,
  key,
})
export const lookParams = Type.Object({ token, key })

/** What they are answered. */
const view = <Properties extends TProperties>(description: string, properties: Properties) =>
  Type.Object(properties, { description })

const button = view('A button under the picture.', { label: Type.String(), id: Type.String() })
const actions = Type.Array(Type.Array(button), { description: 'Rows of buttons, as Discord shows them.' })

const picture = view('A finished picture.', {
  id: Type.String(),
  url: Type.String(),
  upscaled: Type.Boolean(),
  actions,
})
const trouble = view('Something the bot said instead of drawing, or before it.', {
  id: Type.String(),
  error: Type.String(),
  title: Type.String(),
})

export const jobView = view('The job, with everything that has landed so far.', {
  prompt: Type.String(),
  upscale: Type.Boolean(),
  client_id: Type.String({ description: 'The account that draws it.' }),
  id: Type.String({ pattern: '^[0-9a-f]{20}$' }),
  tasks: Type.Integer({ description: 'Uses charged: 1, and 1 more for each action.' }),
  images: Type.Array(Type.Union([picture, trouble])),
})

const description = view('What the bot sees in the picture.', {
  id: Type.String(),
  mj_image: Type.String(),
  desc_text: Type.String(),
  actions,
})
export const describeView = view('The describe job; `desc` is empty until the bot has answered.', {
  imagePath: Type.String(),
  imageName: Type.String(),
  id: Type.String({ pattern: '^[0-9a-f]{20}$' }),
  client_id: Type.String(),
  desc: Type.Array(Type.Union([description, trouble])),
})

export const progressView = Type.Union(
  [
    view('Drawing.', { id: Type.String(), percentage: Type.String(), image_url: Type.String() }),
    view('Nothing known: waiting, finished or not a job.', { progress: Type.Literal(0) }),
  ],
  { description: 'How far the job is.' },
)

export const historyView = view('Every picture that the token has drawn, oldest first.', {
  data: Type.Array(Type.Object({ job_id: Type.String(), images_url: Type.String() })),
})

export const newTokenView = view('The token, shown this once: only its hash is kept.', {
  token: Type.String(),
})

export const tokensView = view('All tokens, oldest first; of each only its first characters.', {
  data: Type.Array(
    Type.Object({
      token: Type.String(),
      token_type: Type.String(),
      user: Type.String(),
      create_time: Type.String({ examples: ['2026-01-31 18:00:00'] }),
      token_count: Type.Integer({ description: 'Uses left.' }),
      token_day: Type.Number(),
      expiration_time: Type.String(),
      user_type: Type.Union([Type.Integer(), Type.String()]),
      granted: Type.Integer(),
      remaining: Type.Integer(),
      reserved: Type.Integer({ description: 'Uses held by jobs that have not ended.' }),
      used: Type.Integer(),
    }),
  ),
})

export const switchView = view("The bot's own answer, or `fail`.", {
  code: Type.Integer(),
  result: Type.Union([
    Type.String(),
    Type.Object({ title: Type.String(), 'description:': Type.String(), description: Type.String() }),
  ]),
})

export const devicesView = Type.Array(
  Type.Object({
    device: Type.String(),
    channelID: Type.String(),
    patternType: Type.Union([Type.Literal('fast'), Type.Literal('relax')]),
    status: Type.Union([Type.Literal('idle'), Type.Literal('queued'), Type.Literal('full')]),
    count: Type.String({ description: 'Jobs given to it so far.' }),
    time: Type.String({ description: 'When `status` was set, in milliseconds.' }),
  }),
  { description: 'The accounts of the pool.' },
)

export const queueView = view('How many jobs wait for an account.', {
  status: Type.Literal(200),
  data: Type.Integer(),
})

export type Button = Static<typeof button>
export type Picture = Static<typeof picture>
export type Trouble = Static<typeof trouble>
export type JobView = Static<typeof jobView>
export type DescribeView = Static<typeof describeView>
export type ProgressView = Static<typeof progressView>
export type TokenRow = Static<typeof tokensView>['data'][number]
export type SwitchView = Static<typeof switchView>
export type DeviceView = Static<typeof devicesView>[number]
