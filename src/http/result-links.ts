import type { FastifyRequest } from 'fastify'
import type { Clock } from '../clock.ts'
import { type ImageLinks, imageLinks, isOnCdn, type LinkSigner, rewriteCdn } from '../images/links.ts'
import { filesOf, isVideo, type Job, type ResultFile, showsGrid } from '../jobs/job.ts'

/** A job as callers are shown it: its files are linked to where they are kept. */
export type ShownJob = Job & { links?: ResultLinks }

/** What a result's own addresses have no place for. */
export interface ResultLinks extends Pick<ImageLinks, 'thumbnail' | 'webp' | 'quarters'> {
  /** Discord's addresses of the files, in their order; they expire. */
  discord: string[]
}

export interface LinkWriter {
  /**
   * The job with links that stay in place of Discord's addresses. `base` is where its reader reaches us; where that is not
   * known (null), Discord's addresses stay.
   */
  show(job: Job, base: string | null): ShownJob
  /** The address at which a picture of Discord's that is not kept is shown. */
  preview(url: string): string
}

/** Leaves Discord's addresses as they are: where no files are kept. */
export const plainLinks: LinkWriter = { show: (job) => job, preview: (url) => url }

export interface LinkWriterParts {
  signer: LinkSigner
  /** How long a link is good; 0 for links that never expire. */
  linkSeconds: number
  /** What stands in place of Discord's CDN where its own addresses are handed out; null for nothing. */
  cdnPrefix: string | null
  /** Where files are copied from: others are not kept, and keep their addresses. */
  cdnUrl: string
  clock: Clock
}

/** Puts our links where results have Discord's addresses. */
export function createLinkWriter({
  signer,
  linkSeconds,
  cdnPrefix,
  cdnUrl,
  clock,
}: LinkWriterParts): LinkWriter {
  const isKept = (url: string) => isOnCdn(url, cdnUrl)

  function linksTo(files: readonly ResultFile[], job: Job & { state: 'done' }, base: string): ImageLinks {
    const [first] = files
    const expires = linkSeconds > 0 ? { at: clock.now() + linkSeconds * 1000, signer } : undefined
    return imageLinks({
      publicUrl: base,
      jobId: job.id,
      filenames: files.map(({ filename }) => filename),
      shows: !first || isVideo(first) ? 'other' : showsGrid(job.result) ? 'grid' : 'picture',
      expires,
    })
  }

  const preview = (url: string) => rewriteCdn(url, cdnPrefix)

  return {
    preview,
    show(job, base) {
      const { previewUrl } = job.track
      if (job.state !== 'done') {
        return previewUrl === undefined
          ? job
          : { ...job, track: { ...job.track, previewUrl: preview(previewUrl) } }
      }
      const { result } = job
      const files = filesOf(result)
      const kept = base === null ? [] : files.filter(({ url }) => isKept(url))
      const { files: ours, ...made } = linksTo(kept, job, base ?? '')
      const discord = files.map(({ url }) => preview(url))
      const shown = files.map((file, index) => {
        const url = ours[kept.indexOf(file)] ?? discord[index] ?? file.url
        return { ...file, url }
      })
      const [first, ...otherFiles] = shown
      if (!first) return job
      const more = otherFiles.length > 0 ? { otherFiles } : {}
      return { ...job, result: { ...result, url: first.url, ...more }, links: { ...made, discord } }
    },
  }
}

/** Where this caller reaches us, without a slash at its end. */
export const baseOf = ({ protocol, host }: FastifyRequest, publicUrl: string | null): string =>
  publicUrl?.replace(/\/+$/, '') ?? `${protocol}://${host}`
