import type { AccountCommand, AccountView, CommandReply } from '../../../accounts/pool.ts'
import { isFinished, type Job, type JobResult, type Notice, picturesOf } from '../../../jobs/job.ts'
import type { ImagineInput, Submitted } from '../../../jobs/service.ts'
import type { Token } from '../../../tokens/service.ts'
import type {
  Button,
  DescribeView,
  DeviceView,
  JobView,
  Picture,
  ProgressView,
  SwitchView,
  TokenRow,
  Trouble,
} from './schema.ts'

/** How long the last percentage of a finished job is still told. */
const progressKeptMs = 600_000

/** A job that was accepted a moment ago, without reading it back. */
export function fromSubmitted(
  { id }: Submitted,
  { prompt, thenUpscale = false }: ImagineInput,
  clientId: string,
): JobView {
  return { prompt, upscale: thenUpscale, client_id: clientId, id, tasks: 1, images: [] }
}

/** The root job with its follow-ups: one job to this family's clients, whose `images` only grow. */
export function fromLine(line: readonly [Job, ...Job[]], clientId: string): JobView {
  const [{ id, request }] = line
  return {
    prompt: 'prompt' in request ? request.prompt : '',
    upscale: request.kind === 'imagine' && request.thenUpscale === true,
    client_id: clientId,
    id,
    tasks: line.reduce((sum, job) => sum + job.charge, 0),
    images: uniqueById(line.flatMap(landings).sort((a, b) => a.at - b.at)),
  }
}

/** What a describe has come to; a failure is told in `desc`, where a waiting client looks. */
export function fromDescribe(job: Job, clientId: string): DescribeView {
  const name = `${job.id}${extensionOf(picturesOf(job.request)[0]?.filename ?? '')}`
  return {
    imagePath: `/uploads/${name}`,
    imageName: name,
    id: job.id,
    client_id: clientId,
    desc:
      job.state === 'done'
        ? [fromDescription(job.result)]
        : isFinished(job)
          ? troubles(job).map(({ entry }) => entry)
          : [],
  }
}

const fromDescription = (result: JobResult): DescribeView['desc'][number] => ({
  id: result.messageId,
  mj_image: result.url ?? '',
  desc_text: (result.text ?? '').replace(/\n{2,}/g, '\r\n'),
  actions: rowsOf(result),
})

/**
 * The percentage of the newest job of the line that is being drawn. When all have ended, the last one stays for ten
 * minutes, as clients of this family are used to.
 */
export function fromProgress(line: readonly Job[], now: number): ProgressView {
  const open = line.filter((job) => !isFinished(job))
  const candidates = open.length > 0 ? open : line.filter((job) => isFinished(job) && endedSince(job, now))
  const seen = candidates.findLast((job) => job.track.percent !== undefined)
  const [root] = line
  if (!seen || !root) return { progress: 0 }
  return {
    id: root.id,
    percentage: String(seen.track.percent),
    image_url: seen.track.previewUrl ?? '',
  }
}

export function fromHistory(jobs: readonly Job[]): { job_id: string; images_url: string }[] {
  const entries = jobs.flatMap((job) =>
    job.state === 'done' && job.result.url ? [{ job_id: job.root, images_url: job.result.url }] : [],
  )
  return [...new Map(entries.map((entry) => [entry.images_url, entry])).values()]
}

/** A token without its secret: `token_count` is what is left, as these clients read it. */
export function fromToken(token: Token): TokenRow {
  const { granted, remaining, reserved, used } = token
  return {
    token: `${token.label}…`,
    token_type: token.mode,
    user: 'admin',
    create_time: localTime(token.createdAt),
    token_count: remaining,
    token_day: token.days,
    expiration_time: localTime(token.expiresAt),
    user_type: /^\d+$/.test(token.class) ? Number(token.class) : token.class,
    granted,
    remaining,
    reserved,
    used,
  }
}

export function fromCommand(command: AccountCommand, reply: CommandReply): SwitchView {
  if (!reply.answered) return { code: 400, result: 'fail' }
  const { title, text } = reply
  if (command !== 'info') return { code: 200, result: text || title }
  // The colon is part of the key that clients read; the second spelling is for those written since.
  return { code: 200, result: { title, 'description:': text, description: text } }
}

/** An account as this family's device: every value is a string, and it knows two modes. */
export function fromAccount({ id, mode, queueStatus, queueStatusAt, count }: AccountView): DeviceView {
  return {
    device: `channel_id_${id}`,
    channelID: id,
    patternType: mode === 'relax' ? 'relax' : 'fast',
    status: queueStatus,
    count: String(count),
    time: String(queueStatusAt),
  }
}

interface Landing<Entry> {
  at: number
  entry: Entry
}

/** Everything that a job has brought its caller so far. */
function landings(job: Job): Landing<Picture | Trouble>[] {
  const picture = job.state === 'done' ? fromResult(job.result) : null
  return picture && job.state === 'done'
    ? [...troubles(job), { at: job.finishedAt, entry: picture }]
    : troubles(job)
}

function troubles(job: Job): Landing<Trouble>[] {
  const said = job.notices.map((notice) => ({ at: notice.at, entry: fromNotice(notice) }))
  if (!isFinished(job) || job.state === 'done' || job.notices.some(({ final }) => final)) return said
  // The bot never said why: without an entry of our own, clients would poll for ever.
  const { code, message } = job.failure
  return [...said, { at: job.finishedAt, entry: { id: job.id, error: message, title: titleOf(code) } }]
}

const fromNotice = ({ id, text, title }: Notice): Trouble => ({ id, error: text, title })

function fromResult(result: JobResult): Picture | null {
  const { messageId, url, content } = result
  // Its clients know this flag as what the text says: a plain U1 (`Image #1`) is not "upscaled" to them.
  const upscaled = content.includes(' - Upscaled ')
  return url === null ? null : { id: messageId, url, upscaled, actions: rowsOf(result) }
}

/** The buttons to act with: not the smileys that rate a picture. */
function rowsOf({ buttons }: JobResult): Button[][] {
  return buttons
    .map((row) =>
      row
        .filter(({ customId }) => !customId.includes('::RATING::'))
        .map(({ label, customId }) => ({ label, id: customId })),
    )
    .filter((row) => row.length > 0)
}

function uniqueById(landed: readonly Landing<Picture | Trouble>[]): (Picture | Trouble)[] {
  const byId = new Map<string, Picture | Trouble>()
  for (const { entry } of landed) if (!byId.has(entry.id)) byId.set(entry.id, entry)
  return [...byId.values()]
}

/** `queue-timeout` reads `Queue timeout`. */
const titleOf = (code: string): string => code.charAt(0).toUpperCase() + code.slice(1).replaceAll('-', ' ')

const endedSince = (job: Job, now: number): boolean =>
  isFinished(job) && now - job.finishedAt <= progressKeptMs

const extensionOf = (filename: string): string => /\.[a-z0-9]+$/.exec(filename)?.[0] ?? ''

/** `YYYY-MM-DD HH:MM:SS` where the gateway runs, which is how Swedes write it. */
const localTime = (ms: number): string => new Date(ms).toLocaleString('sv-SE')
