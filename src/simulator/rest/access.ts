import type { Account } from '../world/account.ts'
import type { Channel, World } from '../world/world.ts'
import { discordError } from './discord-error.ts'

/** A channel that this account may use: 404 where there is none, 403 where it is somebody else's (protocol page §3.6). */
export function channelFor(world: World, account: Account, id: string): Channel {
  const channel = world.channels.get(id)
  if (!channel) throw discordError('unknown-channel')
  const barred = account.kicked && channel.guildId !== null
  if (barred || !channel.members.includes(account)) throw discordError('missing-access')
  return channel
}
