import { expect, test } from 'vitest'
import { paint, readMark } from '../../../src/simulator/cdn/paint.ts'

const mark = { jobUuid: '01234567-89ab-4cde-8f01-23456789abcd', index: 2 }
const cells = [{ palette: 'p', layout: 'l', words: 'a fox' }]
const picture = { cells, width: 48, height: 32, format: 'mp4', frames: 2, blur: 0, mark } as const

/** Name, start and end of each box on this level. */
function boxesOf(file: Buffer, from = 0, to = file.length) {
  const boxes: { name: string; start: number; end: number }[] = []
  for (let at = from; at < to; ) {
    const end = at + file.readUInt32BE(at)
    boxes.push({ name: file.toString('latin1', at + 4, at + 8), start: at + 8, end })
    at = end
  }
  return boxes
}

test('an mp4 is the same every time and names its job', async () => {
  const [once, again] = await Promise.all([paint(picture), paint(picture)])
  expect(once.equals(again)).toBe(true)
  expect(await readMark(once)).toEqual(mark)
})

test('an mp4 is made of boxes without gaps, and its index points at its frames', async () => {
  const file = await paint(picture)
  const boxes = boxesOf(file)
  expect(boxes.map(({ name }) => name)).toEqual(['ftyp', 'free', 'moov', 'mdat'])
  expect(boxes.at(-1)?.end).toBe(file.length)
  let level = boxes.find(({ name }) => name === 'moov')
  for (const name of ['trak', 'mdia', 'minf', 'stbl']) {
    level = boxesOf(file, level?.start, level?.end).find((box) => box.name === name)
  }
  const tables = boxesOf(file, level?.start, level?.end)
  const start = (name: string) => tables.find((box) => box.name === name)?.start ?? 0
  const mdat = boxes.at(-1)?.start ?? 0
  expect(file.readUInt32BE(start('stco') + 8)).toBe(mdat)
  const sizes = [12, 16].map((offset) => file.readUInt32BE(start('stsz') + offset))
  expect(mdat + (sizes[0] ?? 0) + (sizes[1] ?? 0)).toBe(file.length)
  // An AV1 sequence header begins each frame.
  expect([file[mdat], file[mdat + (sizes[0] ?? 0)]].map((byte) => (byte ?? 0) >> 3 >= 1)).toEqual([
    true,
    true,
  ])
  expect(file.readUInt16BE(start('stsd') + 8 + 8 + 24)).toBe(48)
})
