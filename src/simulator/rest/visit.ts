import type { FastifyRequest } from 'fastify'
import type { Bot } from '../bot/bot.ts'
import type { CommandBook } from '../bot/commands.ts'
import type { Speaker } from '../bot/speaker.ts'
import type { FileStore } from '../cdn/file-store.ts'
import type { Links } from '../cdn/links.ts'
import type { PictureShop } from '../cdn/picture-shop.ts'
import type { Uploads } from '../cdn/uploads.ts'
import type { Faults, RestVerdict } from '../faults/fault-desk.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { Origins } from '../proxy/origins.ts'
import type { CounterBook } from '../truth/counters.ts'
import type { InteractionLog } from '../truth/interaction-log.ts'
import type { Account } from '../world/account.ts'
import type { World } from '../world/world.ts'
import { discordError } from './discord-error.ts'

/** What the routes work with. */
export interface RestParts {
  world: World
  bot: Bot
  speaker: Speaker
  commands: CommandBook
  gateway: Gateway
  gatewayUrl: string
  files: FileStore
  links: Links
  shop: PictureShop
  uploads: Uploads
  faults: Faults
  counters: CounterBook
  origins: Origins
  interactions: InteractionLog
}

/** What the first hook has found out about a request. */
export interface Visit {
  account: Account
  proxied: boolean
  verdict: RestVerdict | null
}

export const visits = new WeakMap<FastifyRequest, Visit>()

/** Who asks; every route behind the token check may rely on it. */
export function visitOf(request: FastifyRequest): Visit {
  const visit = visits.get(request)
  if (!visit) throw discordError('unauthorized')
  return visit
}
