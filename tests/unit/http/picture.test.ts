import { expect, test } from 'vitest'
import { pictureFrom } from '../../../src/http/picture.ts'

test.each([
  ['\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'image/png', '.png'],
  ['\xff\xd8\xff\xe0\0\x10JFIF', 'image/jpeg', '.jpg'],
  ['GIF87a\x01\0', 'image/gif', '.gif'],
  ['GIF89a\x01\0', 'image/gif', '.gif'],
  ['RIFF\x24\0\0\0WEBPVP8 ', 'image/webp', '.webp'],
])('knows %j', (head, contentType, extension) => {
  const bytes = Buffer.from(head, 'latin1')
  expect(pictureFrom(bytes)).toEqual({ bytes, contentType, extension })
})

test.each([
  '',
  '\x89PNG',
  'GIF88a',
  'RIFF\x24\0\0\0WAVEfmt ',
  'XXXX\x24\0\0\0WEBPVP8 ',
  '<svg/>',
  '%PDF-1.7',
  ' \xff\xd8\xff',
])('takes %j for no picture', (head) => {
  expect(pictureFrom(Buffer.from(head, 'latin1'))).toBeNull()
})
