import type { FastifyInstance } from 'fastify'
import { directChannel, shownChannel, thread } from '../gateway/ready.ts'
import { botNamed } from '../world/message.ts'
import { channelFor } from './access.ts'
import { DiscordError, discordError } from './discord-error.ts'
import { Form } from './read.ts'
import { type RestParts, visitOf } from './visit.ts'

/** Who the account is and which channels it has (protocol page §1, §3.3). */
export function userRoutes(api: FastifyInstance, { world, gateway }: RestParts): void {
  api.get('/users/@me', (request) => ({
    ...visitOf(request).account.user,
    email: null,
    verified: true,
    locale: 'en-US',
  }))

  api.get('/users/@me/channels', (request) =>
    world
      .channelsOf(visitOf(request).account)
      .filter(({ guildId }) => guildId === null)
      .map((channel) => directChannel(channel, world)),
  )

  api.get('/users/@me/guilds', (request) => {
    const { account } = visitOf(request)
    return world
      .guildIdsOf(account)
      .map((id) => ({ id, name: `Studio of ${account.username}`, owner: true, features: [] }))
  })

  api.post('/users/@me/channels', (request) => {
    const { account } = visitOf(request)
    const form = new Form(request.body)
    const [recipient] = form.has('recipients') ? form.texts('recipients') : [form.text('recipient_id')]
    const bot = botNamed(recipient ?? '')
    if (!bot) throw new DiscordError(400, 50_007, 'Cannot send messages to this user')
    const channel = world.channels.get(account.dmChannelIds[bot])
    if (!channel) throw discordError('unknown-channel')
    return directChannel(channel, world)
  })

  api.get<{ Params: { channel: string } }>('/channels/:channel', (request) => {
    const channel = channelFor(world, visitOf(request).account, request.params.channel)
    return shownChannel(channel, world)
  })

  api.post<{ Params: { channel: string } }>('/channels/:channel/threads', (request, reply) => {
    const channel = channelFor(world, visitOf(request).account, request.params.channel)
    if (channel.guildId === null || channel.parentId !== null) throw discordError('no-threads-here')
    const opened = world.openThread(channel, new Form(request.body).text('name'))
    gateway.publish(opened, 'THREAD_CREATE', { ...thread(opened), newly_created: true }, null)
    return reply.code(201).send(thread(opened))
  })
}
