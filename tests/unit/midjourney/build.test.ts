import { describe, expect, test } from 'vitest'
import { bots } from '../../../src/midjourney/bots.ts'
import {
  askOptions,
  blendOptions,
  commandDefaults,
  describeLink,
  describeUpload,
  imagineOptions,
  noOptions,
  pickCommands,
  preferAutoDm,
  preferOptionList,
  preferRemix,
  preferSuffix,
  preferVariability,
  shortenOptions,
  showOptions,
} from '../../../src/midjourney/build/commands.ts'
import {
  componentClick,
  modalSubmit,
  selectMenu,
  slashCommand,
} from '../../../src/midjourney/build/interaction.ts'
import { botId, channelId, guildId, nijiId, nonce } from '../../fixtures/messages/write.ts'

const place = { applicationId: botId, guildId, channelId, sessionId: 's1', nonce }
const common = { application_id: botId, guild_id: guildId, channel_id: channelId, session_id: 's1', nonce }
const command = { id: '938956540159881230', version: '7', name: 'imagine', applicationId: botId }

describe('interactions', () => {
  test('a slash command', () => {
    expect(slashCommand({ ...place, command, ...imagineOptions('a fox') })).toEqual({
      type: 2,
      ...common,
      data: {
        version: '7',
        id: '938956540159881230',
        name: 'imagine',
        type: 1,
        options: [{ type: 3, name: 'prompt', value: 'a fox' }],
        attachments: [],
      },
    })
  })

  test('goes to the bot that the command belongs to', () => {
    const body = slashCommand({ ...place, command: { ...command, applicationId: nijiId } })
    expect(body.application_id).toBe(nijiId)
  })

  test('a click', () => {
    const click = { ...place, messageId: '5', messageFlags: 64, customId: 'MJ::JOB::upsample::1::x' }
    expect(componentClick(click)).toEqual({
      type: 3,
      ...common,
      message_flags: 64,
      message_id: '5',
      data: { component_type: 2, custom_id: 'MJ::JOB::upsample::1::x' },
    })
  })

  test('a choice in a menu', () => {
    const choice = { ...place, messageId: '5', messageFlags: 64, customId: 'c', values: ['7'] }
    expect(selectMenu(choice)).toMatchObject({
      type: 3,
      message_id: '5',
      data: { component_type: 3, type: 3, custom_id: 'c', values: ['7'] },
    })
  })

  test('a submitted form', () => {
    const fields = [{ customId: 'MJ::RemixModal::new_prompt', value: 'a dog' }]
    expect(modalSubmit({ ...place, modalId: '9', customId: 'MJ::RemixModal::x::1::1', fields })).toEqual({
      type: 5,
      ...common,
      data: {
        id: '9',
        custom_id: 'MJ::RemixModal::x::1::1',
        components: [
          { type: 1, components: [{ type: 4, custom_id: 'MJ::RemixModal::new_prompt', value: 'a dog' }] },
        ],
      },
    })
  })

  test('leaves the guild out in a DM', () => {
    const dm = { ...place, guildId: null }
    expect(slashCommand({ ...dm, command })).not.toHaveProperty('guild_id')
    expect(componentClick({ ...dm, messageId: '5', messageFlags: 0, customId: 'c' })).not.toHaveProperty(
      'guild_id',
    )
  })
})

describe('options', () => {
  const upload = (n: number) => ({ filename: `${n}.png`, uploadedFilename: `abc/${n}.png` })
  const string = (name: string, value: string) => ({ options: [{ type: 3, name, value }], attachments: [] })

  test.each([
    [imagineOptions('a fox'), string('prompt', 'a fox')],
    [shortenOptions('a fox'), string('prompt', 'a fox')],
    [showOptions('u'), string('job_id', 'u')],
    [askOptions('why'), string('question', 'why')],
    [describeLink('https://x'), string('link', 'https://x')],
    [noOptions, { options: [], attachments: [] }],
    [preferRemix(), { options: [{ type: 1, name: 'remix', options: [] }], attachments: [] }],
    [preferAutoDm(), { options: [{ type: 1, name: 'auto_dm', options: [] }], attachments: [] }],
    [preferVariability(), { options: [{ type: 1, name: 'variability', options: [] }], attachments: [] }],
    [preferSuffix(), { options: [{ type: 1, name: 'suffix', options: [] }], attachments: [] }],
    [
      preferSuffix('--raw'),
      {
        options: [{ type: 1, name: 'suffix', options: [{ type: 3, name: 'new_value', value: '--raw' }] }],
        attachments: [],
      },
    ],
    [
      preferOptionList(),
      {
        options: [{ type: 2, name: 'option', options: [{ type: 1, name: 'list', options: [] }] }],
        attachments: [],
      },
    ],
    [
      describeUpload(upload(1)),
      {
        options: [{ type: 11, name: 'image', value: 0 }],
        attachments: [{ id: '0', filename: '1.png', uploaded_filename: 'abc/1.png' }],
      },
    ],
    [
      blendOptions([upload(1), upload(2)], 'landscape'),
      {
        options: [
          { type: 11, name: 'image1', value: 0 },
          { type: 11, name: 'image2', value: 1 },
          { type: 3, name: 'dimensions', value: '--ar 3:2' },
        ],
        attachments: [
          { id: '0', filename: '1.png', uploaded_filename: 'abc/1.png' },
          { id: '1', filename: '2.png', uploaded_filename: 'abc/2.png' },
        ],
      },
    ],
  ])('case %#', (built, expected) => {
    expect(built).toEqual(expected)
  })
})

describe('pickCommands', () => {
  const listed = [
    { id: '1', version: '10', name: 'imagine', type: 1, application_id: botId },
    { id: '2', version: '20', name: 'imagine', type: 1, application_id: nijiId },
    { id: '3', version: '30', name: 'Cancel Job', type: 3, application_id: botId },
    { id: '4', version: '40', name: 'info', application_id: botId },
    { id: 5, version: '50', name: 'blend', application_id: botId },
    null,
  ]
  const expected = new Map([
    ['imagine', { id: '1', version: '10', name: 'imagine', applicationId: botId }],
    ['Cancel Job', { id: '3', version: '30', name: 'Cancel Job', applicationId: botId }],
    ['info', { id: '4', version: '40', name: 'info', applicationId: botId }],
  ])

  test('takes the commands of the bot from an index', () => {
    expect(pickCommands({ applications: [], application_commands: listed, version: '1' }, botId)).toEqual(
      expected,
    )
  })

  test('takes them from a bare list', () => {
    expect(pickCommands(listed, botId)).toEqual(expected)
  })

  test.each([null, 'x', { code: 0 }, []])('finds none in %j', (index) => {
    expect(pickCommands(index, botId).size).toBe(0)
  })
})

test('the known ids are snowflakes, each of one command', () => {
  expect(Object.keys(commandDefaults)).toEqual(Object.keys(bots))
  const ids = Object.values(commandDefaults).flatMap((commands) => Object.values(commands))
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(id).toMatch(/^\d{18,19}$/)
})
