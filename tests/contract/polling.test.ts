import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../helpers/until.ts'
import { type Gateway, startGateway } from './gateway.ts'

const callers = 100
const percents = [7, 31, 31, 62, 93]

let gateway: Gateway
let token: string

beforeEach(async () => {
  gateway = await startGateway()
  token = await gateway.tokens.issue({ count: 10, days: 1, class: 'fast' })
})
afterEach(() => gateway.close())

/** What one look at a job shows: how far it is, in percent or in the words of the family, and how it ended. */
interface Look {
  progress: unknown
  end: unknown
}

interface Family {
  submit: { url: string; body: object }
  /** Looks at the job by the id that the submit gave. */
  look(answer: Record<string, string>): Promise<Look>
  /** What is seen, in this order and nothing else, before the end. */
  expected: unknown[]
  /** A failure is told to the callback alone. */
  silent?: true
}

const prompt = 'red fox'
const bearer = () => ({ authorization: `Bearer ${token}` })

async function read<T>(
  url: string,
  query: Record<string, string> = {},
): Promise<{ status: number; json: T }> {
  const answer = await gateway.get(url, query, bearer())
  return { status: answer.status, json: answer.json() as T }
}

const families: Record<string, Family> = {
  '/midjourney': {
    submit: { url: '/midjourney/imagine', body: { prompt } },
    async look({ id = '' }) {
      const { json: progress } = await read<{ percentage?: string }>('/midjourney/progress', { id })
      const { json: job } = await read<{ images: object[] }>('/midjourney/job', { id })
      return { progress: progress.percentage ?? null, end: job.images.length > 0 ? job : null }
    },
    expected: [null, '7', '31', '62', '93'],
  },
  '/v1': {
    submit: { url: '/v1/jobs', body: { kind: 'imagine', prompt } },
    async look({ id = '' }) {
      const { json: job } = await read<{ state: string; percent: number | null }>(`/v1/jobs/${id}`)
      return { progress: job.percent, end: ['done', 'failed'].includes(job.state) ? job : null }
    },
    expected: [null, 7, 31, 62, 93],
  },
  '/mj': {
    submit: { url: '/mj/submit/imagine', body: { prompt } },
    async look({ result = '' }) {
      const { json: task } = await read<{ status: string; progress: string }>(`/mj/task/${result}/fetch`)
      return {
        progress: `${task.status} ${task.progress}`,
        end: ['SUCCESS', 'FAILURE'].includes(task.status) ? task : null,
      }
    },
    expected: ['SUBMITTED 0%', ...[7, 31, 62, 93].map((percent) => `IN_PROGRESS ${percent}%`)],
  },
  '/v1/api/trigger': {
    submit: { url: '/v1/api/trigger/imagine', body: { prompt } },
    async look({ trigger_id: trigger = '' }) {
      const { status, json } = await read<object>(`/v1/api/trigger/getmessage/${trigger}`)
      return { progress: status, end: status === 200 ? json : null }
    },
    expected: [404],
    silent: true,
  },
  '/api/v1': {
    submit: { url: '/api/v1/trigger/submit', body: { action: 'IMAGINE', prompt } },
    async look({ result = '' }) {
      const { json: task } = await read<{ status: string }>('/api/v1/task/fetch', { id: result })
      return { progress: task.status, end: ['SUCCESS', 'FAILURE'].includes(task.status) ? task : null }
    },
    expected: ['NOT_START', 'IN_PROGRESS'],
  },
}

/** Asks again and again, and keeps what differs from the answer before. */
function poll(look: () => Promise<Look>, stopped: () => boolean) {
  const seen: unknown[] = []
  const ends: Look['end'][] = []
  const caller = { seen, ends, polls: 0, done: Promise.resolve() }
  caller.done = (async () => {
    while (!stopped()) {
      const { progress, end } = await look()
      if (end !== null) ends.push(end)
      else if (ends.length > 0) seen.push('not ended after all')
      else if (seen.length === 0 || seen.at(-1) !== progress) seen.push(progress)
      caller.polls += 1
    }
  })()
  return caller
}

const moderated = [{ id: '1', title: 'Blocked', text: 'Sorry!', at: 1, final: true }]

const cases = Object.entries(families).flatMap(([name, family]) =>
  (['finish', 'fail'] as const)
    .filter((ending) => ending === 'finish' || !family.silent)
    .map((ending) => ({ name, ending, ...family })),
)

test.each(cases)('a hundred callers of $name see a job go forward and $ending once', async (one) => {
  const { submit, look, expected, ending } = one
  const answer = (await gateway.post(submit.url, submit.body, bearer())).json() as Record<string, string>
  const job = (await gateway.jobs.page({ token: null, limit: 1 })).jobs[0]?.id ?? ''
  let stop = false
  const all = Array.from({ length: callers }, () =>
    poll(
      () => look(answer),
      () => stop,
    ),
  )
  // The second answer from here on was asked for after whatever happened before.
  const everybodyLooks = async () => {
    const before = all.map(({ polls }) => polls)
    await until(() => all.every(({ polls }, index) => polls >= (before[index] ?? 0) + 2), {
      timeoutMs: 50_000,
      what: 'a look of everybody',
    })
  }
  try {
    await everybodyLooks()
    await gateway.start(job, { percent: percents[0] ?? 0 })
    await everybodyLooks()
    for (const percent of percents.slice(1)) {
      await gateway.progress(job, percent)
      await everybodyLooks()
    }
    await (ending === 'finish' ? gateway.finish(job) : gateway.fail(job, moderated))
    await everybodyLooks()
  } finally {
    stop = true
    await Promise.all(all.map(({ done }) => done))
  }
  for (const { seen, ends } of all) {
    expect(seen).toEqual(expected)
    expect(new Set(ends.map((end) => JSON.stringify(end))).size).toBe(1)
  }
  expect(new Set(all.map(({ ends }) => JSON.stringify(ends[0]))).size).toBe(1)
  const used = ending === 'finish' ? 1 : 0
  expect(await gateway.ledger(token)).toEqual({ granted: 10, remaining: 10 - used, reserved: 0, used })
})
