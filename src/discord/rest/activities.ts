import { request } from 'undici'
import type { Transport } from '../transport.ts'
import { type InteractionOutcome, interactionFailure, interactionOutcome } from './outcomes.ts'

export interface RegionForm {
  /** From the custom_id of the window. */
  token: string
  /** A picture, white where it is to be drawn anew. */
  mask: Uint8Array
  prompt: string
}

export interface ActivitiesClient {
  /** Hands in the region editor's form, in the newer way and then, where that does not exist, in the older (protocol page §3.1, §8). */
  submitRegion(form: RegionForm, signal?: AbortSignal): Promise<InteractionOutcome>
}

/** Statuses by which a server says that it has no such address. */
const noSuchWay = new Set([404, 405])

/**
 * The back end of Midjourney's editor windows. It goes the account's own way, and never gets its token: the window's own is
 * what it asks for.
 */
export function createActivitiesClient({
  activitiesUrl,
  userAgent,
  transport: { dispatcher },
}: {
  activitiesUrl: string
  userAgent: string
  transport: Transport
}): ActivitiesClient {
  const base = activitiesUrl.replace(/\/+$/, '')

  async function post(path: string, body: object, signal: AbortSignal | undefined) {
    const answer = await request(`${base}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': userAgent,
        origin: base,
        referer: `${base}/inpaint/index.html`,
      },
      body: JSON.stringify(body),
      dispatcher,
      ...(signal ? { signal } : {}),
    })
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() }
  }

  return {
    async submitRegion({ token, mask, prompt }, signal) {
      const picture = Buffer.from(mask).toString('base64')
      try {
        const newer = await post(
          `/.proxy/inpaint/api/submit-job/${encodeURIComponent(token)}`,
          { mask: picture, prompt },
          signal,
        )
        if (!noSuchWay.has(newer.status)) return interactionOutcome(newer)
        const form = { customId: token, mask: picture, prompt, userId: '0', username: '0' }
        return interactionOutcome(await post('/inpaint/api/submit-job', form, signal))
      } catch (error) {
        return interactionFailure(error)
      }
    },
  }
}
