import { expect, test } from 'vitest'
import { type Candidate, correlate } from '../../../src/accounts/correlation.ts'
import type { JobId } from '../../../src/ids.ts'
import { parseMessage } from '../../../src/midjourney/parse/message.ts'
import { messageFixtures } from '../../fixtures/messages/all.ts'
import { seeded } from '../../helpers/seeded.ts'

const runs = 100_000
const seed = 20_261_121

/** What a field of a message may wrongly hold. */
const nonsense: readonly unknown[] = [
  null,
  0,
  -1,
  1e308,
  Number.MAX_SAFE_INTEGER,
  true,
  '',
  ' ',
  '**',
  '** - <@1> (fast)',
  '(Waiting to start)',
  '(100%) (fast)',
  'Image #2 <@1>',
  '\u0000\ud800\uffff',
  '一'.repeat(50),
  '[(Open on website for full quality)](<https://midjourney.com/jobs/x>) (fast)',
  [],
  [null],
  [[[[]]]],
  {},
  { id: {} },
  { toString: 1 },
]

/** Jobs in flight whose ids no fixture has, so that a mutated message can only be theirs by mistake. */
const book: Candidate[] = messageFixtures
  .flatMap(({ raw }) => {
    const parsed = parseMessage(raw)
    return parsed.outcome === 'known' && 'prompt' in parsed.message ? [parsed.message.prompt] : []
  })
  .slice(0, 40)
  .map((prompt, number) => ({
    id: `job ${number}` as JobId,
    request: { kind: 'imagine', prompt },
    track: {
      nonces: [`77700000000000${1000 + number}`],
      interactionId: `77710000000000${1000 + number}`,
      progressId: `77720000000000${1000 + number}`,
      uuid: `77777777-0000-4000-8000-${String(number).padStart(12, '0')}`,
    },
    ended: false,
  }))

test('a hundred thousand mutated messages never throw, and never complete a job by mistake', {
  timeout: 120_000,
}, () => {
  const random = seeded(seed)
  const pick = <Value>(values: readonly Value[]): Value =>
    values[Math.floor(random() * values.length)] as Value
  const raws = messageFixtures.map(({ raw }) => raw)
  const broken: object[] = []
  for (let run = 0; run < runs; run += 1) {
    const raw = structuredClone(pick(raws)) as Record<string, unknown>
    const changes = 1 + Math.floor(random() * 4)
    for (let change = 0; change < changes; change += 1)
      mutate(raw, pick(raws) as Record<string, unknown>, pick, random)
    try {
      const parsed = parseMessage(raw)
      if (parsed.outcome !== 'known') continue
      const match = correlate(parsed.message, book, { userId: null })
      const ends = ['result', 'described', 'shortened', 'stopped'].includes(parsed.message.type)
      if (match.match === 'job' && ends) broken.push({ run, seed, by: match.by, type: parsed.message.type })
    } catch (error) {
      broken.push({ run, seed, error: String(error), raw: JSON.stringify(raw).slice(0, 300) })
    }
  }
  expect(broken.slice(0, 5)).toEqual([])
})

test('the book would notice: a message with an id of its job is that job’s', () => {
  const [job] = book
  const uuid = job?.track.uuid ?? ''
  const [final] = messageFixtures.flatMap(({ raw }) => {
    const parsed = parseMessage(raw)
    return parsed.outcome === 'known' && parsed.message.type === 'result' && parsed.message.kind === 'imagine'
      ? [parsed.message]
      : []
  })
  if (final?.type !== 'result') throw new Error('no fixture is a final')
  expect(correlate({ ...final, jobUuid: uuid }, book, { userId: null })).toEqual({
    match: 'job',
    id: job?.id,
    by: 'uuid',
  })
})

/** Changes one thing somewhere in the message: drops it, swaps it with another message's, fills in nonsense, cuts or splices a text. */
function mutate(
  message: Record<string, unknown>,
  other: Record<string, unknown>,
  pick: <Value>(values: readonly Value[]) => Value,
  random: () => number,
): void {
  let place = message
  for (;;) {
    const keys = Object.keys(place)
    if (keys.length === 0) return
    const key = pick(keys)
    const value = place[key]
    if (typeof value === 'object' && value !== null && random() < 0.6) {
      place = value as Record<string, unknown>
      continue
    }
    switch (Math.floor(random() * 6)) {
      case 0:
        delete place[key]
        return
      case 1:
        place[key] = pick(nonsense)
        return
      case 2:
        place[key] = structuredClone(other[pick(Object.keys(other))])
        return
      case 3:
        if (typeof value === 'string') place[key] = value.slice(0, Math.floor(random() * value.length))
        return
      case 4:
        if (typeof value === 'string') {
          const at = Math.floor(random() * value.length)
          place[key] =
            value.slice(0, at) +
            String(pick(nonsense.filter((one) => typeof one === 'string'))) +
            value.slice(at)
        }
        return
      default:
        place[pick(['content', 'attachments', 'embeds', 'components', 'nonce', 'message_reference', key])] =
          structuredClone(value)
        return
    }
  }
}
