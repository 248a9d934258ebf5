import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { fileNamesOf, variantNames } from './names.ts'

/** What a signed link carries besides its path, as it came from outside. */
export interface LinkClaims {
  /** Unix seconds. */
  expires?: string | undefined
  signature?: string | undefined
}

export interface LinkSigner {
  /** `?expires=…&signature=…` for a link that is good until `expiresAt` (ms). */
  sign(jobId: string, file: string, expiresAt: number): string
  /** Whether the claims are ours, for this very file, and `now` (ms) is not past them. */
  accepts(jobId: string, file: string, claims: LinkClaims, now: number): boolean
}

/** Signs links with HMAC-SHA256; nodes that serve each other's links need the same secret. */
export function createLinkSigner(secret: string): LinkSigner {
  const signatureOf = (jobId: string, file: string, expires: string) =>
    createHmac('sha256', secret).update(`${jobId}/${file}\n${expires}`).digest('base64url')

  return {
    sign(jobId, file, expiresAt) {
      const expires = String(Math.floor(expiresAt / 1000))
      return `?expires=${expires}&signature=${signatureOf(jobId, file, expires)}`
    },

    accepts(jobId, file, { expires, signature }, now) {
      if (expires === undefined || signature === undefined || !/^\d{1,12}$/.test(expires)) return false
      if (!isSame(signature, signatureOf(jobId, file, expires))) return false
      return now < Number(expires) * 1000
    },
  }
}

/** Digests have one length, so that comparing them in constant time is possible. */
const isSame = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other))

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

export interface LinkOptions {
  /** Where callers reach us; without it links begin with a slash. */
  publicUrl: string | null
  jobId: string
  /** The names of the job's files as Discord has them, in their order. */
  filenames: readonly string[]
  /** Whether the first file is a picture, and whether it shows four in one. */
  shows?: 'grid' | 'picture' | 'other'
  /** Signs each link until this time (ms). */
  expires?: { at: number; signer: LinkSigner } | undefined
}

/** The addresses of a job's files, and of what is made from the first of them. */
export interface ImageLinks {
  files: string[]
  thumbnail: string | null
  webp: string | null
  /** Empty where there is no grid. */
  quarters: string[]
}

/** The addresses that callers are given. They hold before the files are copied, and as long as the files are kept. */
export function imageLinks({
  publicUrl,
  jobId,
  filenames,
  shows = 'other',
  expires,
}: LinkOptions): ImageLinks {
  const base = (publicUrl ?? '').replace(/\/+$/, '')
  const link = (file: string) =>
    `${base}/images/${jobId}/${file}${expires ? expires.signer.sign(jobId, file, expires.at) : ''}`
  const [thumbnail, webp, ...quarters] = variantNames
  const isPicture = shows !== 'other'
  return {
    files: fileNamesOf(filenames).map(link),
    thumbnail: isPicture ? link(thumbnail) : null,
    webp: isPicture ? link(webp) : null,
    quarters: shows === 'grid' ? quarters.map(link) : [],
  }
}

/** Whether a file is fetched and kept: only Discord's CDN is fetched from, since some addresses come from callers. */
export const isOnCdn = (url: string, cdnUrl: string): boolean =>
  URL.canParse(url) && new URL(url).origin === new URL(cdnUrl).origin

const discordCdn = 'https://cdn.discordapp.com'

/**
 * Leads an address of Discord's CDN through a prefix of the operator's: one that ends with `=` gets the whole address as a
 * parameter (`https://img.example/?url=`), any other takes the place of the CDN's origin. Other addresses stay.
 */
export function rewriteCdn(url: string, prefix: string | null): string {
  if (!prefix || !url.startsWith(`${discordCdn}/`)) return url
  if (prefix.endsWith('=')) return `${prefix}${encodeURIComponent(url)}`
  return `${prefix.replace(/\/+$/, '')}${url.slice(discordCdn.length)}`
}
