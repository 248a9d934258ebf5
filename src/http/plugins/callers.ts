import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'

export interface CallerOptions {
  adminKey: string
  /** Used by requests that bring no token of their own. */
  anonymousToken?: string | null
}

/** Who is asking: finds the token and the admin key wherever clients put them. */
export interface Callers {
  /** Takes `/t/<token>` off the front of the address; to be given to Fastify as `rewriteUrl`. */
  rewriteUrl(request: IncomingMessage): string
  /** The caller's own token: what the family found, else `Authorization: Bearer`, else the address. */
  ownTokenOf(request: FastifyRequest, named?: string): string | undefined
  /** The caller's own token, else the anonymous one. */
  tokenOf(request: FastifyRequest, named?: string): string | undefined
  /** Whether the admin key came along: as `Authorization: Bearer`, as `x-admin-key`, or as `named`. */
  adminKeyIn(request: FastifyRequest, named?: string): 'right' | 'wrong' | 'absent'
}

/** A token in front of every path, for clients that can be given a base address but no key. */
const inPath = /^\/t\/([^/?#]+)(\/.*)?$/

export function createCallers({ adminKey, anonymousToken }: CallerOptions): Callers {
  const inPaths = new WeakMap<IncomingMessage, string>()
  const adminDigest = digest(adminKey)

  const ownTokenOf = (request: FastifyRequest, named?: string) =>
    named || bearer(request) || inPaths.get(request.raw)

  return {
    rewriteUrl(request) {
      const url = request.url ?? '/'
      if (!url.startsWith('/t/')) return url
      const [, token, rest = '/'] = inPath.exec(url) ?? []
      if (token === undefined) return url
      inPaths.set(request, token)
      // Fastify keeps the address as it came for later readers; none of them needs the secret.
      Object.assign(request, { originalUrl: rest })
      return rest
    },

    ownTokenOf,
    tokenOf: (request, named) => ownTokenOf(request, named) || anonymousToken || undefined,

    adminKeyIn(request, named) {
      const header = request.headers['x-admin-key']
      const keys = [named, typeof header === 'string' ? header : undefined, bearer(request)].filter(Boolean)
      if (keys.length === 0) return 'absent'
      return keys.some((key) => timingSafeEqual(digest(key ?? ''), adminDigest)) ? 'right' : 'wrong'
    },
  }
}

function bearer(request: FastifyRequest): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
}

/** Digests have one length, so that comparing them in constant time is possible. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
