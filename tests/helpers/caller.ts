import { adminKey } from './gateway.ts'
import { until } from './until.ts'

export interface FamilyImage {
  id: string
  url?: string
  upscaled?: boolean
  actions?: { label: string; id: string }[][]
  error?: string
  title?: string
}

export interface FamilyJob {
  id: string
  prompt: string
  client_id: string
  tasks: number
  images: FamilyImage[]
}

/** A client of the `/midjourney` family, as its users write them: GET requests, and polling. */
export function caller(url: string) {
  const get = async <Body>(path: string, query: Record<string, string> = {}): Promise<Body> => {
    const response = await fetch(`${url}/midjourney/${path}?${new URLSearchParams(query)}`)
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
    return JSON.parse(text) as Body
  }
  const job = (id: string) => get<FamilyJob>('job', { id })
  return {
    get,
    job,
    async token(count = 1000): Promise<string> {
      const grant = { count: String(count), day: '30', key: adminKey }
      return (await get<{ token: string }>('create_token', grant)).token
    },
    imagine: (token: string, prompt: string, more: Record<string, string> = {}) =>
      get<FamilyJob>('imagine', { token, prompt, ...more }),
    action: (token: string, image: string, action: string, client_id: string) =>
      get<FamilyJob>('action', { token, image, action, client_id }),
    progress: (id: string) => get<{ percentage?: string; progress?: number }>('progress', { id }),
    /** Polls until the job shows this many pictures. */
    pictures: (id: string, count = 1, timeoutMs = 30_000): Promise<FamilyJob> =>
      until(
        async () => {
          const now = await job(id)
          return now.images.filter((image) => image.url).length >= count ? now : null
        },
        { timeoutMs, everyMs: 50, what: `picture ${count} of job ${id}` },
      ),
  }
}
