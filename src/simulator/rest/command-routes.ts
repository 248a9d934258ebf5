import type { FastifyInstance } from 'fastify'
import { botNamed } from '../world/message.ts'
import { channelFor } from './access.ts'
import { discordError } from './discord-error.ts'
import { type RestParts, visitOf } from './visit.ts'

/** Where commands are discovered (protocol page §3.1). */
export function commandRoutes(api: FastifyInstance, { world, commands }: RestParts): void {
  api.get<{ Params: { id: string } }>('/guilds/:id/application-command-index', (request) => {
    const { account } = visitOf(request)
    const known = [...world.channels.values()].some(({ guildId }) => guildId === request.params.id)
    if (!known) throw discordError('unknown-guild')
    if (account.kicked || !world.guildIdsOf(account).includes(request.params.id))
      throw discordError('missing-access')
    return commands.index()
  })

  api.get<{ Params: { id: string } }>('/channels/:id/application-command-index', (request) => {
    const channel = channelFor(world, visitOf(request).account, request.params.id)
    const index = commands.index()
    if (channel.bot === null) return index
    // In a direct-message channel only its bot is there.
    const here = (id: string) => botNamed(id) === channel.bot
    return {
      ...index,
      applications: index.applications.filter(({ id }) => here(id)),
      application_commands: index.application_commands.filter(({ application_id }) => here(application_id)),
    }
  })

  api.get('/users/@me/application-command-index', () => commands.index())

  api.get<{ Params: { id: string } }>('/applications/:id/application-command-index', (request) => {
    const index = commands.index()
    const mine = index.application_commands.filter(
      ({ application_id }) => application_id === request.params.id,
    )
    return { ...index, application_commands: mine }
  })

  // The older search, which the web client used before the index.
  api.get<{ Params: { id: string }; Querystring: { query?: string; limit?: string } }>(
    '/channels/:id/application-commands/search',
    (request) => {
      channelFor(world, visitOf(request).account, request.params.id)
      const { query = '', limit = '25' } = request.query
      const index = commands.index()
      const found = index.application_commands
        .filter(({ name }) => name.startsWith(query))
        .slice(0, Number(limit) || 25)
      return { applications: index.applications, application_commands: found, cursor: { next: null } }
    },
  )
}
