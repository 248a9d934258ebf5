import fastify, { type FastifyInstance } from 'fastify'
import type { AccountChanges, ProxyMode } from '../control.ts'
import type { EveryJob, FaultSettings, OneShotFault, Targeted } from '../faults/fault-types.ts'
import type { CloseOrder, DropOrder } from '../gateway/orders.ts'
import type { Desk } from './desk.ts'

type FaultBody = { set?: Partial<FaultSettings>; account?: number | string; once?: Targeted<OneShotFault> }
type AccountPath = { Params: { account: string } }

/** The desk over HTTP: JSON in and out, for people with curl and for tests in other processes. */
export function buildControl(desk: Desk): FastifyInstance {
  const app = fastify({ forceCloseConnections: true })
  app.setErrorHandler((error, _request, reply) => {
    const text = error instanceof Error ? error.message : String(error)
    return reply.code(error instanceof RangeError ? 404 : 400).send({ error: text })
  })

  app.get('/', () => ({ urls: desk.urls, accounts: desk.accounts.length }))
  app.get('/accounts', () => desk.accounts.map(shownAccount))
  app.patch<AccountPath & { Body: AccountChanges }>('/accounts/:account', (request) => {
    desk.setAccount(keyOf(request.params.account), request.body)
    return { ok: true }
  })
  app.put<AccountPath & { Body: { mode: ProxyMode } }>('/accounts/:account/proxy', async (request) => {
    await desk.setProxy(keyOf(request.params.account), request.body.mode)
    return { ok: true }
  })

  app.get<{ Querystring: { account?: string } }>('/truth', ({ query }) => ({
    jobs: desk.truth.jobs(),
    interactions: desk.truth.interactions(),
    counters: desk.truth.counters(query.account === undefined ? undefined : keyOf(query.account)),
    sessions: desk.truth.sessions(),
    running: desk.truth.running(),
  }))
  app.get('/truth/jobs', () => desk.truth.jobs())
  app.get('/truth/interactions', () => desk.truth.interactions())
  app.get<{ Querystring: { account?: string } }>('/truth/counters', ({ query }) =>
    desk.truth.counters(query.account === undefined ? undefined : keyOf(query.account)),
  )
  app.get('/truth/sessions', () => desk.truth.sessions())

  app.get('/faults', () => ({
    rates: desk.accounts.map(({ index }) => desk.faults.rates(index)),
    pending: desk.faults.pending(),
  }))
  app.post<{ Body: FaultBody }>('/faults', ({ body }) => {
    if (body.set) desk.faults.set(body.set, body.account)
    if (body.once) desk.faults.once(body.once)
    return { pending: desk.faults.pending() }
  })
  app.post<{ Body: EveryJob }>('/faults/every', ({ body }) => {
    desk.faults.every(body)
    return { ok: true }
  })
  app.delete('/faults', () => {
    desk.faults.clear()
    return { pending: [] }
  })

  app.post<{ Body: DropOrder | null }>('/drop', ({ body }) => ({ dropped: desk.dropSockets(body ?? {}) }))
  app.post<{ Body: CloseOrder }>('/gateway', ({ body }) => ({ ordered: desk.orderGateway(body) }))
  app.post('/commands/bump', () => {
    desk.bumpCommandVersions()
    return { ok: true }
  })
  return app
}

/** `2` is a place in the list, anything longer an id or a token. */
const keyOf = (text: string): number | string => (/^\d{1,5}$/.test(text) ? Number(text) : text)

function shownAccount(account: Desk['accounts'][number]) {
  const { index, token, userId, username, guildId, channelId, dmChannelIds, threadIds, proxyUrl } = account
  const {
    plan,
    mode,
    remix,
    suffix,
    fastHours,
    subscription,
    stealth,
    requireProxy,
    tokenDead,
    kicked,
    standingNews,
  } = account
  return {
    index,
    token,
    userId,
    username,
    guildId,
    channelId,
    dmChannelIds,
    threadIds,
    proxyUrl,
    plan,
    mode,
    remix,
    suffix,
    fastHours,
    subscription,
    stealth,
    requireProxy,
    tokenDead,
    kicked,
    standingNews,
  }
}
