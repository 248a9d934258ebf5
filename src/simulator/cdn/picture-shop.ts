import sharp from 'sharp'
import { finalFileName } from '../bot/file-name.ts'
import type { Interaction, UploadedFile } from '../bot/interaction.ts'
import type { Job } from '../bot/job.ts'
import type { PictureSize } from '../options.ts'
import type { Attachment } from '../world/message.ts'
import type { World } from '../world/world.ts'
import type { FileStore } from './file-store.ts'
import type { Links } from './links.ts'
import type { Picture } from './paint.ts'

/** Single pictures are 1024, 256 or 64 wide when square. */
const shrink: Record<PictureSize, number> = { real: 1, small: 4, tiny: 16 }

/** Four videos together, or one, are 624 wide when square (protocol page §4.2). */
const videoScale = 624 / 1024

/** Known sizes of single pictures; 3:2 comes from a recording (protocol page §4.2: a grid of 2688 × 1792). */
const sizes: Record<string, [number, number]> = {
  '1:1': [1024, 1024],
  '3:2': [1344, 896],
  '2:3': [896, 1344],
  '16:9': [1456, 816],
  '9:16': [816, 1456],
  '4:3': [1232, 928],
  '3:4': [928, 1232],
}

interface Order {
  job: Job
  name: string
  picture: Picture
}

/** Makes the attachments of a job's messages: draws, stores, signs. */
export class PictureShop {
  #world: World
  #files: FileStore
  #links: Links

  constructor(world: World, files: FileStore, links: Links) {
    this.#world = world
    this.#files = files
    this.#links = links
  }

  /** The finished picture: a grid, a single, or a single at twice the size. */
  final(job: Job): Promise<Attachment> {
    const { truth, requester } = job
    const picture = this.pictureOf(job)
    const name = finalFileName(requester.username, truth.finalPrompt, truth.jobUuid, picture.format)
    return this.#attach({ job, name, picture })
  }

  /** A small blurred webp that gets sharper (§4.2: `J_grid_0.webp`, 512 wide, 256 in 2023 and for HD upscales). */
  preview(job: Job, percent: number): Promise<Attachment> {
    const whole = this.pictureOf(job)
    const { pictureSize } = this.#world.settings
    const { era } = job.readings
    const target = (era === '2023' || job.plan.picture === 'upscaled' ? 256 : 512) / shrink[pictureSize]
    const scale = target / Math.max(whole.width, whole.height)
    const picture: Picture = {
      ...whole,
      width: Math.max(8, Math.round(whole.width * scale)),
      height: Math.max(8, Math.round(whole.height * scale)),
      format: 'webp',
      // Tiny pictures are for many jobs at high speed: their previews are all alike, and drawn once.
      blur: pictureSize === 'tiny' ? 0 : Math.max(0.3, (target / 64) * (1 - percent / 100)),
    }
    return this.#attach({ job, name: `${job.truth.jobUuid}_grid_0.webp`, picture })
  }

  /** A video shows its four first pictures, each a file of its own (§4.2). */
  async previews(job: Job, percent: number): Promise<Attachment[]> {
    if (job.plan.picture !== 'video-grid' && job.plan.picture !== 'video')
      return [await this.preview(job, percent)]
    const whole = this.pictureOf(job)
    const step = Math.max(0, Math.round((percent - 35) / 8))
    const size = Math.max(8, Math.round(256 / shrink[this.#world.settings.pictureSize]))
    return Promise.all(
      job.cells.map((cell, n) =>
        this.#attach({
          job,
          name: `${job.truth.jobUuid}_${n}_step_${step}.jpeg`,
          picture: { ...whole, cells: [cell], width: size, height: size, format: 'jpeg', frames: 1 },
        }),
      ),
    )
  }

  pictureOf({ truth, plan, cells, aspect, readings }: Job): Picture {
    const { era } = readings
    const { pictureSize } = this.#world.settings
    const [width, height] = singleSize(aspect)
    const moves = plan.picture === 'video-grid' || plan.picture === 'video'
    const factor = (moves ? videoScale : plan.picture === 'single' ? 1 : 2) / shrink[pictureSize]
    const webp = plan.picture === 'video-grid' || (era === '2026' && plan.picture === 'grid')
    const format = plan.picture === 'video' ? 'mp4' : webp ? 'webp' : 'png'
    return {
      cells,
      width: Math.round(width * factor),
      height: Math.round(height * factor),
      format,
      blur: 0,
      frames: moves ? 2 : 1,
      mark: { jobUuid: truth.jobUuid, index: truth.index },
    }
  }

  async #attach({ job, name, picture }: Order): Promise<Attachment> {
    const id = this.#world.newId()
    const path = `/attachments/${job.channel.id}/${id}/${name}`
    const file = {
      path,
      contentType: `${picture.format === 'mp4' ? 'video' : 'image'}/${picture.format}`,
      account: job.account?.index,
      source: { picture },
    }
    this.#files.put(file)
    const bytes = await this.#files.bytesOf(file)
    return this.describe(path, name, bytes.length, file.contentType, picture)
  }

