import { nanoid } from 'nanoid'
import type { AccountCommand, AccountView, CommandReply, Pool } from '../accounts/pool.ts'
import type { AccountId } from '../ids.ts'
import { accountFromHash } from './account-record.ts'
import type { PoolKeys } from './keys.ts'
import type { RedisClient } from './redis.ts'

/** How long an operator waits for the bot's own answer. */
const answerWithinS = 30

/** The operators' view of the pool, from any node. */
export class RedisPool implements Pool {
  readonly #redis: RedisClient
  readonly #connect: () => RedisClient
  readonly #keys: PoolKeys

  constructor({ redis, connect, keys }: { redis: RedisClient; connect: () => RedisClient; keys: PoolKeys }) {
    this.#redis = redis
    this.#connect = connect
    this.#keys = keys
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

  async command(account: AccountId, command: AccountCommand): Promise<CommandReply> {
    const node = (await this.#view(account))?.node
    if (!node)
      return { answered: false, code: 'account-unknown', message: 'Nobody listens for this account.' }
    const id = nanoid()
    // A blocking read holds its connection, so it gets one of its own; operators' commands are rare.
    const reader = this.#connect()
    try {
      await this.#redis.lpush(this.#keys.inbox(node), `command ${account} ${id} ${command}`)
      const reply = await reader.blpop(this.#keys.reply(id), answerWithinS)
      if (reply) return JSON.parse(reply[1]) as CommandReply
      return { answered: false, code: 'command-timeout', message: 'The bot did not answer in time.' }
    } finally {
      reader.disconnect()
    }
  }
}
