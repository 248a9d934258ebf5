import { nanoid } from 'nanoid'
import type { AccountOrder, CommandReply } from '../accounts/pool.ts'
import type { AccountId, NodeId } from '../ids.ts'
import { orderEntry } from './inbox.ts'
import type { PoolKeys } from './keys.ts'
import type { RedisClient } from './redis.ts'

/** How long (s) is waited for the answer of the account's node, which itself waits for the bot. */
const answerWithinS = 45

interface OrdersParts {
  redis: RedisClient
  connect: () => RedisClient
  keys: PoolKeys
}

/** Gives orders to the node that listens for an account, from any node, and waits for its answer. */
export class Orders {
  readonly #parts: OrdersParts

  constructor(parts: OrdersParts) {
    this.#parts = parts
  }

  async give(account: AccountId, order: AccountOrder): Promise<CommandReply> {
    const { redis, connect, keys } = this.#parts
    const node = await redis.hget(keys.account(account), 'node')
    if (!node)
      return { answered: false, code: 'account-unknown', message: 'Nobody listens for this account.' }
    const id = nanoid()
    // A blocking read holds its connection, so it gets one of its own; orders are rare.
    const reader = connect()
    try {
      await redis.lpush(keys.inbox(node as NodeId), orderEntry(account, id, order))
      const reply = await reader.blpop(keys.reply(id), answerWithinS)
      if (reply) return JSON.parse(reply[1]) as CommandReply
      return { answered: false, code: 'command-timeout', message: 'The bot did not answer in time.' }
    } finally {
      reader.disconnect()
    }
  }
}
