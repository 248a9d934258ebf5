import type { JobView } from '../../src/http/dialects/native/schema.ts'
import { adminKey } from './gateway.ts'
import { until } from './until.ts'

/** A caller of the native family, over real HTTP. */
export async function nativeClient(url: string, grant: object = {}) {
  const send = async (method: string, path: string, body?: object, key = '') => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...(body ? { 'content-type': 'application/json' } : {}), authorization: `Bearer ${key}` },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return { status: response.status, body: (await response.json()) as unknown }
  }
  const issued = await send(
    'POST',
    '/v1/tokens',
    { count: 1000, days: 1, mode: 'fast', class: 'fast', ...grant },
    adminKey,
  )
  const { token } = issued.body as { token: string }
  const job = async (id: string) => (await send('GET', `/v1/jobs/${id}`, undefined, token)).body as JobView
  const settled = (id: string, states: readonly string[]): Promise<JobView> =>
    until(
      async () => {
        const seen = await job(id)
        return states.includes(seen.state) ? seen : null
      },
      { what: `job ${id} being ${states.join(' or ')}`, timeoutMs: 40_000 },
    )

  return {
    token,
    job,
    settled,
    ask: (method: string, path: string, body?: object) => send(method, path, body, token),
    order: (account: string, order: object) =>
      send('POST', `/v1/accounts/${account}/orders`, order, adminKey),
    /** Resolves when so many accounts take jobs. */
    ready: (accounts: number) =>
      until(
        async () => {
          const status = (await send('GET', '/v1/status')).body as { accounts: { ready: number } }
          return status.accounts.ready >= accounts
        },
        { what: `${accounts} accounts being ready` },
      ),
    async submit(body: object): Promise<JobView> {
      const answer = await send('POST', '/v1/jobs', body, token)
      if (answer.status !== 202) throw new Error(`submit: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body as JobView
    },
    async press(id: string, body: object): Promise<JobView> {
      const answer = await send('POST', `/v1/jobs/${id}/actions`, body, token)
      if (answer.status !== 202) throw new Error(`press: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body as JobView
    },
    /** The job once it has ended; one that failed is an error. */
    async done(id: string): Promise<JobView & { result: NonNullable<JobView['result']> }> {
      const ended = await settled(id, ['done', 'failed', 'cancelled'])
      if (!ended.result) throw new Error(`job ${id} ended ${JSON.stringify(ended.failure)}`)
      return { ...ended, result: ended.result }
    },
    async ledger() {
      const { granted, remaining, reserved, used } = (await send('GET', '/v1/token', undefined, token))
        .body as Record<string, number>
      return { granted, remaining, reserved, used }
    },
  }
}

export type NativeClient = Awaited<ReturnType<typeof nativeClient>>
