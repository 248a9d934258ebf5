import { expect, test } from 'vitest'
import { type Candidate, correlate } from '../../../src/accounts/correlation.ts'
import type { JobId } from '../../../src/ids.ts'
import type { JobRequest, Track } from '../../../src/jobs/job.ts'
import { type BotMessage, parseMessage } from '../../../src/midjourney/parse/message.ts'
import { messageFixtures } from '../../fixtures/messages/all.ts'
import { mutate } from '../../fixtures/messages/mutate.ts'
import {
  clickedId,
  interactionId,
  jobUuid,
  newUuid,
  nonce,
  progressId,
  userId,
} from '../../fixtures/messages/write.ts'
import { seeded } from '../../helpers/seeded.ts'

const seed = Number(process.env['MUTATION_SEED'] ?? 20_261_120)
const runs = 100_000

const sentAfter = '1240000000000000000'
const job = (id: string, request: JobRequest, track: Partial<Track>, ended = false): Candidate => ({
  id: id as JobId,
  request,
  track: { nonces: [], sentAfter, ...track },
  ended,
})
const press = (customId: string): JobRequest => ({
  kind: 'action',
  parent: 'p' as JobId,
  messageId: clickedId,
  messageFlags: 0,
  customId,
  prompt: 'a red fox in the snow',
})
const imagine = (prompt: string): JobRequest => ({ kind: 'imagine', prompt })
const elsewhere = '2f3a2b1c-4d5e-4f60-8a7b-9c0d1e2f3a4b'

/** Jobs that the fixtures are about, each known by other ids, and some that they are not about. */
const books: Record<string, Candidate[]> = {
  'everything known': [
    job('imagine', imagine('a red fox in the snow'), { nonces: [nonce], progressId, uuid: jobUuid }),
    job('vary', press(`MJ::JOB::high_variation::1::${jobUuid}::SOLO`), { nonces: ['77'], uuid: newUuid }),
    job('owl', imagine('an owl'), { nonces: ['78'], progressId: '1246800000000000078', uuid: elsewhere }),
  ],
  'progress known': [
    job('imagine', imagine('a red fox in the snow'), { nonces: ['76'], progressId }),
    job('u2', press(`MJ::JOB::upsample::2::${jobUuid}`), { nonces: ['77'] }),
    job('owl', imagine('an owl'), { nonces: ['78'], progressId: '1246800000000000078', uuid: newUuid }),
  ],
  'sent only': [
    job('imagine', imagine('a red fox in the snow'), { nonces: ['76'] }),
    job('show', { kind: 'show', uuid: newUuid }, { nonces: ['80'], uuid: newUuid }),
    job(
      'describe',
      { kind: 'describe', link: 'https://example.com/x.png' },
      { nonces: [nonce], interactionId },
    ),
  ],
  'clicked and ended': [
    job('old', imagine('a red fox in the snow'), { nonces: ['75'], progressId, uuid: jobUuid }, true),
    job('fox', imagine('a fox'), { nonces: ['76'], interactionId }),
    job('u1', press(`MJ::JOB::upsample::1::${jobUuid}`), { nonces: ['77'] }),
    job('zoom', press(`MJ::Outpaint::50::1::${jobUuid}::SOLO`), { nonces: ['78'] }),
    job('heart', press(`MJ::BOOKMARK::${jobUuid}`), { nonces: ['79'] }),
  ],
}

/** What can end a job, for better or worse. */
const endings = new Set(['result', 'described', 'shortened', 'reply', 'stopped', 'notice'])

