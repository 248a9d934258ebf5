import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'

/**
 * Our part of the log never shows an address as it was asked for: tokens and keys stand in it. It shows the route that
 * answered. Errors are cut down to what a person reads, because libraries hang whole requests on them.
 */
const serializers = {
  req: (request: Partial<FastifyRequest>) => ({ method: request.method, route: request.routeOptions?.url }),
  res: (reply: Partial<FastifyReply>) => ({ statusCode: reply.statusCode }),
  err: (error: unknown) =>
    error instanceof Error
      ? { type: error.name, message: withoutSecrets(error.message), stack: withoutSecrets(error.stack ?? '') }
      : { type: typeof error },
  /** What @fastify/multipart says at trace level: the headers of the request. */
  busboyOptions: () => undefined,
}

/** A logger for the HTTP front that cannot give away a caller's token or the admin key. */
export function redactingLogger(logger: FastifyBaseLogger): FastifyBaseLogger {
  return logger.child({}, { serializers })
}

/** A text with the secrets of any address in it masked: `/t/<token>/`, and the query values that carry one. */
export function withoutSecrets(text: string): string {
  return text.replace(/\/t\/[^/?#\s]+/g, '/t/***').replace(/\b(token|key|signature)=[^&#\s'"]+/gi, '$1=***')
}
