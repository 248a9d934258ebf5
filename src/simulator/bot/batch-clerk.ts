import type { SeenInteraction } from '../control.ts'
import { flagEphemeral, type Message } from '../world/message.ts'
import { batchLimits, promptsOf, repeatOf } from './batch.ts'
import type { Intake } from './intake.ts'
import type { ClickInteraction, CommandInteraction } from './interaction.ts'
import type { JobMaker } from './job-maker.ts'
import type { NewsDesk } from './news-desk.ts'
import { button, row } from './rows.ts'
import type { Speaker } from './speaker.ts'

interface BatchPort {
  speaker: Speaker
  news: NewsDesk
  intake: Intake
  maker: JobMaker
  /** How many questions that nobody answers are remembered. */
  memory: number
}

const answers = /^MJ::Batch::(?<answer>yes|no|show)$/
const footer = 'Nothing is drawn before you answer.'

/**
 * Asks before it makes several jobs of one prompt (protocol page §4.6: "after a confirmation message"). How the bot words it and
 * what its buttons are called, no source tells.
 */
export class BatchClerk {
  #port: BatchPort
  #asked = new Map<string, readonly string[]>()

  constructor(port: BatchPort) {
    this.#port = port
  }

  /** False where the prompt stands for one job. */
  ask(interaction: CommandInteraction, typed: string, seen: SeenInteraction, nonce: boolean): boolean {
    const most = batchLimits[interaction.account.plan]
    const prompts = promptsOf(typed, most)
    if (prompts.length === 1 && repeatOf(typed) === 1) return false
    const wrong = refusal(prompts.length, most, repeatOf(typed))
    if (wrong) {
      seen.outcome = 'invalid-parameter'
      this.#port.news.tell(interaction, 'invalid-parameter', { delivery: 'create', detail: wrong })
      return true
    }
    seen.outcome = 'confirmation'
    const question = {
      content: `Are you sure you want to imagine **${prompts.length}** prompts?`,
      embeds: [{ type: 'rich' as const, footer: { text: footer } }],
      components: [
        row(
          button('MJ::Batch::yes', 'Yes'),
          button('MJ::Batch::no', 'No'),
          button('MJ::Batch::show', 'Show Prompts'),
        ),
      ],
      flags: interaction.channel.guildId === null ? 0 : flagEphemeral,
    }
    const { id } = this.#port.speaker.answer(interaction, question, { nonce, event: 'waiting' })
    this.#remember(id, prompts)
    return true
  }

  #remember(id: string, prompts: readonly string[]): void {
    this.#asked.set(id, prompts)
    const [oldest] = this.#asked.keys()
    if (oldest && this.#asked.size > this.#port.memory) this.#asked.delete(oldest)
  }

  knowsButton(customId: string): boolean {
    return answers.test(customId)
  }

  press(click: ClickInteraction, seen: SeenInteraction): void {
    const answer = answers.exec(click.customId)?.groups?.['answer']
    const prompts = this.#asked.get(click.message.id) ?? []
    seen.outcome = 'button'
    if (answer === 'show') return this.#show(click.message, prompts)
    this.#asked.delete(click.message.id)
    const content = answer === 'yes' ? `Imagining **${prompts.length}** prompts.` : 'Nothing was imagined.'
    this.#port.speaker.edit(click.message, { content, embeds: [], components: [] }, 'final', false)
    if (answer === 'yes') for (const prompt of prompts) this.#imagine(click, prompt, seen)
  }

  /** The click was answered by the edit of the question: none of the jobs repeats its nonce. */
  #imagine(click: ClickInteraction, prompt: string, seen: SeenInteraction): void {
    const { intake, maker } = this.#port
    const verdict = intake.read(click, prompt, seen)
    if (verdict) intake.submit(maker.imagine(click, prompt, verdict), seen, false)
  }

  #show(question: Message, prompts: readonly string[]): void {
    const description = prompts.map((prompt) => `\`${prompt}\``).join('\n')
    const embeds = [
      { type: 'rich' as const, description: description.slice(0, 4_096), footer: { text: footer } },
    ]
    this.#port.speaker.edit(question, { embeds }, 'final', false)
  }
}

function refusal(count: number, most: number, times: number): string | null {
  if (times < 1 || times > most)
    return `Invalid value provided for argument \`--repeat\`: \`${times}\` (1 to ${most} with your plan)`
  return count > most
    ? `This prompt stands for more than ${most} jobs, the most that your plan allows.`
    : null
}
