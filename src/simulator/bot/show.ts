import type { BotParts } from './bot.ts'
import type { CommandInteraction } from './interaction.ts'
import { finalRows, finalText } from './looks.ts'

/**
 * /show (protocol page §4.2): `Displaying...`, then the job's final once more with fresh buttons, as a new message in 2026 and as an
 * edit in 2023 (the page allows both). An id that is not the account's is answered with an embed that names it.
 */
export function showJob({ speaker, world, jobs, shop }: BotParts, interaction: CommandInteraction): void {
  const { account, channel, bot, options } = interaction
  const { era } = account.readings
  const asked = options.get('job_id') ?? ''
  const job = jobs.get(asked)
  const answer = speaker.answer(interaction, { content: 'Displaying...' }, { nonce: true, event: 'waiting' })
  if (!job || job.account !== account || job.truth.state !== 'done') {
    const description = `We could not find the job \`${asked}\`.`
    const embed = { type: 'rich' as const, title: 'Invalid request', description, color: 16_711_680 }
    world.time.after(500, () => speaker.edit(answer, { content: '', embeds: [embed] }, 'final', false))
    return
  }
  void shop.final(job).then((attachment) => {
    world.time.after(800, () => {
      const shown = shop.signedAnew(attachment)
      const saying = {
        content: finalText(job),
        attachments: [shown],
        components: finalRows(job),
      }
      if (era === '2023') speaker.edit(answer, saying, 'final', false)
      else speaker.say(channel, bot, { ...saying, mentions: [account.user], reply: answer }, 'final')
    })
  })
}
