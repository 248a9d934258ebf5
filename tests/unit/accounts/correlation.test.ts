import { describe, expect, test } from 'vitest'
import { type Candidate, confusable, correlate } from '../../../src/accounts/correlation.ts'
import type { JobId } from '../../../src/ids.ts'
import type { JobRequest, Track } from '../../../src/jobs/job.ts'
import { nonceFor } from '../../../src/midjourney/nonce.ts'
import { type BotMessage, parseMessage } from '../../../src/midjourney/parse/message.ts'

const bot = '936929561302675456'
const us = '1000000000000000001'
const other = '1000000000000000002'
const sentAt = 1_800_000_000_000
const idAfter = (seconds: number, n = 0) => nonceFor(sentAt + seconds * 1000, n)
const uuidA = '03aa7a73-cfd8-4231-86fe-adc7be88c983'
const uuidB = '77aa7a73-cfd8-4231-86fe-adc7be88c983'
const grid = idAfter(-100)

const imagine = (prompt = 'a fox'): JobRequest => ({ kind: 'imagine', prompt })
const press = (customId: string): JobRequest => ({
  kind: 'action',
  parent: 'p' as JobId,
  messageId: grid,
  messageFlags: 0,
  customId,
  prompt: 'a fox',
})
const job = (id: string, request: JobRequest, track: Partial<Track> = {}): Candidate => ({
  id: id as JobId,
  request,
  track: { nonces: [`nonce-${id}`], sentAfter: idAfter(0), ...track },
  ended: false,
})

/** A message of the bot as Discord gives it. */
function message(content: string, fields: Record<string, unknown> = {}): BotMessage {
  const raw = {
    id: idAfter(5),
    channel_id: '1100000000000000000',
    author: { id: bot, bot: true },
    mentions: [{ id: us }],
    content,
    flags: 0,
    attachments: [],
    embeds: [],
    components: [],
    ...fields,
  }
  const parsed = parseMessage(raw)
  if (parsed.outcome !== 'known') throw new Error(`${content}: ${parsed.why}`)
  return parsed.message
}

const reply = (messageId: string) => ({ message_reference: { message_id: messageId }, type: 19 })
const button = (custom_id: string, label: string) => ({ type: 2, style: 2, custom_id, label })
const rows = (...buttons: object[]) => ({ components: [{ type: 1, components: buttons }] })
const picture = (uuid: string) => ({
  attachments: [{ id: '1', filename: `u_a_fox_${uuid}.png`, url: `https://cdn.example/u_a_fox_${uuid}.png` }],
  ...rows(button(`MJ::JOB::upsample::1::${uuid}`, 'U1')),
})
const waiting = (fields = {}) => message(`**a fox** - <@${us}> (Waiting to start)`, fields)
const final = (uuid: string, fields = {}) =>
  message(`**a fox** - <@${us}> (fast)`, { ...picture(uuid), ...fields })

const match = (seen: BotMessage, ...jobs: Candidate[]) => correlate(seen, jobs, { userId: us })

describe('ids, in the order of trust', () => {
  test.for<[string, BotMessage, Candidate, string]>([
    ['our nonce', waiting({ nonce: 'nonce-a' }), job('a', imagine()), 'nonce'],
    [
      'the interaction',
      waiting({ interaction_metadata: { id: '55' } }),
      job('a', imagine(), { interactionId: '55' }),
      'interaction',
    ],
    ['the progress message', waiting(), job('a', imagine(), { progressId: idAfter(5) }), 'progress-message'],
    [
      'a final that replies to the progress message',
      final(uuidA, reply(idAfter(1))),
      job('a', imagine(), { progressId: idAfter(1) }),
      'progress-message',
    ],
    ['Midjourney’s uuid', final(uuidA), job('a', imagine(), { uuid: uuidA }), 'uuid'],
    [
      'the clicked message and the button’s kind and index',
      message(`**a fox** - Image #2 <@${us}>`, { ...picture(uuidA), ...reply(grid) }),
      job('a', press('MJ::JOB::upsample::2::x')),
      'reference',
    ],
    ['the text, when one job can be meant', final(uuidA), job('a', imagine()), 'prompt'],
  ])('ties by %s', ([, seen, mine, by]) => {
    const bystander = job('b', imagine('a very different owl'), { progressId: idAfter(2), uuid: uuidB })
    expect(match(seen, bystander, mine)).toEqual({ match: 'job', id: 'a', by })
  })
})

describe('two jobs with the same words', () => {
  const [a, b] = [job('a', imagine(), { uuid: uuidA }), job('b', imagine(), { uuid: uuidB })]

  test('are told apart by any id', () => {
    expect(match(final(uuidB), a, b)).toMatchObject({ id: 'b', by: 'uuid' })
    expect(match(final(uuidA), a, b)).toMatchObject({ id: 'a', by: 'uuid' })
  })

  test('are never guessed between', () => {
    const seen = final(uuidA)
    expect(match(seen, job('a', imagine()), job('b', imagine()))).toEqual({
      match: 'ambiguous',
      ids: ['a', 'b'],
    })
  })

  test('leave the rest to the one whose ids do not contradict', () => {
    expect(match(final(uuidB), a, job('c', imagine()))).toMatchObject({ id: 'c', by: 'prompt' })
  })

  test('give nothing to an ended one’s successor while either can be meant', () => {
    const timedOut = { ...job('old', imagine()), ended: true }
    expect(match(final(uuidA), timedOut, job('new', imagine()))).toMatchObject({ match: 'ambiguous' })
  })
})

