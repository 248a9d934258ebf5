import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import type { AccountOrder, AccountView } from '../../../accounts/pool.ts'
import { DrawbridgeError } from '../../../errors.ts'
import type { AccountId, JobId } from '../../../ids.ts'
import { type Family, needAdmin } from './family.ts'
import * as schema from './schema.ts'

const tags = ['Accounts']
const security = [{ adminBearer: [] }]

/** What operators see of the accounts and tell them; all of it needs the admin key. */
export function accountRoutes(app: FastifyInstance, family: Family): void {
  const { pool } = family

  app.get(
    '/accounts',
    { schema: { summary: 'The accounts of the pool', tags, security } },
    async (request) => {
      needAdmin(family, request)
      return { data: await pool.accounts() }
    },
  )

  app.get('/status', { schema: { summary: 'How the pool is doing', tags: ['Operations'] } }, async () => {
    const [accounts, waiting] = await Promise.all([pool.accounts(), family.jobs.waiting()])
    const sum = (count: (account: AccountView) => number) =>
      accounts.reduce((all, one) => all + count(one), 0)
    return {
      accounts: { total: accounts.length, ready: sum(({ state }) => (state === 'ready' ? 1 : 0)) },
      slots: { total: sum(({ slots }) => slots), used: sum(({ used }) => used) },
      waiting,
    }
  })

  app.get(
    '/orphans',
    { schema: { summary: 'Pictures that fitted no job', tags, security } },
    async (request) => {
      needAdmin(family, request)
      return { data: await pool.orphans() }
    },
  )

  app.post<{ Params: Static<typeof schema.orphanParams>; Body: Static<typeof schema.attachBody> }>(
    '/orphans/:orphan/attach',
    {
      schema: {
        summary: 'Say which job a picture is of; the job then ends with it',
        params: schema.orphanParams,
        body: schema.attachBody,
        tags,
        security,
      },
    },
    async (request) => {
      needAdmin(family, request)
      const reply = await pool.attach(request.params.orphan, request.body.job as JobId)
      if (!reply.answered) throw new DrawbridgeError(reply.code, reply.message)
      return { title: reply.title, text: reply.text }
    },
  )

  app.post<{ Params: Static<typeof schema.accountParams>; Body: AccountOrder }>(
    '/accounts/:account/orders',
    {
      schema: {
        summary: 'Have an account do something, and wait for the answer of the bot',
        params: schema.accountParams,
        body: schema.orderBody,
        tags,
        security,
      },
    },
    async (request) => {
      needAdmin(family, request)
      const reply = await pool.order(request.params.account as AccountId, request.body)
      if (!reply.answered) throw new DrawbridgeError(reply.code, reply.message)
      const { title, text, settings } = reply
      return { title, text, ...(settings ? { settings } : {}) }
    },
  )
}
