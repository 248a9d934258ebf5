import type { FastifyBaseLogger } from 'fastify'
import type { JobId } from '../../../ids.ts'
import { recode } from '../../../images/quarter.ts'
import type { FinishedJob } from '../../../jobs/job.ts'
import type { Core } from '../../core.ts'
import type { ServerSentEvent } from '../../plugins/sse.ts'
import { perGrid, stages } from './drawing.ts'
import { envelope, failureOf } from './errors.ts'
import type { Delivery } from './fields.ts'
import type { Grids, Quarter } from './grids.ts'

/** Nothing is counted in tokens here. */
const noUsage = {
  input_tokens: 0,
  input_tokens_details: { image_tokens: 0, text_tokens: 0 },
  output_tokens: 0,
  output_tokens_details: { image_tokens: 0, text_tokens: 0 },
  total_tokens: 0,
}

interface Handing {
  delivery: Delivery
  grids: Grids
  /** Where a picture can be fetched. */
  linkTo: (job: FinishedJob, quarter: Quarter) => string
}

/** The answer to a request whose grids have all ended. */
export async function toAnswer(ended: readonly FinishedJob[], createdMs: number, how: Handing) {
  const { delivery, grids, linkTo } = how
  const places = placesIn(ended, delivery.n)
  const data = await Promise.all(
    places.map(async ([job, quarter]) => ({
      ...(delivery.asBytes
        ? { b64_json: await inBase64(await grids.quarter(job, quarter), delivery) }
        : { url: linkTo(job, quarter) }),
      revised_prompt: 'prompt' in job.request ? job.request.prompt : '',
    })),
  )
  const more = delivery.countsTokens ? { ...lookOf(delivery), usage: noUsage } : {}
  return { created: Math.floor(createdMs / 1000), data, ...more }
}

/** The stream of one request: pictures that are being drawn, then each that is done; a failure is the last event. */
export async function* toEvents(
  core: Pick<Core, 'jobs' | 'events' | 'clock'>,
  ids: readonly JobId[],
  { delivery, grids, family, log }: Omit<Handing, 'linkTo'> & { family: string; log: FastifyBaseLogger },
  signal: AbortSignal,
): AsyncGenerator<ServerSentEvent> {
  const event = (name: string, data: object): ServerSentEvent => {
    const type = `${family}.${name}`
    const created_at = Math.floor(core.clock.now() / 1000)
    return { event: type, data: { type, ...data, created_at, ...lookOf(delivery) } }
  }
  try {
    let shown = 0
    let lastPreview: string | undefined
    const ended: FinishedJob[] = []
    for (const id of ids) {
      const all = stages(core, id, signal)
      for (;;) {
        const { done, value: job } = await all.next()
        if (done) {
          ended.push(job)
          break
        }
        const { previewUrl } = job.track
        if (shown >= delivery.partials || previewUrl === undefined || previewUrl === lastPreview) continue
        lastPreview = previewUrl
        const bytes = await grids.preview(job)
        if (!bytes) continue
        const b64_json = await inBase64(bytes, delivery)
        yield event('partial_image', { b64_json, partial_image_index: shown })
        shown += 1
      }
    }
    for (const [job, quarter] of placesIn(ended, delivery.n)) {
      const b64_json = await inBase64(await grids.quarter(job, quarter), delivery)
      yield event('completed', { b64_json, usage: noUsage })
    }
  } catch (error) {
    if (!signal.aborted) yield { event: 'error', data: envelope(error, log).body }
  }
}

/** Which pictures of which grids are meant; throws when a grid has failed. */
function placesIn(ended: readonly FinishedJob[], n: number): [FinishedJob, Quarter][] {
  const failed = ended.find(({ state }) => state !== 'done')
  if (failed) throw failureOf(failed)
  const quarters: Quarter[] = [1, 2, 3, 4]
  return ended
    .flatMap((job) => quarters.slice(0, perGrid).map((quarter): [FinishedJob, Quarter] => [job, quarter]))
    .slice(0, n)
}

async function inBase64(png: Buffer, { output, compression }: Delivery): Promise<string> {
  return (output === 'png' ? png : await recode(png, output, compression)).toString('base64')
}

const lookOf = ({ output, size }: Delivery) => ({
  size,
  quality: 'auto',
  background: 'opaque',
  output_format: output,
})
