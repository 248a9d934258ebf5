import type { Account } from '../world/account.ts'
import type { Message } from '../world/message.ts'
import type { BotParts } from './bot.ts'
import type { Job } from './job.ts'

const uuids = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** The ✉️ reaction and its kin: the bot tells id and seed of a job in a direct message to whoever asked for the job (protocol page §3.3). */
export class Envelope {
  #parts: BotParts

  constructor(parts: BotParts) {
    this.#parts = parts
  }

  sendSeed(account: Account, message: Message): void {
    const job = this.#jobOf(message)
    if (job?.account === account) this.send(job)
  }

  send({ account, truth }: Job): void {
    const { speaker, world } = this.#parts
    const channel = account && world.channels.get(account.dmChannelIds[truth.bot])
    if (!account || !channel) return
    const content = `**${truth.finalPrompt}**\n**Job ID**: ${truth.jobUuid}\n**seed** ${truth.seed}`
    world.time.after(1_000, () =>
      speaker.say(channel, truth.bot, { content, mentions: [account.user] }, 'any'),
    )
  }

  /** The finished job that a message shows: its final, or the same again by /show. */
  #jobOf({ attachments, author }: Message): Job | undefined {
    const uuid = attachments[0]?.filename.match(uuids)?.at(-1)
    const job = uuid === undefined ? undefined : this.#parts.jobs.get(uuid)
    return job?.truth.state === 'done' && author.bot ? job : undefined
  }
}
