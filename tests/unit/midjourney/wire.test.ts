import { describe, expect, test } from 'vitest'
import { isFromBot, mergeMessage, type RawMessage, readRawMessage } from '../../../src/midjourney/wire.ts'
import { botId, channelId, nonce, slashAnswer, userId } from '../../fixtures/messages/write.ts'

const created = read(slashAnswer('imagine', `**a fox** - <@${userId}> (Waiting to start)`))
const partial = { id: created.id, channel_id: channelId }
const at = (seconds: number) => `2026-06-02T10:00:0${seconds}.000000+00:00`

function read(raw: unknown): RawMessage {
  const message = readRawMessage(raw)
  if (!message) throw new Error('not a message')
  return message
}

describe('mergeMessage', () => {
  test('leaves unchanged what the update does not name', () => {
    const merged = mergeMessage(created, { ...partial, content: 'new', edited_timestamp: at(5) })
    expect(merged).toEqual({ ...created, content: 'new', edited_timestamp: at(5) })
  })

  test('keeps what is said only once, also against null', () => {
    const merged = mergeMessage(created, {
      ...partial,
      nonce: null,
      interaction: null,
      mentions: [],
      edited_timestamp: at(5),
    })
    expect(merged).toMatchObject({
      nonce,
      interaction: created['interaction'],
      mentions: created['mentions'],
    })
  })

  test('takes away buttons, embeds and pictures when the update has none', () => {
    const stored = { ...created, components: [{}], embeds: [{}], attachments: [{}] }
    const merged = mergeMessage(stored, { ...partial, components: [], embeds: [], attachments: [] })
    expect(merged).toMatchObject({ components: [], embeds: [], attachments: [] })
  })

  test('lets an older update only fill in what is missing', () => {
    const stored = { ...created, content: '(35%)', edited_timestamp: at(9) }
    const merged = mergeMessage(stored, {
      ...partial,
      content: '(20%)',
      edited_timestamp: at(5),
      webhook_id: botId,
      extra: 1,
    })
    expect(merged).toMatchObject({ content: '(35%)', edited_timestamp: at(9), extra: 1 })
  })

  test('takes nonce and author from a creation that comes after its update', () => {
    const update = { ...partial, content: '(20%)', edited_timestamp: at(5) }
    const merged = mergeMessage(update, created)
    expect(merged).toMatchObject({ content: '(20%)', nonce, author: { id: botId } })
  })

  test('follows the order of arrival when the update has no time', () => {
    const stored = { ...created, edited_timestamp: at(9) }
    expect(mergeMessage(stored, { ...partial, embeds: [{ title: 'x' }] })).toMatchObject({
      embeds: [{ title: 'x' }],
    })
  })
})

describe('readRawMessage', () => {
  test.each([null, 1, 'x', [], {}, { id: '1' }, { id: 1, channel_id: '2' }])('%j is none', (raw) => {
    expect(readRawMessage(raw)).toBeNull()
  })

  test('drops a text or an author of another type', () => {
    expect(readRawMessage({ id: '1', channel_id: '2', content: 5, author: 'x', other: true })).toEqual({
      id: '1',
      channel_id: '2',
      other: true,
    })
  })
})

test('isFromBot looks at the id of the author, not at the name', () => {
  expect(isFromBot(created)).toBe(true)
  expect(isFromBot({ author: { id: userId, username: 'Midjourney Bot' } })).toBe(false)
  expect(isFromBot(null)).toBe(false)
})
