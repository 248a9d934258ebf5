import type { AccountKey } from '../faults/fault-types.ts'
import { type BotName, type Readings, readingsOf, type Settings } from '../options.ts'
import { createSnowflakes } from '../snowflake.ts'
import type { SimulatedTime } from '../time.ts'
import { Account } from './account.ts'
import { botUsers, type User } from './message.ts'
import { MessageLog } from './message-log.ts'

export interface Channel {
  id: string
  /** Absent in a direct-message channel with a bot. */
  guildId: string | null
  /** Of a thread: the channel that it hangs on. */
  parentId: string | null
  name: string | null
  bot: BotName | null
  members: Account[]
  log: MessageLog
}

/** Who is where: accounts, guilds, channels and what was said there. It decides nothing. */
export class World {
  readonly accounts: readonly Account[]
  readonly channels = new Map<string, Channel>()
  readonly newId: () => string
  readonly time: SimulatedTime
  readonly settings: Settings
  #byToken = new Map<string, Account>()
  #byUser = new Map<string, Account>()

  constructor(settings: Settings, time: SimulatedTime) {
    this.settings = settings
    this.time = time
    this.newId = createSnowflakes(() => time.now())
    this.accounts = settings.accounts.map((options, index) => new Account(index, options, settings))
    for (const account of this.accounts) this.#settleIn(account)
  }

  #settleIn(account: Account): void {
    this.#byToken.set(account.token, account)
    this.#byUser.set(account.userId, account)
    if (account.guildId !== null) {
      this.#join(account, account.channelId, account.guildId, null)
      for (const id of account.threadIds) this.#join(account, id, account.guildId, null, account.channelId)
    }
    for (const bot of ['midjourney', 'niji'] as const)
      this.#join(account, account.dmChannelIds[bot], null, bot)
    // An account without a guild may have named its direct-message channel itself.
    if (account.guildId === null) this.#join(account, account.channelId, null, 'midjourney')
  }

  #join(
    account: Account,
    id: string,
    guildId: string | null,
    bot: BotName | null,
    parentId: string | null = null,
  ): void {
    const channel = this.channels.get(id) ?? {
      id,
      guildId,
      parentId,
      name: guildId === null ? null : `${parentId === null ? 'studio' : 'thread'}-${account.index + 1}`,
      bot,
      members: [],
      log: new MessageLog(this.settings.memory),
    }
    if (!channel.members.includes(account)) channel.members.push(account)
    this.channels.set(id, channel)
  }

  /** A new thread of a channel, for everybody who is in that channel. */
  openThread(parent: Channel, name: string): Channel {
    const thread: Channel = {
      ...parent,
      id: this.newId(),
      name,
      parentId: parent.id,
      members: [...parent.members],
      log: new MessageLog(this.settings.memory),
    }
    this.channels.set(thread.id, thread)
    return thread
  }

  withToken(token: string): Account | undefined {
    return this.#byToken.get(token)
  }

  withUserId(id: string): Account | undefined {
    return this.#byUser.get(id)
  }

  /** By place in the list, channel id, user id or token. */
  find(key: AccountKey): Account | undefined {
    if (typeof key === 'number') return this.accounts[key]
    return (
      this.#byUser.get(key) ??
      this.#byToken.get(key) ??
      this.accounts.find((account) => account.channelId === key || account.guildId === key)
    )
  }

  /** Like `find`, for callers that named an account which must be there. */
  require(key: AccountKey): Account {
    const account = this.find(key)
    if (!account) throw new RangeError('no such account')
    return account
  }

  channelsOf(account: Account): Channel[] {
    return [...this.channels.values()].filter((channel) => channel.members.includes(account))
  }

  guildIdsOf(account: Account): string[] {
    const ids = this.channelsOf(account).flatMap((channel) => channel.guildId ?? [])
    return [...new Set(ids)]
  }

  /** How messages in a channel look; who shares a channel should share an era. */
  readingsIn(channel: Channel | undefined): Readings {
    return channel?.members[0]?.readings ?? readingsOf(this.settings)
  }

  recipientOf(channel: Channel): User | null {
    return channel.bot ? botUsers[channel.bot] : null
  }
}
