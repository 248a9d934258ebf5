/** A picture that says of itself what it is; the name and type that a caller gave it are not believed. */
export interface Picture {
  bytes: Buffer
  contentType: string
  /** With its dot. */
  extension: string
}

/** Where in a file its kind stands. */
const kinds = [
  { contentType: 'image/png', extension: '.png', at: 0, magic: ['\x89PNG\r\n\x1a\n'] },
  { contentType: 'image/jpeg', extension: '.jpg', at: 0, magic: ['\xff\xd8\xff'] },
  { contentType: 'image/gif', extension: '.gif', at: 0, magic: ['GIF87a', 'GIF89a'] },
  { contentType: 'image/webp', extension: '.webp', at: 8, magic: ['WEBP'] },
]

/** The picture in these bytes; null when they are none that Discord shows. */
export function pictureFrom(bytes: Buffer): Picture | null {
  const head = bytes.toString('latin1', 0, 16)
  const kind = kinds.find(({ at, magic }) => magic.some((mark) => head.startsWith(mark, at)))
  if (!kind || (kind.extension === '.webp' && !head.startsWith('RIFF'))) return null
  return { bytes, contentType: kind.contentType, extension: kind.extension }
}
