import { expect, test } from 'vitest'
import { correlate, uuidOf } from '../../../src/accounts/correlation.ts'
import { InFlight } from '../../../src/accounts/in-flight.ts'
import type { AccountId, JobId } from '../../../src/ids.ts'
import type { HeldJob, JobRequest, Track } from '../../../src/jobs/job.ts'
import { parseMessage } from '../../../src/midjourney/parse/message.ts'
import { samePrompt } from '../../../src/midjourney/prompt/compare.ts'
import { answered, posted, replyTo, userId } from '../../fixtures/messages/write.ts'
import { seeded } from '../../helpers/seeded.ts'

type Era = '2023' | '2026'
type Raw = Record<string, unknown>

/** What travels to the listener: a message of the bot, or which interaction a nonce became. */
type Parcel =
  | { owner: number; event: 'interaction'; nonce: string; id: string }
  | { owner: number; event: 'message'; raw: Raw; final: boolean }

/** A job as the bot plays it: its messages in the order in which it says them. Written from the protocol page, not from our parser. */
interface Played {
  request: JobRequest
  uuid: string
  steps: (ids: { nonce: string; fresh: () => string }) => Parcel[]
}

type Random = () => number

const prompts = ['a fox', 'a fox --v 7', 'A  Fox', 'a hare', '一只狐狸', 'a ** in (fast) <@1>']
const buttons = [
  (n: number) => ({
    id: `MJ::JOB::upsample::${n}::P`,
    prefix: `Upscaling image #${n} with `,
    kind: `Image #${n} `,
    quick: true,
  }),
  (n: number) => ({
    id: `MJ::JOB::variation::${n}::P`,
    prefix: `Making variations for image #${n} with prompt `,
    kind: 'Variations (Strong) by ',
    quick: false,
  }),
  () => ({ id: 'MJ::JOB::reroll::0::P::SOLO', prefix: '', kind: '', quick: false }),
  () => ({
    id: 'MJ::JOB::upsample_v7_2x_subtle::1::P::SOLO',
    prefix: 'Upscaling image #1 with ',
    kind: 'Upscaled by ',
    quick: false,
  }),
  () => ({ id: 'MJ::Outpaint::50::1::P::SOLO', prefix: '', kind: 'Zoom Out by ', quick: false }),
  () => ({ id: 'MJ::Outpaint::75::1::P::SOLO', prefix: '', kind: 'Zoom Out by ', quick: false }),
  () => ({ id: 'MJ::JOB::pan_left::1::P::SOLO', prefix: '', kind: 'Pan Left by ', quick: false }),
] as const

const uuidFor = (owner: number, run: number): string =>
  `${String(run).padStart(8, '0')}-0000-4000-8000-${String(owner).padStart(12, '0')}`

function play(owner: number, run: number, era: Era, random: Random, grids: readonly string[]): Played {
  const pick = <Value>(values: readonly Value[]): Value =>
    values[Math.floor(random() * values.length)] as Value
  const uuid = uuidFor(owner, run)
  const imagine = random() < 0.5
  const prompt = pick(prompts)
  const clicked = pick(grids)
  const button = pick(buttons)(1 + Math.floor(random() * 4))
  const request: JobRequest = imagine
    ? { kind: 'imagine', prompt }
    : {
        kind: 'action',
        parent: 'p' as JobId,
        messageId: clicked,
        messageFlags: 0,
        customId: button.id,
        prompt,
      }
  const [prefix, kind] = imagine ? ['', ''] : [button.prefix, button.kind]
  const reply = imagine ? {} : replyTo(clicked)
  const cancel = [
    {
      type: 1,
      components: [{ type: 2, style: 4, label: 'Cancel Job', custom_id: `MJ::CancelJob::ByJobid::${uuid}` }],
    },
  ]
  const file = (name: string) => [
    {
      id: '1',
      filename: name,
      url: `https://cdn.discordapp.com/attachments/1/2/${name}`,
      width: 8,
      height: 8,
      size: 8,
      content_type: 'image/webp',
    },
  ]

  return {
    request,
    uuid,
    steps: ({ nonce, fresh }) => {
      const interaction = fresh()
      const progressId = fresh()
      // The answer to a click carried no nonce in 2023, and nothing carried metadata.
      const ties = {
        ...(imagine || era === '2026' ? { nonce } : {}),
        ...(era === '2026'
          ? { interaction_metadata: { id: interaction, type: imagine ? 2 : 3, user: { id: userId } } }
          : {}),
        ...(imagine
          ? { type: 20, interaction: { id: interaction, type: 2, name: 'imagine', user: { id: userId } } }
          : {}),
      }
      const { nonce: _, ...tiesOfEdits } = ties as Raw
      const progress = (content: string, more: Raw) =>
        answered(content, { id: progressId, ...reply, components: imagine ? [] : cancel, ...more })
      const text = (tail: string) => `**${prompt}** - ${kind}<@${userId}>${tail}`
      const finalReply = imagine ? (era === '2026' ? replyTo(progressId) : {}) : replyTo(clicked)
      const mode = kind.startsWith('Image') ? '' : ' (fast)'
      const tied = { owner, event: 'message', final: false } as const
      const parcels: Parcel[] = [
        { owner, event: 'interaction', nonce, id: interaction },
        { ...tied, raw: progress(`${prefix}**${prompt}** - <@${userId}> (Waiting to start)`, ties) },
      ]
      if (imagine || !button.quick) {
        const edited = { ...tiesOfEdits, edited_timestamp: '2026-06-02T10:00:09.000000+00:00' }
        parcels.push({ ...tied, raw: progress(text(' (20%) (fast)'), edited) })
        parcels.push({
          ...tied,
          raw: progress(text(' (51%) (fast)'), { ...edited, attachments: file(`${uuid}_grid_0.webp`) }),
        })
      }
      const final = posted(text(mode), {
        id: fresh(),
        ...finalReply,
        attachments: file(`fox_99_a_fox_${uuid}.webp`),
        components: [
          {
            type: 1,
            components: [{ type: 2, style: 2, label: 'U1', custom_id: `MJ::JOB::upsample::1::${uuid}` }],
          },
        ],
      })
      parcels.push({ owner, event: 'message', raw: final, final: true })
      return parcels
    },
  }
}

