import type { Clock } from '../clock.ts'
import type { DiscordRest } from '../discord/rest/client.ts'
import { type CommandRef, pickCommands } from '../midjourney/build/commands.ts'

/** Versions change whenever Midjourney registers its commands anew (protocol page §3.1); peers keep them for an hour. */
const keptMs = 3_600_000

interface CommandBookParts {
  rest: Pick<DiscordRest, 'commandIndex'>
  botId: string
  channelId: string
  /** Null in a DM with the bot, whose own index is asked for then. */
  guildId: () => string | null
  clock: Clock
}

/** The bot's slash commands with their present ids and versions, as this account's guild or DM lists them. */
export class CommandBook {
  readonly #parts: CommandBookParts
  #commands: ReadonlyMap<string, CommandRef> = new Map()
  #readAt = Number.NEGATIVE_INFINITY

  constructor(parts: CommandBookParts) {
    this.#parts = parts
  }

  /** The command by its name; null when the bot does not offer it or Discord does not say. */
  async find(name: string): Promise<CommandRef | null> {
    const stale = this.#parts.clock.now() - this.#readAt > keptMs
    if (stale || !this.#commands.has(name)) await this.read()
    return this.#commands.get(name) ?? null
  }

  /** Discovers the commands anew, as after Discord has called a version stale. */
  async read(): Promise<boolean> {
    const { rest, botId, channelId, guildId, clock } = this.#parts
    const guild = guildId()
    const index = await rest.commandIndex(guild === null ? { channelId } : { guildId: guild })
    if (!index.ok) return false
    this.#commands = pickCommands(index.value, botId)
    this.#readAt = clock.now()
    return true
  }
}
