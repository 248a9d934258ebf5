import type { Sharp } from 'sharp'

/** Frames a second. */
const rate = 2
const timescale = 1000

/**
 * An MP4 of AV1 that any current browser plays. Each frame is drawn as AVIF, whose payload is an AV1 key frame; only the container is
 * made here (ISO/IEC 14496-12).
 */
export async function film(frames: readonly Sharp[], comment: string): Promise<Buffer> {
  const stills = await Promise.all(frames.map(readStill))
  const [first] = stills
  if (!first) throw new RangeError('a film needs a frame')
  const head = Buffer.concat([
    box('ftyp', ascii('isom'), u32(512), ascii('isomiso2av01mp41')),
    box('free', Buffer.from(comment, 'latin1')),
  ])
  const samples = stills.map(({ payload }) => payload)
  // The index says where the samples are, and its own length does not depend on that.
  const indexLength = index(first, samples, 0).length
  const dataAt = head.length + indexLength + 8
  return Buffer.concat([head, index(first, samples, dataAt), box('mdat', ...samples)])
}

interface Still {
  width: number
  height: number
  /** The decoder's configuration. */
  av1C: Buffer
  payload: Buffer
}

async function readStill(image: Sharp): Promise<Still> {
  const { data, info } = await image
    .removeAlpha()
    .avif({ quality: 40, effort: 0, chromaSubsampling: '4:2:0', bitdepth: 8 })
    .toBuffer({ resolveWithObject: true })
  return {
    width: info.width,
    height: info.height,
    av1C: boxNamed(data, 'av1C'),
    payload: boxNamed(data, 'mdat').subarray(8),
  }
}

/** A picture without alpha or metadata has one of each box that is looked for. */
function boxNamed(file: Buffer, name: string): Buffer {
  const at = file.indexOf(name, 0, 'latin1') - 4
  if (at < 0) throw new Error(`no ${name} in the AVIF`)
  return file.subarray(at, at + file.readUInt32BE(at))
}

/** `moov`, with all samples in one chunk at `dataAt`. */
function index({ width, height, av1C }: Still, samples: readonly Buffer[], dataAt: number): Buffer {
  const each = timescale / rate
  const duration = each * samples.length
  const sizes = samples.map(({ length }) => u32(length))
  const table = box(
    'stbl',
    full('stsd', u32(1), box('av01', sampleEntry(width, height), av1C)),
    full('stts', u32(1), u32(samples.length), u32(each)),
    full('stsc', u32(1), u32(1), u32(samples.length), u32(1)),
    full('stsz', u32(0), u32(samples.length), ...sizes),
    full('stco', u32(1), u32(dataAt)),
  )
  const media = box(
    'mdia',
    full('mdhd', u32(0), u32(0), u32(timescale), u32(duration), u16(0x55c4), u16(0)),
    full('hdlr', u32(0), ascii('vide'), Buffer.alloc(12), ascii('video\0')),
    box(
      'minf',
      fullWith(1, 'vmhd', Buffer.alloc(8)),
      box('dinf', full('dref', u32(1), fullWith(1, 'url '))),
      table,
    ),
  )
  const place = [u32(0), u32(0), u16(0), u16(0), u16(0), u16(0), matrix]
  return box(
    'moov',
    full(
      'mvhd',
      u32(0),
      u32(0),
      u32(timescale),
      u32(duration),
      u32(0x10000),
      u16(0x100),
      Buffer.alloc(10),
      matrix,
      Buffer.alloc(24),
      u32(2),
    ),
    box(
      'trak',
      fullWith(
        3,
        'tkhd',
        u32(0),
        u32(0),
        u32(1),
        u32(0),
        u32(duration),
        ...place,
        u32(width << 16),
        u32(height << 16),
      ),
      media,
    ),
  )
}

const sampleEntry = (width: number, height: number): Buffer =>
  Buffer.concat([
    Buffer.alloc(6),
    u16(1),
    Buffer.alloc(16),
    u16(width),
    u16(height),
    u32(0x480000),
    u32(0x480000),
    u32(0),
    u16(1),
    Buffer.alloc(32),
    u16(24),
    u16(0xffff),
  ])

function box(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([u32(body.length + 8), ascii(type), body])
}

/** A box with a version of 0 and flags. */
const fullWith = (flags: number, type: string, ...parts: Buffer[]): Buffer => box(type, u32(flags), ...parts)
const full = (type: string, ...parts: Buffer[]): Buffer => fullWith(0, type, ...parts)

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1')

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Neither turned nor moved. */
const matrix = Buffer.concat([0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000].map(u32))