interface Faults {
  lose: number
  repeat: number
  late: number
}

interface Outcome {
  /** Every picture that went to another's job, and every job that an id should have ended and did not. */
  wrong: object[]
  jobs: number
  completed: number
}

/** One channel with up to 40 jobs, played to its end. `judge` says whose a message is. */
function playChannel(
  run: number,
  era: Era,
  faults: Faults,
  { judge = correlate }: { judge?: typeof correlate } = {},
): Outcome {
  const random = seeded(run)
  let clock = 1_300_000_000_000_000_000n
  const fresh = () => {
    clock += 1_000n
    return String(clock)
  }
  const grids = [fresh(), fresh()]
  const waiting = Array.from({ length: 2 + Math.floor(random() * 39) }, (_, owner) =>
    play(owner, run, era, random, grids),
  ).map((played, owner) => ({ played, owner }))
  const inFlight = new InFlight()
  const saying = new Map<number, Parcel[]>()
  const wire: Parcel[] = []
  const wrong: object[] = []
  const completed = new Set<number>()
  const known = new Map<number, { nonce: boolean; progress: boolean; uuid: boolean; final: boolean }>()
  let finalsReply = false
  let newest = fresh()
  const idOf = (owner: number) => `job ${owner}` as JobId
  const ownerOf = (id: JobId) => Number(id.slice(4))
  const uuids = new Map(waiting.map(({ played, owner }) => [owner, played.uuid]))

  const send = ({ played, owner }: (typeof waiting)[number]) => {
    const nonce = fresh()
    const track: Track = { nonces: [nonce], sentAfter: newest }
    const base = {
      token: null,
      root: idOf(owner),
      lane: 'fast',
      charge: 1,
      queuedAt: 0,
      notices: [],
      attempts: 1,
      seed: null,
      startedAt: null,
    } as const
    const job: HeldJob = {
      ...base,
      notices: [],
      id: idOf(owner),
      request: played.request,
      state: 'sent',
      account: '1' as AccountId,
      track,
      assignedAt: 0,
      sendingAt: 1,
    }
    inFlight.put(job)
    known.set(owner, { nonce: false, progress: false, uuid: false, final: false })
    saying.set(owner, played.steps({ nonce, fresh }))
  }

  const deliver = (parcel: Parcel) => {
    if (parcel.event === 'interaction') {
      const job = inFlight.started().find(({ track }) => track.nonces.includes(parcel.nonce))
      if (job) inFlight.put({ ...job, track: { ...job.track, interactionId: parcel.id } })
      return
    }
    const parsed = parseMessage(parcel.raw)
    if (parsed.outcome !== 'known') throw new Error(`a message of the model is not known: ${parsed.why}`)
    const { message } = parsed
    if (message.id > newest) newest = message.id
    if (inFlight.isResult(message.id)) return
    const match = judge(message, inFlight.candidates(), { userId })
    if (match.match !== 'job') return
    if (ownerOf(match.id) !== parcel.owner)
      return void wrong.push({
        run,
        era,
        by: match.by,
        message: message.type,
        taken: match.id,
        owner: parcel.owner,
      })
    const job = inFlight.get(match.id)
    if (!job) return
    const facts = known.get(parcel.owner)
    if (message.type === 'result') {
      if (
        message.kind === 'imagine' &&
        message.referenceId !== null &&
        message.referenceId === job.track.progressId
      )
        finalsReply = true
      inFlight.put({ ...job, track: { ...job.track, ...(message.jobUuid ? { uuid: message.jobUuid } : {}) } })
      inFlight.end(job.id, message.id)
      completed.add(parcel.owner)
      return
    }
    const uuid = uuidOf(message)
    if (facts) Object.assign(facts, { progress: true, uuid: facts.uuid || uuid !== null })
    inFlight.put({
      ...job,
      state: 'running',
      track: { ...job.track, progressId: message.id, ...(uuid ? { uuid } : {}) },
    })
  }

  for (let guard = 0; guard < 20_000; guard += 1) {
    const next = waiting.findIndex(({ played }) => !inFlight.mustWait(played.request, finalsReply))
    const choices = [
      ...(next >= 0 && inFlight.started().length < 12 ? ['send'] : []),
      ...(saying.size > 0 ? ['say', 'say'] : []),
      ...(wire.length > 0 ? ['deliver', 'deliver'] : []),
    ]
    if (choices.length === 0) {
      // Nothing more will come for what is still open: it fails by its deadline, as the watchman would have it.
      const [stuck] = inFlight.started()
      if (!stuck) break
      const facts = known.get(ownerOf(stuck.id))
      if (facts?.final && facts.uuid) wrong.push({ run, era, missed: stuck.id, facts })
      inFlight.end(stuck.id, null)
      continue
    }
    const choice = choices[Math.floor(random() * choices.length)]
    if (choice === 'send') {
      const [job] = waiting.splice(next, 1)
      if (job) send(job)
    } else if (choice === 'say') {
      const owners = [...saying.keys()]
      const owner = owners[Math.floor(random() * owners.length)] as number
      const parcels = saying.get(owner) ?? []
      const parcel = parcels.shift()
      if (parcels.length === 0) saying.delete(owner)
      if (!parcel || random() < faults.lose) continue
      wire.push(parcel)
      if (random() < faults.repeat) wire.push(parcel)
    } else {
      const at = random() < faults.late ? Math.floor(random() * wire.length) : 0
      const [parcel] = wire.splice(at, 1)
      if (!parcel) continue
      // A final that comes after the job's uuid was learnt has an id to be known by.
      const facts = known.get(parcel.owner)
      if (parcel.event === 'message' && parcel.final && facts) facts.final = facts.uuid
      deliver(parcel)
    }
  }
  for (const [owner, facts] of known) {
    if (facts.final && !completed.has(owner))
      wrong.push({ run, era, incomplete: owner, uuid: uuids.get(owner) })
  }
  return { wrong, jobs: uuids.size, completed: completed.size }
}

