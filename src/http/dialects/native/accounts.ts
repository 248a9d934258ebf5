import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import type { AccountOrder } from '../../../accounts/pool.ts'
import { DrawbridgeError } from '../../../errors.ts'
import type { AccountId } from '../../../ids.ts'
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
