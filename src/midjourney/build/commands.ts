import { asRecord, asRecords, asText } from '../read.ts'
import type { CommandRef } from './interaction.ts'

export { commandDefaults } from './command-defaults.ts'
export type { CommandRef } from './interaction.ts'

/** What a command says beside its name: the `options` and `attachments` of a slash command (protocol page §3.1, §3.2). */
export interface CommandArguments {
  options: CommandOption[]
  attachments: UploadedFile[]
}

export interface CommandOption {
  type: number
  name: string
  value?: string | number
  options?: CommandOption[]
}

export interface UploadedFile {
  id: string
  filename: string
  uploaded_filename: string
}

/** A file that was put where Discord said (protocol page §3.2). */
export interface Upload {
  filename: string
  uploadedFilename: string
}

const subCommand = 1
const subCommandGroup = 2
const string = 3
const attachment = 11

/** info, settings, fast, relax, turbo, public, stealth, subscribe, help … */
export const noOptions: CommandArguments = { options: [], attachments: [] }

export const imagineOptions = (prompt: string): CommandArguments => text('prompt', prompt)
export const shortenOptions = (prompt: string): CommandArguments => text('prompt', prompt)
export const showOptions = (jobUuid: string): CommandArguments => text('job_id', jobUuid)
export const askOptions = (question: string): CommandArguments => text('question', question)
export const describeLink = (url: string): CommandArguments => text('link', url)
export const describeUpload = (upload: Upload): CommandArguments => files([upload], () => 'image')

export const blendDimensions = { portrait: '--ar 2:3', square: '--ar 1:1', landscape: '--ar 3:2' } as const
export type BlendDimensions = keyof typeof blendDimensions

/** Two to five pictures. */
export function blendOptions(uploads: readonly Upload[], dimensions?: BlendDimensions): CommandArguments {
  const { options, attachments } = files(uploads, (index) => `image${index + 1}`)
  const shape = dimensions ? text('dimensions', blendDimensions[dimensions]).options : []
  return { options: [...options, ...shape], attachments }
}

/** Toggles the remix mode. */
export const preferRemix = (): CommandArguments => sub('remix', [])
export const preferAutoDm = (): CommandArguments => sub('auto_dm', [])
export const preferVariability = (): CommandArguments => sub('variability', [])

/** Without a value the suffix is taken away. The inner name is not certain (protocol page §3.1). */
export const preferSuffix = (value?: string): CommandArguments =>
  sub('suffix', value === undefined ? [] : text('new_value', value).options)

export const preferOptionList = (): CommandArguments => ({
  options: [{ type: subCommandGroup, name: 'option', options: sub('list', []).options }],
  attachments: [],
})

/**
 * The bot's commands by name, from whatever index Discord gave: `{ application_commands: […] }` or a bare list. Others'
 * commands of the same name are left out (protocol page §3.1, discovery).
 */
export function pickCommands(index: unknown, applicationId: string): Map<string, CommandRef> {
  const listed = asRecord(index)?.['application_commands'] ?? index
  const commands = new Map<string, CommandRef>()
  for (const raw of asRecords(listed)) {
    const [id, version, name] = [asText(raw['id']), asText(raw['version']), asText(raw['name'])]
    if (id === null || version === null || name === null) continue
    if (raw['application_id'] === applicationId) commands.set(name, { id, version, name, applicationId })
  }
  return commands
}

function text(name: string, value: string): CommandArguments {
  return { options: [{ type: string, name, value }], attachments: [] }
}

function sub(name: string, options: CommandOption[]): CommandArguments {
  return { options: [{ type: subCommand, name, options }], attachments: [] }
}

/** An option names its file by the position that it has among the attachments. */
function files(uploads: readonly Upload[], name: (index: number) => string): CommandArguments {
  return {
    options: uploads.map((_, index) => ({ type: attachment, name: name(index), value: index })),
    attachments: uploads.map(({ filename, uploadedFilename }, index) => ({
      id: String(index),
      filename,
      uploaded_filename: uploadedFilename,
    })),
  }
}
