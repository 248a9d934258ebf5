import { expect, test } from 'vitest'
import type { Candidate } from '../../../src/accounts/correlation.ts'
import { orphanOf, rankCandidates } from '../../../src/accounts/orphans.ts'
import type { AccountId, JobId } from '../../../src/ids.ts'
import type { JobRequest, Track } from '../../../src/jobs/job.ts'
import { type BotMessage, parseMessage } from '../../../src/midjourney/parse/message.ts'

const uuid = '03aa7a73-cfd8-4231-86fe-adc7be88c983'
const grid = '1110000000000000001'

const imagine = (prompt: string): JobRequest => ({ kind: 'imagine', prompt })
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
  track: { nonces: [], sentAfter: '1110000000000000002', ...track },
  ended: false,
})

function picture(content: string, replyTo: string | null): BotMessage & { type: 'result' } {
  const parsed = parseMessage({
    id: '1110000000000000009',
    channel_id: '1100000000000000000',
    author: { id: '936929561302675456', bot: true },
    mentions: [{ id: '1000000000000000001' }],
    content,
    attachments: [{ id: '1', filename: `u_a_fox_${uuid}.png`, url: `https://cdn.example/a_${uuid}.png` }],
    components: [
      { type: 1, components: [{ type: 2, custom_id: `MJ::JOB::upsample::1::${uuid}`, label: 'U1' }] },
    ],
    ...(replyTo === null ? {} : { message_reference: { message_id: replyTo }, type: 19 }),
  })
  if (parsed.outcome !== 'known' || parsed.message.type !== 'result') throw new Error('not a picture')
  return parsed.message
}

const fox = picture('**a fox --v 7.0** - <@1000000000000000001> (fast)', null)

test('ranks the jobs that a picture may be of, likeliest first, and says why', () => {
  const named = picture('**a fox** - <@1000000000000000001> (fast)', '1110000000000000005')
  expect(
    rankCandidates(named, [
      job('same-words', imagine('a fox')),
      job('other-words', imagine('an owl')),
      job('its-progress', imagine('a fox'), { progressId: '1110000000000000005' }),
    ]),
  ).toEqual([
    { job: 'its-progress', score: 1, likenesses: ['progress message', 'prompt', 'kind'] },
    { job: 'same-words', score: 0.45, likenesses: ['prompt', 'kind'] },
  ])
})

test('names no job that it cannot be of', () => {
  const others = [
    job('sent-later', imagine('a fox'), { sentAfter: '1110000000000000010' }),
    job('drawn-otherwise', imagine('a fox'), { uuid: '77aa7a73-cfd8-4231-86fe-adc7be88c983' }),
  ]
  expect(rankCandidates(fox, others)).toEqual([])
})

test('tells buttons of one message apart by what they make', () => {
  const second = picture('**a fox** - Image #2 <@1000000000000000001>', grid)
  const candidates = [
    job('u1', press(`MJ::JOB::upsample::1::${uuid}`)),
    job('u2', press(`MJ::JOB::upsample::2::${uuid}`)),
    job('v2', press(`MJ::JOB::variation::2::${uuid}`)),
  ]
  expect(rankCandidates(second, candidates)[0]).toMatchObject({
    job: 'u2',
    likenesses: ['clicked message', 'prompt', 'kind', 'index'],
  })
})

test('keeps what an operator has to see', () => {
  expect(orphanOf(fox, '1100000000000000000' as AccountId, [], 5)).toEqual({
    id: '1110000000000000009',
    account: '1100000000000000000',
    at: 5,
    prompt: 'a fox --v 7.0',
    kind: 'imagine',
    url: `https://cdn.example/a_${uuid}.png`,
    candidates: [],
  })
})
