import type { AccountOrder, AccountView, CommandReply, Orphan, Pool } from '../accounts/pool.ts'
import type { AccountId, JobId } from '../ids.ts'
import { accountFromHash } from './account-record.ts'
import type { PoolKeys } from './keys.ts'
import type { Orders } from './orders.ts'
import { OrphanStore } from './orphan-store.ts'
import type { RedisClient } from './redis.ts'

/** The operators' view of the pool, from any node. */
export class RedisPool implements Pool {
  readonly #redis: RedisClient
  readonly #keys: PoolKeys
  readonly #orders: Orders
  readonly #orphans: OrphanStore

  constructor({ redis, keys, orders }: { redis: RedisClient; keys: PoolKeys; orders: Orders }) {
    this.#redis = redis
    this.#keys = keys
    this.#orders = orders
    this.#orphans = new OrphanStore({ redis, keys })
  }

  async accounts(): Promise<AccountView[]> {
    const ids = (await this.#redis.smembers(this.#keys.accounts)) as AccountId[]
    const views = await Promise.all(ids.map((id) => this.#view(id)))
    return views.flatMap((view) => view ?? []).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  async #view(id: AccountId): Promise<AccountView | null> {
    const [hash, used] = await Promise.all([
      this.#redis.hgetall(this.#keys.account(id)),
      this.#redis.scard(this.#keys.held(id)),
    ])
    return accountFromHash(id, hash, used)
  }

  orphans(): Promise<Orphan[]> {
    return this.#orphans.all()
  }

  /** By the node that listens for the account: it knows the message and holds the job. */
  async attach(id: string, job: JobId): Promise<CommandReply> {
    const orphan = await this.#orphans.find(id)
    if (!orphan) return { answered: false, code: 'message-unknown', message: 'There is no such orphan.' }
    return this.order(orphan.account, { do: 'attach', message: id, job })
  }

  order(account: AccountId, order: AccountOrder): Promise<CommandReply> {
    return this.#orders.give(account, order)
  }
}