  /** Keeps a picture that a user sent with a command: it lives at an ephemeral address (§3.4). */
  async keep(
    { channel, account }: Interaction,
    file: UploadedFile,
  ): Promise<{ url: string; proxy_url: string }> {
    const path = `/ephemeral-attachments/${channel.id}/${this.#world.newId()}/${file.filename}`
    this.#files.put({
      path,
      contentType: file.contentType,
      account: account.index,
      source: { bytes: file.bytes },
    })
    return { url: this.#links.sign(path), proxy_url: this.#links.sign(path, 'media') }
  }

  /** Whether a link of a prompt leads to a picture; of links elsewhere nothing is known, and good is assumed. */
  judge(link: string): 'fine' | 'gone' | 'no-picture' {
    if (!link.startsWith(`${this.#links.base}/`)) return 'fine'
    const { path, query } = parts(link)
    const file = this.#files.get(path)
    if (!file || !this.#links.verify(path, query)) return 'gone'
    return file.contentType.startsWith('image/') ? 'fine' : 'no-picture'
  }

  /** Width and height of the picture behind one of our own links; null for what is none, or lies elsewhere. */
  async sizeBehind(link: string): Promise<{ width: number; height: number } | null> {
    if (!link.startsWith(`${this.#links.base}/`)) return null
    const file = this.#files.get(parts(link).path)
    return file ? sizeOf(await this.#files.bytesOf(file)) : null
  }

  /** A file of a user's message, at its public address. */
  async publish(
    path: string,
    account: number,
    { filename, contentType, bytes }: UploadedFile,
  ): Promise<Attachment> {
    this.#files.put({ path, contentType, account, source: { bytes } })
    const size = (await sizeOf(bytes)) ?? { width: 0, height: 0 }
    return this.describe(path, filename, bytes.length, contentType, size)
  }

  /** The same attachment with links that live from now on; it may have been drawn long before it is shown. */
  signedAnew(attachment: Attachment): Attachment {
    const path = new URL(attachment.url).pathname
    return { ...attachment, url: this.#links.sign(path), proxy_url: this.#links.sign(path, 'media') }
  }

  /** The attachment object for a stored file. */
  describe(
    path: string,
    filename: string,
    size: number,
    contentType: string,
    { width, height }: { width: number; height: number },
  ): Attachment {
    return {
      id: path.split('/')[3] ?? '',
      filename,
      size,
      url: this.#links.sign(path),
      proxy_url: this.#links.sign(path, 'media'),
      width,
      height,
      content_type: contentType,
    }
  }
}

/** Of a link on our own CDN; an empty path where it cannot be read. */
function parts(link: string): { path: string; query: Record<string, string> } {
  try {
    const { pathname, searchParams } = new URL(link)
    return { path: decodeURI(pathname.replace(/^\/media/, '')), query: Object.fromEntries(searchParams) }
  } catch {
    return { path: '', query: {} }
  }
}

/** Null for bytes that are no picture. */
export async function sizeOf(bytes: Buffer): Promise<{ width: number; height: number } | null> {
  const { width = 0, height = 0 } = await sharp(bytes)
    .metadata()
    .catch(() => ({ width: 0, height: 0 }))
  return width > 0 && height > 0 ? { width, height } : null
}

function singleSize([w, h]: readonly [number, number]): [number, number] {
  const known = sizes[`${w}:${h}`]
  if (known) return known
  // About as many pixels as the known ones, in steps of 16.
  const ratio = Math.min(4, Math.max(0.25, w / h))
  const step = (value: number) => Math.max(16, Math.round(value / 16) * 16)
  return [step(Math.sqrt(1_100_000 * ratio)), step(Math.sqrt(1_100_000 / ratio))]
}
