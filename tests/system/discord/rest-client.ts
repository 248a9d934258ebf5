import { type Clock, createClock } from '../../../src/clock.ts'
import { createDiscordRest } from '../../../src/discord/rest/client.ts'
import { createTransport, type TransportTimeouts } from '../../../src/discord/transport.ts'
import type { Log } from '../../../src/log.ts'
import type { Finishing } from '../../helpers/redis.ts'

export const token = 'MTE4.token-of-the-test.x7Yw'

/** A log that keeps its lines, at debug. */
export function keepingLog() {
  const lines: string[] = []
  const at = (level: string) => (fields: object, event: string) => {
    lines.push(`${level} ${event} ${JSON.stringify(fields, errorsToo)}`)
  }
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  return { log, lines }
}

/** Errors with all that they hold, as a log that serialises them would show. */
export const errorsToo = (_key: string, value: unknown): unknown =>
  value instanceof Error
    ? { ...value, name: value.name, message: value.message, stack: value.stack, cause: value.cause }
    : value

/** The client of one account. Waits pass a thousand times faster. */
export function restClient(
  t: Finishing,
  {
    apiUrl,
    proxyUrl = null,
    timeouts,
  }: { apiUrl: string; proxyUrl?: string | null; timeouts?: TransportTimeouts },
) {
  const transport = createTransport({ proxyUrl, ...(timeouts ? { timeouts } : {}) })
  t.onTestFinished(() => transport.close())
  const { log, lines } = keepingLog()
  const slept: number[] = []
  const fast = createClock(1000)
  const clock: Clock = {
    now: fast.now,
    sleep(ms, signal) {
      slept.push(ms)
      return fast.sleep(ms, signal)
    },
  }
  const rest = createDiscordRest({ apiUrl, token, transport, clock, log })
  return { rest, transport, lines, waits: () => slept }
}
