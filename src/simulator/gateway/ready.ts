import { type Account, plans } from '../world/account.ts'
import { botUsers, type User } from '../world/message.ts'
import type { Channel, World } from '../world/world.ts'

// Capability bits that change what arrives (protocol page §2.3).
const dedupeUserObjects = 1 << 4

interface ReadyContext {
  world: World
  account: Account
  sessionId: string
  resumeUrl: string
  capabilities: number
  requiredAction: string | null
}

/** READY as a user client gets it (§2.4). */
export function readyPayload({
  world,
  account,
  sessionId,
  resumeUrl,
  capabilities,
  requiredAction,
}: ReadyContext) {
  const dedupe = (capabilities & dedupeUserObjects) !== 0
  const channels = world.channelsOf(account)
  return {
    v: 9,
    user: { ...account.user, email: null, verified: true, mfa_enabled: false, premium_type: 0, flags: 0 },
    session_id: sessionId,
    session_type: 'normal',
    resume_gateway_url: resumeUrl,
    guilds: world.guildIdsOf(account).map((id) => guildOf(id, account, channels)),
    private_channels: channels
      .filter((channel) => channel.guildId === null)
      .map((channel) => directChannel(channel, world, dedupe)),
    ...(dedupe ? { users: Object.values(botUsers) } : {}),
    read_state: { version: 1, partial: false, entries: [] },
    user_guild_settings: { version: 0, partial: false, entries: [] },
    relationships: [],
    guild_join_requests: [],
    connected_accounts: [],
    sessions: [
      {
        session_id: sessionId,
        status: 'online',
        client_info: { client: 'web', os: 'linux', version: 0 },
        activities: [],
      },
    ],
    country_code: 'US',
    api_code_version: 1,
    auth_session_id_hash: 'c2ltdWxhdG9y',
    analytics_token: 'simulated',
    _trace: ['["gateway-simulator",{"micros":0}]'],
    ...(requiredAction ? { required_action: requiredAction } : {}),
  }
}

/** READY_SUPPLEMENTAL: the part that can wait. */
export function readySupplementalPayload(world: World, account: Account) {
  const guilds = world.guildIdsOf(account)
  return {
    merged_presences: { guilds: guilds.map(() => []), friends: [] },
    merged_members: guilds.map(() => []),
    lazy_private_channels: [],
    guilds: guilds.map((id) => ({ id, voice_states: [], embedded_activities: [] })),
    game_invites: [],
  }
}

function guildOf(id: string, account: Account, channels: readonly Channel[]) {
  const name = `Studio of ${account.username} (${plans[account.plan].label})`
  return {
    id,
    name,
    owner_id: account.userId,
    joined_at: '2023-05-01T00:00:00.000000+00:00',
    large: false,
    lazy: true,
    member_count: 3,
    channels: channels
      .filter(({ guildId, parentId }) => guildId === id && parentId === null)
      .map(guildChannel),
    threads: channels.filter(({ guildId, parentId }) => guildId === id && parentId !== null).map(thread),
    roles: [],
    emojis: [],
    stickers: [],
    properties: { id, name, owner_id: account.userId, features: [] },
  }
}

/** A text channel of a guild, as REST and READY show it. */
export function guildChannel(channel: Channel) {
  return {
    id: channel.id,
    type: 0,
    ...(channel.guildId === null ? {} : { guild_id: channel.guildId }),
    name: channel.name,
    position: 0,
    nsfw: false,
    topic: null,
    parent_id: null,
    permission_overwrites: [],
    rate_limit_per_user: 0,
    last_message_id: channel.log.lastId,
    flags: 0,
  }
}

/** A public thread (§1: its id takes the place of the channel's). */
export function thread(channel: Channel) {
  return {
    ...guildChannel(channel),
    type: 11,
    parent_id: channel.parentId,
    thread_metadata: { archived: false, auto_archive_duration: 4_320, locked: false },
    member: { flags: 1, muted: false },
  }
}

/** Whatever the channel is, as Discord shows it. */
export function shownChannel(channel: Channel, world: World) {
  if (channel.guildId === null) return directChannel(channel, world)
  return channel.parentId === null ? guildChannel(channel) : thread(channel)
}

/** A direct-message channel with a bot (§1): no guild, one recipient. */
export function directChannel(channel: Channel, world: World, dedupe = false) {
  const recipient: User | null = world.recipientOf(channel)
  return {
    id: channel.id,
    type: 1,
    ...(dedupe
      ? { recipient_ids: recipient ? [recipient.id] : [] }
      : { recipients: recipient ? [recipient] : [] }),
    last_message_id: channel.log.lastId,
    flags: 0,
  }
}
