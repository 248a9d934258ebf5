import { randomUUID } from 'node:crypto'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import sharp from 'sharp'
import { tokenId } from '../../../src/ids.ts'
import { isFinished, type Job } from '../../../src/jobs/job.ts'
import { promptRules } from '../../../src/midjourney/prompt/rules.ts'
import { keepImages } from '../../helpers/image-service.ts'
import { adminKey, fox, owl, startGateway } from '../gateway.ts'
import { addresses, pictures } from './texts.ts'
import type { Knowledge } from './values.ts'

/** The uses of the token that pays: so many jobs a run can make at most, and then it is refused. */
const uses = 40

/** A gateway with tokens of every kind and a finished picture of every family, and what a caller knows of it. */
export async function startWorld() {
  const complaints: string[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      complaints.push(String(chunk))
      done()
    },
  })
  const grid = await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
  const images = await keepImages(grid, (id) => gateway.jobs.find(id))
  const gateway = await startGateway({
    prompts: promptRules,
    pictures: { fetch: async () => grid },
    images: images.served,
    logger: pino({ level: 'error' }, sink),
  })
  const stop = new AbortController()
  const answering = Promise.all([
    gateway.answerOrders('https://cdn.example/picture.png', stop.signal),
    endWaitedFor(),
  ])
  const token = await gateway.tokens.issue({ count: uses, days: 1, class: 'fast' })
  const [others, spent, expired] = await Promise.all([
    gateway.tokens.issue({ count: 500, days: 1, class: 'fast' }),
    gateway.tokens.issue({ count: 1, days: 1, class: 'fast' }),
    gateway.tokens.issue({ count: 500, days: 0, class: 'fast' }),
  ])
  const bearer = (text: string) => ({ authorization: `Bearer ${text}` })

  /** Requests of the OpenAI family wait for their jobs: those that an account takes are drawn, the others given up. */
  async function endWaitedFor(): Promise<void> {
    for await (const event of gateway.scheduler.events.follow({}, stop.signal)) {
      if (event.name !== 'job-queued' && event.name !== 'job-assigned') continue
      const job = await gateway.jobs.find(event.job)
      if (job?.about?.family !== 'openai' || isFinished(job)) continue
      const described = job.request.kind === 'describe' ? { text: 'red fox', url: null, buttons: [] } : {}
      const end = async () => {
        if (job.account === null) return gateway.jobs.cancel(job.id)
        await gateway.start(job.id)
        return gateway.finish(job.id, described)
      }
      // The fuzz cancels and stops jobs as well: one that has ended needs nothing more.
      await end().catch(() => {})
    }
  }

  /** Every job, newest first. */
  async function everyJob(): Promise<Job[]> {
    const found: Job[] = []
    let cursor: string | null | undefined
    do {
      const page = await gateway.jobs.page({ token: null, limit: 100, ...(cursor ? { cursor } : {}) })
      found.push(...page.jobs)
      cursor = page.next
    } while (cursor)
    return found
  }

  async function begin(url: string, payload: object, by = token): Promise<Job> {
    const before = new Set((await everyJob()).map(({ id }) => id))
    const answer = await gateway.post(url, payload, bearer(by))
    const job = (await everyJob()).find(({ id }) => !before.has(id))
    if (answer.status >= 300 || !job) throw new Error(`${url} was refused: ${answer.body}`)
    await gateway.start(job.id)
    return job
  }

  async function draw(...what: Parameters<typeof begin>): Promise<Job> {
    const job = await begin(...what)
    await gateway.finish(job.id)
    return (await gateway.jobs.find(job.id)) ?? job
  }

  const prompt = 'red fox'
  const drawn = [
    await draw('/v1/jobs', { kind: 'imagine', prompt }),
    await draw('/mj/submit/imagine', { prompt }),
    await draw('/v1/api/trigger/imagine', { prompt }),
    await draw('/api/v1/trigger/submit', { action: 'IMAGINE', prompt }),
  ]
  // Whoever knows the ids of another's jobs cannot touch them, nor make that other pay.
  await draw('/v1/jobs', { kind: 'imagine', prompt }, spent)
  const foreign = [
    await draw('/mj/submit/imagine', { prompt }, others),
    await begin('/mj/submit/imagine', { prompt }, others),
  ]
  const known = (await everyJob()).length
  const aliases = drawn.flatMap(({ about }) => about?.alias ?? [])
  const triggers = drawn.flatMap(({ about }) => about?.notes?.trigger ?? [])
  const results = drawn.flatMap((job) => (job.state === 'done' ? [job.result] : []))
  const messages = results.map(({ messageId }) => messageId)
  const buttons = results.flatMap((result) => result.buttons.flat())
  const customIds = buttons.map(({ customId }) => customId)
  const ids = [...drawn, ...foreign].flatMap(({ id, about }) => [id, about?.alias ?? id])
  const upload = await gateway.jobs.keepPicture(Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1'))

  const knowledge: Knowledge = {
    byName: {
      prompt: ['red fox', 'red fox --ar 3:2', 'red {fox, owl}', 'a cat https://example.com/a.png', '—niji'],
      token: [token, spent, expired, 'nobody'],
      key: [adminKey, 'guess'],
      id: ids,
      _id: aliases,
      taskId: ids,
      ids,
      uuid: results.map(({ uuid }) => uuid ?? ''),
      job: ids,
      jobId: [...ids, ...results.map(({ uuid }) => uuid ?? '')],
      file: ['1.png', '4.png'],
      '*': ['1.png', 'thumbnail.webp', 'image.webp', 'quarter-1.png', '.originals'],
      image: [...messages, ...pictures],
      msg_id: [...messages, ...aliases],
      trigger_id: triggers,
      customId: customIds,
      action: [...customIds.slice(0, 5), 'IMAGINE', 'UPSCALE', 'VARIATION', 'REROLL', 'extend'],
      button: ['U1', 'V4', ...customIds],
      direction: ['left', 'up'],
      upload_filename: [`${upload}/1234567890.jpg`],
      content: ids.flatMap((id) => [`${id} U1`, `${id} V4`, `${id} R`]),
      client_id: [fox, owl],
      account: [fox, owl],
      type: ['info', 'fast', 'relax', 'turbo', 'resume', 'pause'],
      count: ['1', '5'],
      day: ['1', '30'],
      index: ['1', '4'],
      base64: pictures,
      base64Array: pictures,
      pictures,
      picture: [...pictures, ...addresses],
      mask: pictures,
      maskBase64: pictures,
      link: addresses,
      picurl: addresses,
      notifyHook: addresses,
      cursor: ['0.00000000000000000000', '1800000000000.00000000000000000000'],
      'idempotency-key': ['order-1', 'order-2', randomUUID()],
      'last-event-id': ['0-0', '0-1', '99999999999999-0'],
    },
    credentials: [
      bearer(token),
      bearer(token),
      bearer(token),
      bearer(token),
      { 'mj-api-secret': token },
      { 'mj-api-secret': `Bearer sk-${token}` },
      bearer(spent),
      bearer(expired),
      bearer('nobody'),
      bearer(adminKey),
      { 'x-admin-key': adminKey },
      { authorization: 'Basic Zm94' },
      { authorization: 'Bearer' },
      {},
    ],
    strangers: [{}, bearer('nobody'), bearer(adminKey), { 'mj-api-secret': 'nobody' }],
  }

  return {
    ...gateway,
    knowledge,
    /** Lines that went to the log as errors. */
    complaints,
    /** Uses, jobs and slots as they stand; `told` are the ids of accepted jobs, as far as they are known. */
    async account(told: ReadonlySet<unknown>) {
      const jobs = await everyJob()
      // A batch makes jobs of its own; one that is refused stays behind, cancelled.
      // One request of the OpenAI family makes several, and tells of none.
      const wasAccepted = ({ id, root, request, state, about }: Job) =>
        about?.family === 'openai'
          ? false
          : request.kind === 'batch'
            ? state !== 'cancelled' || told.has(id)
            : id === root || request.kind === 'action'
      const own = jobs.filter((job) => job.token === tokenId(token))
      const charged = (kept: Job[]) => kept.reduce((sum, { charge }) => sum + charge, 0)
      const accounts = await gateway.scheduler.pool.accounts()
      return {
        jobs: jobs.filter(wasAccepted).length - known,
        ledger: await gateway.ledger(token),
        others: await gateway.ledger(others),
        live: charged(own.filter((job) => !isFinished(job))),
        done: charged(own.filter(({ state }) => state === 'done')),
        held: accounts.reduce((sum, { used }) => sum + used, 0),
        holding: jobs.filter((job) => job.account !== null && holds(job)).length,
      }
    },
    async close() {
      stop.abort()
      await answering
      await gateway.close()
      await images.stop()
    },
  }
}

/** States in which a job takes a slot of its account. */
const holds = ({ state }: Job): boolean =>
  ['assigned', 'sending', 'unconfirmed', 'sent', 'running'].includes(state)