describe('a picture whose ids contradict one another', () => {
  const replies = final(uuidB, reply(idAfter(1)))
  const tied = (track: Partial<Track> = {}) => job('a', imagine(), { progressId: idAfter(1), ...track })

  test('is not its progress message’s job’s when that draws another', () => {
    expect(match(replies, tied({ uuid: uuidA }))).toEqual({ match: 'ambiguous', ids: ['a'] })
  })

  test('is nobody’s when it is known to be of another job', () => {
    const owner = job('b', imagine(), { uuid: uuidB })
    expect(match(replies, tied(), owner)).toEqual({ match: 'ambiguous', ids: ['a', 'b'] })
    expect(match(replies, tied(), { ...owner, ended: true })).toMatchObject({ match: 'ambiguous' })
  })
})

describe('what is not ours', () => {
  test.for<[string, BotMessage, Candidate]>([
    [
      'another user’s picture with the same words',
      message(`**a fox** - <@${other}> (fast)`, { ...picture(uuidA), mentions: [{ id: other }] }),
      job('a', imagine()),
    ],
    ['an answer to a nonce that we did not make', waiting({ nonce: '999' }), job('a', imagine())],
    ['a picture made before the job was sent', final(uuidA, { id: idAfter(-60) }), job('a', imagine())],
    ['another uuid', final(uuidB), job('a', imagine(), { uuid: uuidA })],
    ['other words', final(uuidA), job('a', imagine('an owl'))],
    [
      'a final that replies to another progress message',
      final(uuidA, reply(idAfter(3))),
      job('a', imagine(), { progressId: idAfter(1) }),
    ],
    [
      'another button of the same picture',
      message(`**a fox** - Image #3 <@${us}>`, { ...picture(uuidA), ...reply(grid) }),
      job('a', press('MJ::JOB::upsample::2::x')),
    ],
    [
      'a zoom’s waiting text, which is an imagine’s, for an imagine',
      waiting({ ...reply(grid), ...rows(button(`MJ::CancelJob::ByJobid::${uuidA}`, 'Cancel Job')) }),
      job('a', imagine()),
    ],
    [
      'a variation for an upscale of the same picture',
      message(
        `Making variations for image #2 with prompt **a fox** - <@${us}> (Waiting to start)`,
        reply(grid),
      ),
      job('a', press('MJ::JOB::upsample::2::x')),
    ],
  ])('does not take %s', ([, seen, mine]) => {
    expect(match(seen, mine)).toEqual({ match: 'none' })
  })
})

test('reads the uuid of a button’s job from its Cancel button, and ties the final by it', () => {
  const cancel = rows(button(`MJ::CancelJob::ByJobid::${uuidA}`, 'Cancel Job'))
  const upscaling = message(`Upscaling image #1 with **a fox** - <@${us}> (Waiting to start)`, {
    ...reply(grid),
    ...cancel,
  })
  expect(match(upscaling, job('a', press('MJ::JOB::upsample::1::x')))).toMatchObject({ by: 'reference' })
  const [u1, hd] = [
    job('u1', press('MJ::JOB::upsample::1::x'), { uuid: uuidA }),
    job('v', press('MJ::JOB::variation::1::x'), { uuid: uuidB }),
  ]
  const seen = message(`**a fox** - Image #1 <@${us}>`, { ...picture(uuidA), ...reply(grid) })
  expect(match(seen, u1, hd)).toMatchObject({ id: 'u1', by: 'uuid' })
})

describe('what must not be sent yet', () => {
  const sent = (track: Partial<Track>) => job('a', imagine(), track)
  test.for<[string, Candidate, JobRequest, boolean, boolean]>([
    ['the same words while nothing is known of the first', sent({}), imagine('A  Fox --ar 3:2'), true, true],
    ['the same words while its final could not be told', sent({ progressId: '1' }), imagine(), false, true],
    ['(not) once finals name the progress message', sent({ progressId: '1' }), imagine(), true, false],
    ['(not) once the uuid is known', sent({ uuid: uuidA }), imagine(), false, false],
    ['(not) other words', sent({}), imagine('an owl'), false, false],
    [
      'the same button twice',
      job('a', press('MJ::JOB::variation::1::x')),
      press('MJ::JOB::variation::1::x'),
      true,
      true,
    ],
    [
      'two variations of one grid, whose finals read the same',
      job('a', press('MJ::JOB::variation::1::x')),
      press('MJ::JOB::variation::2::x'),
      true,
      true,
    ],
    [
      '(not) U1 beside U2, which the index tells apart',
      job('a', press('MJ::JOB::upsample::1::x')),
      press('MJ::JOB::upsample::2::x'),
      true,
      false,
    ],
    ['(not) a button beside an imagine', sent({}), press('MJ::JOB::upsample::1::x'), true, false],
  ])('%s', ([, first, next, finalsReply, waits]) => {
    expect(confusable(first, next, { finalsReply })).toBe(waits)
  })
})
