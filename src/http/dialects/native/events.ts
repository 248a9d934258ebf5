import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { DrawbridgeError } from '../../../errors.ts'
import { type EventQuery, isEventId, isLaterEvent, type JobEvent } from '../../../jobs/events.ts'
import { isFinished, type Job } from '../../../jobs/job.ts'
import { type EventType, eventTypeOf, isLast } from '../../../webhooks/events.ts'
import { type ServerSentEvent, sendEvents } from '../../plugins/sse.ts'
import { callerOf, type Family, jobFor, ownToken } from './family.ts'
import { fromJob } from './from-job.ts'
import * as schema from './schema.ts'

const tags = ['Events']
const security = [{ bearer: [] }]
const headers = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({ description: 'The last event that the client has: the stream goes on after it.' }),
  ),
})
const streamed = {
  200: { description: 'Server-sent events.', content: { 'text/event-stream': { schema: Type.String() } } },
}

/** Live events, each once, also for a client that was away: it says where it stopped (`Last-Event-ID`). */
export function eventRoutes(app: FastifyInstance, family: Family): void {
  app.get<{ Params: Static<typeof schema.jobParams>; Headers: Static<typeof headers> }>(
    '/jobs/:id/events',
    {
      schema: {
        summary: 'What happens to a job, as server-sent events, until it ends',
        description: 'Begins with the first event of the job, or after the one that `Last-Event-ID` names.',
        params: schema.jobParams,
        headers,
        response: streamed,
        tags,
        security,
      },
    },
    async (request, reply) => {
      const job = await jobFor(family, request, request.params.id)
      const reader = { ...family, request }
      const after = lastEventId(request)
      const first = job.firstEvent ?? '0-0'
      if (!isFinished(job)) {
        const start = after === undefined ? { from: first } : { after }
        return sendEvents(request, reply, (signal) => untilEnd(reader, { job: job.id, ...start }, signal))
      }
      const all = await family.events.ofJob(job.id, first)
      const rest = after === undefined ? all : all.filter(({ id }) => isLaterEvent(id, after))
      // An EventSource that has seen the end comes back all the same, until it is told that there is no more.
      if (rest.length === 0 && after !== undefined) return reply.code(204).send()
      return sendEvents(request, reply, () => past(reader, job, rest))
    },
  )

  app.get<{ Headers: Static<typeof headers> }>(
    '/events',
    {
      schema: {
        summary: 'What happens to all jobs of the token, as server-sent events; an operator sees all',
        headers,
        response: streamed,
        tags,
        security,
      },
    },
    async (request, reply) => {
      const caller = callerOf(family, request)
      if (!caller.admin) await ownToken(family, request)
      const query = caller.admin ? {} : { token: caller.token }
      const after = lastEventId(request)
      const from = after === undefined ? {} : { after }
      return sendEvents(request, reply, (signal) =>
        everything({ ...family, request }, { ...query, ...from }, signal),
      )
    },
  )
}

/** The family, and who reads: links in views lead to where that reader reaches us. */
type Reader = Family & { request: FastifyRequest }

type Told = ServerSentEvent & { event: EventType }

async function* untilEnd(
  reader: Reader,
  query: EventQuery,
  signal: AbortSignal,
): AsyncGenerator<ServerSentEvent> {
  for await (const told of everything(reader, query, signal)) {
    yield told
    if (isLast(told.event)) return
  }
}

/** A job that has ended: what the log still has of it, or at least how it stands. */
async function* past(reader: Reader, job: Job, events: readonly JobEvent[]): AsyncGenerator<ServerSentEvent> {
  for (const event of events) {
    const told = await tell(reader, event)
    if (told) yield told
  }
  if (events.length === 0) yield { event: 'job', data: fromJob(reader.shown(job, reader.request)) }
}

async function* everything(reader: Reader, query: EventQuery, signal: AbortSignal): AsyncGenerator<Told> {
  for await (const event of reader.events.follow(query, signal)) {
    const told = await tell(reader, event)
    if (told) yield told
  }
}

/** An event of the log as it is told, the last of a job with the whole job; null for our own bookkeeping. */
async function tell({ jobs, shown, preview, request }: Reader, event: JobEvent): Promise<Told | null> {
  const type = eventTypeOf(event.name)
  if (type === null) return null
  const job = isLast(type) || type === 'job.input-needed' ? await jobs.find(event.job) : null
  const data = {
    type,
    job: event.job,
    at: new Date(event.at).toISOString(),
    ...detailOf(event, preview),
    ...(job ? { view: fromJob(shown(job, request)) } : {}),
  }
  return { id: event.id, event: type, data }
}

function detailOf({ name, data }: JobEvent, preview: Family['preview']): object {
  if (name !== 'progress-reported') return name === 'job-assigned' ? { account: data } : {}
  const { previewUrl, ...progress } = JSON.parse(data || '{}') as { previewUrl?: string }
  return { ...progress, ...(previewUrl === undefined ? {} : { previewUrl: preview(previewUrl) }) }
}

function lastEventId(request: FastifyRequest): string | undefined {
  const id = request.headers['last-event-id']
  if (id === undefined || id === '') return undefined
  if (typeof id !== 'string' || !isEventId(id)) {
    throw new DrawbridgeError('invalid-request', 'Last-Event-ID is no id of an event.')
  }
  return id
}
