import { setTimeout as delay } from 'node:timers/promises'
import { Stop } from '../machine.mjs'

const pollMs = 250
/** Notices that a picture can still follow. */
const waiting = new Set(['Job queued'])

/** The calls that a client of the `/midjourney` family makes, as the demo needs them. */
export function createClient(base, signal) {
  const address = (path, query) => `${base}/midjourney/${path}?${new URLSearchParams(query)}`

  const get = async (path, query, headers = {}) => {
    const response = await fetch(address(path, query), { headers, signal })
    const text = await response.text()
    if (!response.ok) throw new Stop(`/midjourney/${path} answered ${response.status}: ${text}`)
    return JSON.parse(text)
  }

  return {
    address,

    async createToken(adminKey) {
      const { token } = await get(
        'create_token',
        { count: 100, day: 1 },
        { authorization: `Bearer ${adminKey}` },
      )
      return token
    },

    imagine: (token, prompt) => get('imagine', { token, prompt }),

    /** Follows a job until its first picture is there and shows how far it is. */
    async firstPicture(id, timeoutMs, progress) {
      try {
        const giveUpAt = Date.now() + timeoutMs
        for (; Date.now() < giveUpAt; await delay(pollMs, undefined, { signal })) {
          const { percentage } = await get('progress', { id })
          if (percentage !== undefined) progress.show(Math.floor(Number(percentage)))
          const found = pictureOf(await get('job', { id }))
          if (!found) continue
          progress.show(100)
          return found
        }
        throw new Stop(`No picture came within ${timeoutMs / 1000} s.`)
      } finally {
        progress.end()
      }
    },
  }
}

/** The first picture of a job, if it is there already; throws when there will be none. */
function pictureOf(job) {
  const image = job.images.find(({ url }) => url)
  if (image) return { job, image }
  const failure = job.images.find(({ error, title }) => error && !waiting.has(title))
  if (failure) throw new Stop(`The picture was not drawn: ${failure.title}: ${failure.error}`)
  return undefined
}
