import { DrawbridgeError } from '../errors.ts'
import type { BotMessage } from '../midjourney/parse/message.ts'
import type { BotTalk } from './bot-talk.ts'
import type { InteractionWriter, Pressed } from './interaction-writer.ts'
import type { CommandReply, SettingsChange } from './pool.ts'

interface SettingsParts {
  talk: BotTalk
  writer: InteractionWriter
}

type SettingsMessage = BotMessage & { type: 'settings' }

/** Reads /settings, presses what is not yet as it should be, and reads them again (protocol page §6.2). */
export async function changeSettings(
  parts: SettingsParts,
  change: SettingsChange = {},
): Promise<CommandReply> {
  const shown = await readSettings(parts)
  const presses = pressesFor(shown, change)
  for (const press of presses) await parts.talk.ask(parts.writer.press(press), press.messageId)
  const { settings } = presses.length > 0 ? await readSettings(parts) : shown
  return { answered: true, title: 'Settings', text: '', settings }
}

async function readSettings({ talk, writer }: SettingsParts): Promise<SettingsMessage> {
  const message = await talk.ask(await writer.slash('settings'))
  if (message.type === 'settings') return message
  const words =
    message.type === 'notice' ? message.description || message.title : 'an answer without settings'
  throw new DrawbridgeError('upstream-refused', words)
}

function pressesFor(
  { id, flags, settings }: SettingsMessage,
  { switches = {}, version }: SettingsChange,
): Pressed[] {
  const on = { messageId: id, messageFlags: flags }
  const pressed = Object.entries(switches).flatMap(([key, wanted]) => {
    const button = settings.switches.find((one) => one.key === key)
    if (!button) throw new DrawbridgeError('invalid-request', `The bot's settings have no ${key}.`)
    return button.on === wanted ? [] : [{ ...on, customId: button.customId }]
  })
  if (version === undefined) return pressed
  const menu = settings.version
  const option = menu?.options.find(({ label, value }) => value === version || label === version)
  if (!menu || !option)
    throw new DrawbridgeError('invalid-request', `The bot's settings have no version ${version}.`)
  if (menu.selected === option.value) return pressed
  return [...pressed, { ...on, customId: menu.customId, values: [option.value] }]
}
