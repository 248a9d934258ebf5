import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import type { InjectOptions } from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { answers } from '../../src/http/dialects/midjourney/answers.ts'
import { madeJob, operationsOf } from './fuzz/operations.ts'
import { type FuzzRequest, requests } from './fuzz/requests.ts'
import { startWorld } from './fuzz/world.ts'

const inAll = 50_000
const chunks = [1, 2, 3, 4, 5]
/** How many are on their way at once. */
const atOnce = 50
const patienceMs = 20_000

/** Answers above 499 that clients of `/midjourney` have always been given for a refusal. */
const prescribed: readonly string[] = [answers.cannotCreate.body, answers.cannotAct.body]

type World = Awaited<ReturnType<typeof startWorld>>

/** Sends a request; what came of it in a line, when that may not be, and else the job that it made. */
async function send({ app }: World, { operation, method, url, headers, payload }: FuzzRequest) {
  const hangUp = new AbortController()
  // A request by chance may meet a stream, which has no end of its own.
  const streams = operation ? operation.streams : /\/events(\?|$)/.test(url)
  const request: InjectOptions = {
    method: method as 'GET',
    url,
    headers,
    ...(payload === undefined ? {} : { payload }),
    ...(streams ? { payloadAsStream: true, signal: hangUp.signal } : {}),
  }
  const answer = await Promise.race([app.inject(request), delay(patienceMs, null, { ref: false })])
  if (answer === null) return { wrong: 'no answer' }
  const { statusCode: status } = answer
  if (streams) {
    answer.stream().on('error', () => {})
    hangUp.abort()
    return status < 500 ? {} : { wrong: `${status}` }
  }
  const { body } = answer
  if (status >= 500 && !(url.includes('midjourney') && prescribed.includes(body))) {
    return { wrong: `${status} ${body}` }
  }
  const job = operation && madeJob(operation, status, body)
  return job
    ? { job: operation.path.startsWith('/v1/jobs') ? answer.json<{ id: string }>().id : Symbol() }
    : {}
}

test.each(chunks)(
  'nothing that a caller sends makes a failure, a hang or a charge (chunk %i)',
  async (seed) => {
    const world = await startWorld()
    onTestFinished(world.close)
    const operations = await operationsOf(world.app)
    const all = fc.sample(requests(operations, world.knowledge), { seed, numRuns: inAll / chunks.length })
    const made = new Set<string | symbol>()
    const wrong: string[] = []
    for (let at = 0; at < all.length; at += atOnce) {
      const batch = all.slice(at, at + atOnce)
      const sent = await Promise.all(batch.map((request) => send(world, request)))
      for (const [index, outcome] of sent.entries()) {
        if ('job' in outcome) made.add(outcome.job)
        if ('wrong' in outcome)
          wrong.push(`seed ${seed}, request ${at + index}: ${outcome.wrong} ${show(batch[index])}`)
      }
      if (wrong.length > 0) break
    }
    expect([...wrong, ...(wrong.length > 0 ? world.complaints : [])]).toEqual([])
    const { ledger, live, done, held, holding, jobs, others } = await world.account(made)
    expect(ledger).toMatchObject({ reserved: live, used: done })
    expect(held).toBe(holding)
    expect(others).toEqual({ granted: 500, remaining: 498, reserved: 1, used: 1 })
    expect(jobs).toBe(made.size)
    expect(world.complaints).toEqual([])
  },
)

const show = (request: FuzzRequest | undefined): string =>
  JSON.stringify({ ...request, operation: undefined, payload: String(request?.payload).slice(0, 500) })
