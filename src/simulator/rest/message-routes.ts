import type { FastifyInstance } from 'fastify'
import { stamp } from '../bot/speaker.ts'
import type { Account } from '../world/account.ts'
import { type Attachment, type Message, messageTypes } from '../world/message.ts'
import type { Channel } from '../world/world.ts'
import { channelFor } from './access.ts'
import { discordError, invalidForm } from './discord-error.ts'
import { Form } from './read.ts'
import { type RestParts, visitOf } from './visit.ts'

interface PageQuery {
  limit?: string
  before?: string
  after?: string
  around?: string
}

interface MessageParams {
  channel: string
  message: string
}

/** Messages of a channel (protocol page §3.3). */
export function messageRoutes(api: FastifyInstance, parts: RestParts): void {
  const { world, gateway, bot } = parts

  api.get<{ Params: { channel: string }; Querystring: PageQuery }>(
    '/channels/:channel/messages',
    (request) => {
      const channel = channelFor(world, visitOf(request).account, request.params.channel)
      const { limit = '50', before, after, around } = request.query
      const size = Number(limit)
      if (!Number.isInteger(size) || size < 1 || size > 100) {
        throw invalidForm('limit', 'NUMBER_TYPE_MAX', 'int value should be between 1 and 100.')
      }
      return channel.log.page({ limit: size, before, after, around }).map(fresh(parts))
    },
  )

  // User accounts ask with `around` instead (§3.3).
  api.get('/channels/:channel/messages/:message', () => {
    throw discordError('bots-only')
  })

  api.post<{ Params: { channel: string } }>('/channels/:channel/messages', async (request) => {
    const { account } = visitOf(request)
    const channel = channelFor(world, account, request.params.channel)
    const form = new Form(request.body)
    const message = await write(parts, account, channel, form)
    channel.log.add(message)
    const nonce = form.optionalText('nonce')
    const told = { ...message, ...(nonce === undefined ? {} : { nonce }) }
    const guild = channel.guildId === null ? {} : { guild_id: channel.guildId }
    gateway.publish(channel, 'MESSAGE_CREATE', { ...told, ...guild }, null)
    return told
  })

  api.delete<{ Params: MessageParams }>('/channels/:channel/messages/:message', (request, reply) => {
    const { account } = visitOf(request)
    const channel = channelFor(world, account, request.params.channel)
    const message = channel.log.get(request.params.message)
    if (!message) throw discordError('unknown-message')
    if (message.author.id !== account.userId) {
      throw discordError(channel.guildId === null ? 'cannot-delete' : 'missing-permissions')
    }
    channel.log.remove(message.id)
    const guild = channel.guildId === null ? {} : { guild_id: channel.guildId }
    gateway.publish(channel, 'MESSAGE_DELETE', { id: message.id, channel_id: channel.id, ...guild }, 'delete')
    return reply.code(204).send()
  })

  api.post<{ Params: MessageParams }>('/channels/:channel/messages/:message/ack', (request) => {
    channelFor(world, visitOf(request).account, request.params.channel)
    return { token: null }
  })

  api.put<{ Params: MessageParams & { emoji: string } }>(
    '/channels/:channel/messages/:message/reactions/:emoji/:who',
    (request, reply) => {
      const { account } = visitOf(request)
      const channel = channelFor(world, account, request.params.channel)
      const message = channel.log.get(request.params.message)
      if (!message) throw discordError('unknown-message')
      const reaction = {
        user_id: account.userId,
        channel_id: channel.id,
        message_id: message.id,
        emoji: { id: null, name: request.params.emoji },
        type: 0,
        burst: false,
        ...(channel.guildId === null ? {} : { guild_id: channel.guildId }),
      }
      gateway.publish(channel, 'MESSAGE_REACTION_ADD', reaction, null)
      if (request.params.emoji.startsWith('✉')) bot.envelope.sendSeed(account, message)
      return reply.code(204).send()
    },
  )
}

/** History gives links that work now: Discord signs attachments anew whenever it shows them. */
function fresh({ shop }: RestParts): (message: Message) => Message {
  return (message) => ({
    ...message,
    attachments: message.attachments.map((attachment) => shop.signedAnew(attachment)),
  })
}

async function write(parts: RestParts, account: Account, channel: Channel, form: Form): Promise<Message> {
  const content = form.optionalText('content') ?? ''
  const attachments = await Promise.all(
    form.list('attachments').map((file) => attach(parts, account, channel, file)),
  )
  if (content === '' && attachments.length === 0) throw discordError('empty-message')
  return {
    id: parts.world.newId(),
    type: messageTypes.plain,
    channel_id: channel.id,
    author: account.user,
    content,
    timestamp: stamp(parts.world.time.now()),
    edited_timestamp: null,
    tts: false,
    mention_everyone: false,
    mentions: [],
    mention_roles: [],
    attachments,
    embeds: [],
    components: [],
    pinned: false,
    flags: 0,
  }
}

/** A file that was uploaded before becomes part of the message, at an address of its own (§3.2). */
async function attach(
  { world, uploads, shop }: RestParts,
  account: Account,
  channel: Channel,
  form: Form,
): Promise<Attachment> {
  const upload = uploads.get(form.text('uploaded_filename'))
  if (!upload?.bytes || upload.account !== account.index) {
    throw invalidForm(
      `${form.path}.uploaded_filename`,
      'ATTACHMENT_NOT_FOUND',
      'Uploaded attachment not found.',
    )
  }
  const path = `/attachments/${channel.id}/${world.newId()}/${upload.filename}`
  return shop.publish(path, account.index, { ...upload, bytes: upload.bytes })
}
