import { Readable } from 'node:stream'
import type { AccountConfig } from './accounts/pool-file.ts'
import type { Clock } from './clock.ts'
import { createDiscordRest, type DiscordRest } from './discord/rest/client.ts'
import { createTransport } from './discord/transport.ts'
import { DrawbridgeError } from './errors.ts'
import type { AccountId } from './ids.ts'
import type { Fetched, Upstream } from './images/ports.ts'
import type { JobService } from './jobs/service.ts'
import type { Log } from './log.ts'

interface FilesParts {
  accounts: readonly AccountConfig[]
  apiUrl: string
  clock: Clock
  log: Log
}

/**
 * The way to the files of the accounts in the pool file, each through its own proxy, whichever node listens for it. Opened
 * when it is first used.
 */
export function createAccountFiles({ accounts, apiUrl, clock, log }: FilesParts) {
  const open = new Map<string, { rest: DiscordRest; close(): Promise<void> }>()

  function restOf(account: string): DiscordRest | null {
    const known = open.get(account)
    if (known) return known.rest
    const config = accounts.find(({ id }) => id === account)
    if (!config) return null
    const transport = createTransport({ proxyUrl: config.proxyUrl })
    const rest = createDiscordRest({ apiUrl, token: config.token, transport, clock, log })
    open.set(account, { rest, close: () => transport.close() })
    return rest
  }

  const upstream: Upstream = {
    async fetchFile(account, url, options) {
      const rest = restOf(account)
      return rest ? rest.openFile(url, options) : notOurs
    },

    async refreshUrls(account, urls, signal) {
      const answer = await restOf(account)?.refreshUrls(urls, signal)
      const fresh = answer?.ok ? refreshedIn(answer.value) : new Map<string, string>()
      return urls.map((url) => fresh.get(url) ?? null)
    },
  }

  return {
    ...upstream,
    async close(): Promise<void> {
      await Promise.all([...open.values()].map(({ close }) => close()))
    },
  }
}

/** For nodes without accounts: the node that listens for the account fetches, whole and not of any size. */
export function filesByErrand(jobs: Pick<JobService, 'bytesOf'>): Upstream {
  return {
    async fetchFile(account, url, { signal }) {
      try {
        const bytes = await jobs.bytesOf(account as AccountId, url)
        signal?.throwIfAborted()
        return { ok: true, body: Readable.from([bytes]), contentType: null, size: bytes.length }
      } catch (error) {
        if (!(error instanceof DrawbridgeError)) throw error
        return { ok: false, why: error.message, status: null }
      }
    },
    refreshUrls: async (_account, urls) => urls.map(() => null),
  }
}

const notOurs: Fetched = { ok: false, why: 'the account is not in the pool file of this node', status: null }

/** Discord's answer (protocol page §3.4): which address stands for which. */
function refreshedIn(answer: unknown): Map<string, string> {
  const rows = (answer as { refreshed_urls?: unknown } | null)?.refreshed_urls
  if (!Array.isArray(rows)) return new Map()
  return new Map(
    rows.flatMap((row: { original?: unknown; refreshed?: unknown } | null) =>
      typeof row?.original === 'string' && typeof row.refreshed === 'string'
        ? [[row.original, row.refreshed] as const]
        : [],
    ),
  )
}