test('no mutated message throws, or ends a job that none of its ids belongs to', {
  timeout: 300_000,
}, () => {
  const random = seeded(seed)
  const raws = messageFixtures.map(({ raw }) => raw)
  const ended = new Map<string, number>()
  for (let run = 0; run < runs; run += 1) {
    const raw = mutate(raws[run % raws.length] ?? {}, raws, random)
    const where = () => `seed ${seed}, run ${run}: ${show(raw)}`
    const parsed = attempt(() => parseMessage(raw), where)
    if (parsed.outcome !== 'known' || !endings.has(parsed.message.type)) continue
    const { message } = parsed
    for (const [name, book] of Object.entries(books)) {
      const match = attempt(() => correlate(message, book, { userId }), where)
      if (match.match !== 'job') continue
      const mine = book.find(({ id }) => id === match.id)
      const why = mine ? objection(raw, message, mine, book, match.by) : 'not in the book'
      if (why) expect.fail(`${name}: ${match.id} by ${match.by}: ${why}; ${where()}`)
      ended.set(match.by, (ended.get(match.by) ?? 0) + 1)
    }
  }
  // Else the test proves nothing: each tie has to have been tried many times.
  for (const by of ['nonce', 'interaction', 'progress-message', 'uuid', 'reference', 'prompt']) {
    expect(ended.get(by) ?? 0, by).toBeGreaterThan(100)
  }
})

function attempt<Value>(run: () => Value, where: () => string): Value {
  try {
    return run()
  } catch (error) {
    throw new Error(`threw at ${where()}`, { cause: error })
  }
}

/** Why the message must not have ended the job; null when it may. Reads the raw message by itself. */
function objection(
  raw: Record<string, unknown>,
  message: BotMessage,
  mine: Candidate,
  book: readonly Candidate[],
  by: string,
): string | null {
  const drawn = uuidOfFiles(raw)
  if (message.type === 'result' && drawn !== null) {
    if (mine.track.uuid !== undefined && mine.track.uuid !== drawn) return 'the picture is of another job'
    const other = book.find(
      ({ id, track, request }) => id !== mine.id && request.kind !== 'show' && track.uuid === drawn,
    )
    if (other) return `the picture is of ${other.id}`
  }
  const named = namedBy(raw)
  const { nonces, interactionId: interaction, progressId: progress, uuid } = mine.track
  const clicked = mine.request.kind === 'action' ? mine.request.messageId : undefined
  const ids = [...nonces, interaction, progress, uuid, clicked].filter((id) => id !== undefined)
  if (ids.some((id) => named.includes(id))) return null
  if (by !== 'prompt') return 'no id of it is in the message'
  // By its words alone: only what nothing else is known of, when it says the same, to the same user.
  if (uuid !== undefined) return 'its picture has an id, and this is not it'
  const words = strings([raw['content'], raw['embeds']]).join(' ').toLowerCase()
  if (mine.request.kind === 'describe') return words.includes('\u20e3') ? null : 'no list'
  const prompt = mine.request.kind === 'imagine' ? mine.request.prompt : '?'
  return words.includes(prompt) ? null : 'other words'
}

/** Every id that the message has in a place for ids. */
function namedBy(raw: Record<string, unknown>): string[] {
  const text = typeof raw['content'] === 'string' ? raw['content'] : ''
  const tail = text.slice(text.lastIndexOf('**'))
  return [
    raw['id'],
    raw['nonce'],
    typeof raw['nonce'] === 'number' ? String(raw['nonce']) : null,
    ...['interaction', 'interaction_metadata', 'message_reference'].flatMap((field) => strings(raw[field])),
    ...[...strings(raw['attachments']), ...strings(raw['components']), tail].flatMap((part) => uuidsIn(part)),
  ].filter((id) => typeof id === 'string')
}

const uuidsIn = (text: string): string[] =>
  (text.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi) ?? []).map((found) => found.toLowerCase())

/** The job in the name of the first file that has one. */
function uuidOfFiles(raw: Record<string, unknown>): string | null {
  const files = Array.isArray(raw['attachments']) ? raw['attachments'] : []
  for (const file of files) {
    const { filename, url } = (file ?? {}) as Record<string, unknown>
    if (typeof url !== 'string' || !url.startsWith('http')) continue
    const named = typeof filename === 'string' ? uuidsIn(filename).at(-1) : undefined
    const found = named ?? uuidsIn(url.split(/[?#]/)[0] ?? '').at(-1)
    if (found) return found
  }
  return null
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(strings)
}

const show = (raw: unknown): string =>
  JSON.stringify(raw, (_, value: unknown) =>
    ['bigint', 'symbol', 'function'].includes(typeof value) ? String(value) : value,
  )
