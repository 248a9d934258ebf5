import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Interaction } from '../bot/interaction.ts'
import type { SeenInteraction } from '../control.ts'
import { Random } from '../random.ts'
import { count } from '../truth/counters.ts'
import type { Account } from '../world/account.ts'
import { spoil } from './discord-error.ts'
import { readInteraction } from './read-interaction.ts'
import { type RestParts, visitOf } from './visit.ts'

/** POST /interactions (protocol page §3.1): 204 says that Discord took it, not that the bot did. */
export function interactionRoutes(api: FastifyInstance, parts: RestParts): void {
  const { seed } = parts.world.settings
  const streams = parts.world.accounts.map(({ index }) => new Random(`${seed}:interactions:${index}`))
  const eventFirst = ({ index }: Account) => streams[index]?.chance(0.5) ?? false
  api.post('/interactions', async (request, reply) => {
    const visit = visitOf(request)
    const body = await bodyOf(request)
    const interaction = readInteraction(parts, visit.account, body)
    const status = answer(reply, visit.verdict)
    const seen = remember(parts, interaction, status, visit.proxied)
    // The gateway may be faster than the answer to the request.
    if (eventFirst(interaction.account)) parts.bot.receive(interaction, seen)
    else parts.world.time.after(0, () => parts.bot.receive(interaction, seen))
    return reply
  })
}

function answer(reply: FastifyReply, verdict: Parameters<typeof spoil>[1] | null): number {
  if (verdict) return spoil(reply, verdict)
  reply.code(204).send()
  return 204
}

/** JSON, or a form whose field `payload_json` holds it. */
async function bodyOf(request: FastifyRequest): Promise<unknown> {
  if (!request.isMultipart()) return request.body
  let payload: unknown
  for await (const part of request.parts()) {
    if (part.type === 'field' && part.fieldname === 'payload_json') payload = JSON.parse(String(part.value))
    else if (part.type === 'file') part.file.resume()
  }
  return payload
}

function remember(
  parts: RestParts,
  interaction: Interaction,
  status: number,
  proxied: boolean,
): SeenInteraction {
  const { account, kind, sessionId } = interaction
  const seen: SeenInteraction = {
    id: interaction.id,
    nonce: interaction.nonce,
    type: ({ command: 2, click: 3, modal: 5 } as const)[kind],
    name: interaction.kind === 'command' ? interaction.name : interaction.customId,
    prompt: promptOf(interaction),
    account: account.index,
    channelId: interaction.channel.id,
    messageId: interaction.kind === 'click' ? interaction.message.id : null,
    triggeredBy: interaction.kind === 'modal' ? interaction.opened.id : null,
    sessionId,
    sessionLive: parts.gateway.isLive(sessionId, account),
    answered: status === 0 ? 'none' : status,
    outcome: 'accepted',
    jobUuid: null,
    jobUuids: [],
    proxied,
    at: interaction.receivedAt,
  }
  parts.interactions.add(seen)
  count(parts.counters.of(account.index).interactions, kind === 'command' ? seen.name : kind)
  return seen
}

function promptOf(interaction: Interaction): string | null {
  if (interaction.kind === 'command') return interaction.options.get('prompt') ?? null
  if (interaction.kind === 'click') return null
  return interaction.fields.get(interaction.opened.field?.customId ?? '') ?? null
}
