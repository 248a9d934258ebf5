import { expect, test } from 'vitest'
import { packedField, packFields, unpackFields } from '../../../src/scheduler/packed-job.ts'

const uuid = '0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0'
const outcome = JSON.stringify({
  messageId: '1300000000000000001',
  uuid,
  prompt: 'a fox',
  url: `https://cdn.discordapp.com/attachments/1/2/fox_${uuid}.png?ex=1&is=2&hm=3&`,
  buttons: [[1, 2, 3, 4].map((n) => ({ label: `U${n}`, customId: `MJ::JOB::upsample::${n}::${uuid}` }))],
})

const cases: [name: string, fields: Record<string, string>][] = [
  ['a picture', { state: 'done', outcome, track: JSON.stringify({ nonces: ['1'], uuid }), charge: '1' }],
  ['a job without an id of Midjourney’s', { state: 'failed', outcome: '{"code":"job-timeout"}' }],
  [
    'the signs that stand for something, in a prompt',
    { request: JSON.stringify({ prompt: '\u0000 \u0001' }) },
  ],
  [
    'words of every script',
    { request: JSON.stringify({ prompt: 'лиса 狐狸 🦊 '.repeat(400) }), about: '{}' },
  ],
  ['empty values', { token: '', account: '', root: 'r' }],
  ['nothing', {}],
]

test.each(cases)('gives back %s as it was', (_, fields) => {
  expect(unpackFields({ [packedField]: packFields(fields) })).toEqual(fields)
})

test('what was written after the packing counts', () => {
  const hash = { [packedField]: packFields({ outcome: 'old', root: 'r' }), outcome: Buffer.from('new') }
  expect(unpackFields(hash)).toEqual({ outcome: 'new', root: 'r' })
})

test('a hash that was never packed reads as it is', () => {
  expect(unpackFields({ state: Buffer.from('done'), seed: Buffer.from('7') })).toEqual({
    state: 'done',
    seed: '7',
  })
})

test('a record of the first dictionary can be read for as long as jobs are kept', () => {
  const written =
    'AaXUuQ2AMAwFUGUTKjoLHznHIYG0tIyPEoRAkSgI3uD72w8jJV5kBZ0NgiXH4CVomE20yS1+DRnfaBRspo1zLXwe8rZ/h4invO23RlSScEki4z8QVIcFqoMB1SGAOm+6nigiEbOI1sZY65z3IdQKqfz6s8YD'
  expect(unpackFields({ [packedField]: Buffer.from(written, 'base64') })).toEqual({
    outcome,
    root: '00112233445566778899',
    why: '1001: best ranked',
  })
})

test('a record of a later release is refused by name, not garbled', () => {
  expect(() => unpackFields({ [packedField]: Buffer.from([200, 1, 2]) })).toThrow(/later release/)
})
