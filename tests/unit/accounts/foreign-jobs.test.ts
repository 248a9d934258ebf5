import { expect, test } from 'vitest'
import { ForeignJobs } from '../../../src/accounts/foreign-jobs.ts'
import { type BotMessage, parseMessage } from '../../../src/midjourney/parse/message.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'

const uuid = '03aa7a73-cfd8-4231-86fe-adc7be88c983'
const minute = 60_000

function message(id: string, content: string, fields: object = {}): BotMessage {
  const parsed = parseMessage({
    id,
    channel_id: '1100000000000000000',
    author: { id: '936929561302675456', bot: true },
    content,
    ...fields,
  })
  if (parsed.outcome !== 'known') throw new Error(parsed.why)
  return parsed.message
}

const waiting = (id: string) => message(id, '**a fox** - <@1> (Waiting to start)')
const progress = (id: string, mode = 'fast') => message(id, `**a fox** - <@1> (31%) (${mode})`)
const final = (replyTo: string | null) =>
  message('9', '**a fox** - <@1> (fast)', {
    attachments: [{ id: '1', filename: `u_a_fox_${uuid}.png`, url: `https://cdn.example/a_${uuid}.png` }],
    components: [
      { type: 1, components: [{ type: 2, custom_id: `MJ::JOB::upsample::1::${uuid}`, label: 'U1' }] },
    ],
    ...(replyTo === null ? {} : { message_reference: { message_id: replyTo }, type: 19 }),
  })

function book() {
  const clock = new ManualClock()
  return { clock, jobs: new ForeignJobs(clock) }
}

test('counts a job from its first message to its picture', () => {
  const { jobs } = book()
  expect(jobs.heard(waiting('5'))).toBe(true)
  expect(jobs.heard(progress('5'))).toBe(false)
  expect(jobs.heard(waiting('6'))).toBe(true)
  expect(jobs.count).toBe(2)
  jobs.heard(final('5'))
  expect(jobs.count).toBe(1)
})

test('without a reference its end is told by the removal of its message, a little later', () => {
  const { jobs, clock } = book()
  jobs.heard(waiting('5'))
  jobs.removed('5')
  jobs.heard(final(null))
  expect(jobs.count).toBe(1)
  clock.advance(16_000)
  expect(jobs.count).toBe(0)
})

test('forgets what nothing was heard of for long, relaxed jobs later', () => {
  const { jobs, clock } = book()
  jobs.heard(progress('5'))
  jobs.heard(progress('6', 'relaxed'))
  clock.advance(11 * minute)
  expect(jobs.count).toBe(1)
  clock.advance(50 * minute)
  expect(jobs.count).toBe(0)
})
