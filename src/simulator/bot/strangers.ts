import { Random } from '../random.ts'
import type { User } from '../world/message.ts'
import type { Channel, World } from '../world/world.ts'
import type { Bot } from './bot.ts'
import type { JobBook } from './job.ts'
import { readPrompt } from './prompt.ts'

interface StrangerParts {
  world: World
  bot: Bot
  jobs: JobBook
}

const people = ['some.name_99', 'u0123456789', 'kai', 'zoe_v', 'm.r.t'] as const

/** Prompts that trip careless parsers, among ordinary ones (protocol page §4.6). */
const prompts = [
  'a red fox',
  'a castle on a hill at dawn',
  'two words **in bold** here',
  'a train (fast) passing Image #2',
  '一只红色的狐狸',
  'portrait of <@42>, oil on canvas',
  'first line\nsecond line',
] as const

/** Other people who use the bot in our accounts' channels: their messages have to be told from ours. */
export class Strangers {
  #parts: StrangerParts

  constructor(parts: StrangerParts) {
    this.#parts = parts
  }

  start(): void {
    const { foreignJobsPerMinute } = this.#parts.world.settings
    if (foreignJobsPerMinute <= 0) return
    for (const channel of this.#parts.world.channels.values()) {
      if (channel.guildId !== null && channel.parentId === null)
        this.#live(channel, 60_000 / foreignJobsPerMinute)
    }
  }

  #live(channel: Channel, meanMs: number): void {
    const random = new Random(`${this.#parts.world.settings.seed}:strangers:${channel.id}`)
    const next = () => {
      this.#parts.world.time.after(random.between(0.3, 1.7) * meanMs, () => {
        this.#draw(channel, random)
        next()
      })
    }
    next()
  }

  #draw(channel: Channel, random: Random): void {
    const { world, bot, jobs } = this.#parts
    const { era, defaultParameters } = world.readingsIn(channel)
    const context = {
      bot: 'midjourney' as const,
      era,
      defaults: defaultParameters,
      suffix: '',
      bannedWords: [],
    }
    const verdict = readPrompt(random.pick(prompts), context)
    if (!verdict.ok) return
    const mode = random.chance(0.3) ? 'relax' : 'fast'
    const job = bot.maker.foreign(channel, stranger(random), verdict.prompt, mode)
    jobs.add(job)
    bot.runner.start(job, false)
  }
}

function stranger(random: Random): User {
  const username = random.pick(people)
  return {
    id: `119${random.characters('0123456789', 16)}`,
    username,
    discriminator: '0',
    global_name: username,
    avatar: null,
    public_flags: 0,
  }
}