const calm = { lose: 0, repeat: 0, late: 0 }
const storm = { lose: 0.08, repeat: 0.15, late: 0.5 }

const stormy = (era: Era, runs: number, judge = correlate) =>
  Array.from({ length: runs }, (_, run) => playChannel(run + 1, era, storm, { judge }))

test.each(['2026', '2023'] as const)('without a fault every job gets its own picture (%s)', (era) => {
  for (let run = 1; run <= 300; run += 1) {
    const { wrong, jobs, completed } = playChannel(run, era, calm)
    expect({ run, wrong, completed }).toEqual({ run, wrong: [], completed: jobs })
  }
})

test.each(['2026', '2023'] as const)(
  'with loss, repetition, delay and disorder no job gets another’s, and each its own for which an id came (%s)',
  { timeout: 120_000 },
  (era) => {
    const outcomes = stormy(era, 1_000)
    expect(outcomes.flatMap(({ wrong }) => wrong).slice(0, 5)).toEqual([])
    const [jobs, completed] = [
      outcomes.reduce((sum, one) => sum + one.jobs, 0),
      outcomes.reduce((sum, one) => sum + one.completed, 0),
    ]
    expect(jobs).toBeGreaterThan(10_000)
    expect(completed / jobs).toBeGreaterThan(0.7)
  },
)

test('a judge that goes by the prompt, oldest job first, is found out', () => {
  const byPrompt: typeof correlate = (message, candidates) => {
    const [first] = candidates.filter(
      ({ request, ended }) =>
        !ended && 'prompt' in message && 'prompt' in request && samePrompt(request.prompt, message.prompt),
    )
    return first ? { match: 'job', id: first.id, by: 'prompt' } : { match: 'none' }
  }
  expect(stormy('2026', 20, byPrompt).flatMap(({ wrong }) => wrong).length).toBeGreaterThan(100)
})
